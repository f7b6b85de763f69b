//! Suite + dataset + options → the plan: everything that will be asked, and its digest.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::briefings::{Briefings, judge_of};
use super::cases::PlannedCases;
use super::corpora::Volume;
use super::escalation::{Need, need};
use super::foresight::Prompts;
use super::gather::{Gathered, Gathering};
use super::planned::{Planned, asks_a_case};
use super::priced::unpriced;
use super::programs::{self, Programs};
use super::recorded_steps;
use super::rejudge::can_be_asked;
use super::stored_outputs::StoredOutputs;
use crate::check::Checker;
use crate::dataset::{self, CaseFile, Outputs, Selection, Survey};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::judge;
use crate::model::{Ask, Model, Models, fill_in_list_prices};
use crate::retrieve::Corpus;
use crate::store::{Event, MANIFEST_FORMAT, Manifest, RunId, StoreError, Versions};
use crate::suite::environment::expand;
use crate::suite::{
    Baseline, CandidateName, CandidateSource, CaseId, Judges, MetricName, ModelName, ModelSpec, Rule, Scorer, Service,
    Suite,
};

/// Everything that a run will ask.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The suite, narrowed to what was selected.
    pub suite: Suite,
    /// The selected cases: in the order of the file, or in that of a sequential gate.
    pub cases: PlannedCases,
    /// The outputs of candidates whose outputs exist already.
    pub outputs: BTreeMap<CandidateName, Outputs>,
    /// The run that all outputs are taken from, where they are judged anew: then no candidate is asked.
    pub stored: Option<Arc<StoredOutputs>>,
    /// What was selected, in the words of the command line; empty for all.
    pub selection: String,
    /// The digest of the selected cases.
    pub dataset_digest: String,
    /// Columns of the dataset that were read under another name: ours, theirs.
    pub mapped: Vec<(String, String)>,
    /// Columns of the dataset that nothing was read from.
    pub ignored: Vec<String>,
    /// The corpora that are searched.
    pub corpora: Vec<Volume>,
    /// What is odd about the dataset's labels, in words.
    pub notes: Vec<String>,
    /// The judge card of each judged metric.
    pub cards: BTreeMap<MetricName, String>,
    /// The files of the commands that are asked, as they were when the plan was made.
    pub(super) programs: Programs,
    /// What the verdicts of each judged metric are asked by.
    pub briefings: Briefings,
    /// The digest of all that decides what is asked.
    pub digest: String,
}

/// What the command line narrows a suite to.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Which cases.
    pub selection: Selection,
    /// Only these metrics; empty for all.
    pub metrics: Vec<String>,
    /// Only these candidates; empty for all.
    pub candidates: Vec<String>,
}

/// Why there is no plan. Nothing was spent.
pub type PlanError = Diagnostics;

impl Plan {
    /// Reads the dataset and checks everything that can be checked before the first call: that every prompt can be
    /// filled in for every case, and that the outputs that should exist do.
    ///
    /// # Errors
    /// Every mistake that was found, at once.
    pub fn new(
        mut suite: Suite,
        options: &PlanOptions,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, PlanError> {
        let whole = suite.clone();
        narrow(&mut suite, options)?;
        let path = |written: &str| {
            expand(written, environment).map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))
        };
        let shown = path(&suite.dataset.path)?;
        let file = CaseFile::new(suite.root.join(&shown), shown, suite.dataset.fields.clone());
        let mut gathering = Gathering::new(&suite, &whole, &options.selection, Prompts::new(&suite));
        let Survey { mapped, ignored, ids, .. } = file.survey(|case| gathering.see(case))?;
        let Gathered { kept, intake, mut wrong, mut notes } = gathering.finish(&file)?;
        let mut outputs = BTreeMap::new();
        for (name, spec) in &suite.candidates {
            match &spec.source {
                CandidateSource::Prompt(_)
                | CandidateSource::Service(_)
                | CandidateSource::Steps(_)
                | CandidateSource::Talk(_) => {
                    wrong.0.extend(intake.prompts.faults(name));
                }
                CandidateSource::Outputs(written) => {
                    let shown = path(written)?;
                    match dataset::load_outputs(&suite.root.join(&shown), &shown, &ids, &file) {
                        Ok(found) => drop(outputs.insert(name.clone(), found)),
                        Err(errors) => wrong.0.extend(errors.0),
                    }
                }
            }
        }
        wrong.0.extend(suite.metrics.values().filter_map(|m| Checker::new(m.check()?).err()));
        let programs = programs::of(&suite, environment);
        let (cards, briefings) = (cards(&suite, &programs), Briefings::new(&suite));
        let dataset_digest = intake.digest().to_string();
        let digest = digest((&suite, &programs), &dataset_digest, &outputs, environment)?;
        let corpora = Volume::of(&suite, environment)?;
        notes.extend(Volume::notes(&corpora));
        let selection = in_words(&options.selection);
        let cases = intake.cases(Arc::new(file), kept);
        fill_in_list_prices(&mut suite.models, environment, jiff::Timestamp::now().to_zoned(TimeZone::UTC).date());
        wrong.0.extend(unpriced(&suite));
        wrong.into_result(Self {
            suite,
            cases,
            outputs,
            stored: None,
            selection,
            dataset_digest,
            mapped,
            ignored,
            corpora,
            notes,
            cards,
            programs,
            briefings,
            digest,
        })
    }

    /// The pairs that pairwise metrics compare: the baseline with each other candidate.
    pub fn pairs(&self) -> Vec<(CandidateName, CandidateName)> {
        pairs(&self.suite)
    }

    /// What one case asks for. `models` says which orders of a pair are recorded.
    pub fn planned(&self, case: &CaseId, models: &Models) -> Planned {
        let recorded = |ask: &Ask| {
            self.model_for(ask).and_then(|name| models.get(name)?.recorded().map(|r| r.holds(ask))).unwrap_or(false)
        };
        Planned::of(&self.suite, &self.pairs(), case, recorded)
    }

    /// The model that answers an ask; `None` where the output exists already.
    pub fn model_for(&self, ask: &Ask) -> Option<&ModelName> {
        match ask {
            Ask::Output { .. } if self.stored.is_some() => None,
            Ask::Output { candidate, .. } => self.suite.candidates.get(candidate)?.model(),
            // Which model a step asks may depend on the case: its walk knows.
            Ask::Step { .. } => None,
            Ask::Score { .. } | Ask::Preference { .. } => judge_of(&self.suite, ask),
        }
    }

    /// Finds what cannot be asked: models that are not ready, and recorded replies that are not there.
    ///
    /// # Errors
    /// Every one of them, at once; of missing replies the first few and their number.
    pub fn check(&self, models: &Models) -> Result<(), PlanError> {
        let mut wrong = Diagnostics::default();
        let needed: Vec<&Arc<Model>> = models.iter().filter(|m| self.needs(m.name())).collect();
        for model in &needed {
            if let Err(failure) = model.ready() {
                wrong.push(Diagnostic::new(failure.message.clone()));
            }
        }
        // Only recorded models say which replies they have, and only they are asked about each case.
        if !needed.iter().any(|model| model.recorded().is_some()) {
            return wrong.into_result(());
        }
        const SHOWN: usize = 5;
        let mut missing = 0;
        for case in self.cases.read()? {
            let (index, case) = case?;
            let planned = self.planned(&case.id, models);
            let stored = self.stored_outputs(index).map_err(|why| Diagnostic::new(why.to_string()))?;
            if self.stored.is_some() {
                // A judge's file may hold the outputs too: these rows are not asked for, and not left over either.
                let books = needed.iter().filter_map(|model| model.recorded());
                books.for_each(|recorded| planned.outputs.iter().for_each(|ask| _ = recorded.has(ask)));
            }
            for ask in planned.outputs.iter().chain(&planned.verdicts) {
                if self.stored.is_some() && !can_be_asked(ask, &stored) {
                    continue;
                }
                let lacks = match self.model_for(ask).and_then(|name| models.get(name)?.recorded()) {
                    // Looking marks the row as asked for: a resumed run takes its reply from the journal.
                    Some(recorded) => (!recorded.has(ask)).then(|| (ask.clone(), recorded.file().to_string())),
                    None if self.stored.is_some() => None,
                    None => recorded_steps::missing(self, models, &case, ask),
                };
                // One that is asked only where another judge is not sure is looked for when it is.
                let Some((ask, file)) = lacks else { continue };
                if need(&self.suite, &case, &ask) != Need::Surely {
                    continue;
                }
                missing += 1;
                if missing <= SHOWN {
                    let diagnostic = Diagnostic::new(format!("no recorded reply for {ask}"));
                    wrong.push(diagnostic.hint(format!("add the row to {file}, or ask a model that can answer")));
                }
            }
        }
        if missing > SHOWN {
            wrong.push(Diagnostic::new(format!("and {} more recorded replies are missing", missing - SHOWN)));
        }
        wrong.into_result(())
    }

    /// How many outputs and verdicts models are asked for over all cases: each case asks for as many as any other.
    pub fn asks(&self) -> (usize, usize) {
        let (outputs, verdicts) = asks_a_case(&self.suite, self.stored.is_some());
        (outputs * self.cases.len(), verdicts * self.cases.len())
    }

    /// Whether a model may be asked, as itself or in place of another one.
    pub fn needs(&self, model: &ModelName) -> bool {
        let stands_in = |(name, spec): (&ModelName, &crate::suite::ModelSpec)| {
            spec.fallback.as_ref() == Some(model) && self.needs(name)
        };
        let asks = match &self.stored {
            Some(_) => self.suite.metrics.values().any(|metric| metric.asks(model)),
            None => self.suite.asks(model),
        };
        asks || self.suite.models.iter().any(stands_in)
    }

    /// The models to set up: all of the suite, but where the outputs are stored only those that judge.
    pub fn models(&self) -> IndexMap<ModelName, ModelSpec> {
        let mut models = self.suite.models.clone();
        models.retain(|name, _| self.stored.is_none() || self.needs(name));
        models
    }

    /// What is known of the outputs of one case of the plan, as events of it; nothing where no stored run has them.
    ///
    /// # Errors
    /// The journal of the stored run cannot be read any more.
    pub fn stored_outputs(&self, index: u64) -> Result<Vec<Event>, StoreError> {
        let Some(stored) = &self.stored else { return Ok(Vec::new()) };
        stored.outputs(self.cases.place(index), index, &self.suite)
    }

    /// Takes the prices over that a run of this plan was begun with, so that all of it is counted by the same ones.
    pub fn take_prices_of(&mut self, begun: &Manifest) {
        for (name, spec) in &mut self.suite.models {
            if let Some(then) = begun.suite.models.get(name) {
                (spec.prices, spec.price_list) = (then.prices, then.price_list.clone());
            }
        }
    }

    /// The manifest of a run of this plan, made at a commit.
    pub fn manifest(&self, id: &RunId, commit: Option<String>) -> Manifest {
        Manifest {
            format: MANIFEST_FORMAT,
            run: id.0.clone(),
            planned_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            versions: Versions { karat: env!("CARGO_PKG_VERSION").to_string(), commit },
            suite: self.suite.clone(),
            suite_digest: suite_digest(&self.suite),
            prompt_digests: prompt_digests(&self.suite),
            program_digests: self.program_digests(),
            rubric_digests: rubric_digests(&self.suite),
            dataset_digest: self.dataset_digest.clone(),
            cases: self.cases.len() as u64,
            selection: self.selection.clone(),
            cards: self.cards.clone(),
            sequence: self.cases.sequence(),
            source: self.stored.as_ref().map(|stored| stored.named()),
            plan: self.digest.clone(),
        }
    }

    /// The digests of the files of commands: of outputs that are stored, as they were when these were made.
    fn program_digests(&self) -> BTreeMap<ModelName, BTreeMap<String, String>> {
        let then = self.stored.iter().flat_map(|stored| stored.manifest().program_digests.clone());
        let mut digests: BTreeMap<_, _> = then.filter(|(name, _)| self.suite.models.contains_key(name)).collect();
        let asked = self.models();
        let ours = self.programs.iter().filter(|(name, _)| asked.contains_key(*name));
        let named = |files: &BTreeMap<(usize, String), String>| {
            files.iter().map(|((_, word), digest)| (word.clone(), digest.clone())).collect()
        };
        digests.extend(ours.map(|(name, files)| (name.clone(), named(files))));
        digests
    }
}

/// The pairs that a suite's pairwise metrics compare: the baseline with each other candidate.
/// Without a gate, or with a baseline from another run, the first candidate is the one compared with.
pub fn pairs(suite: &Suite) -> Vec<(CandidateName, CandidateName)> {
    let Some(baseline) = baseline(suite) else { return Vec::new() };
    suite.candidates.keys().filter(|name| **name != baseline).map(|name| (baseline.clone(), name.clone())).collect()
}

/// The candidate of this run that the others are held against.
pub fn baseline(suite: &Suite) -> Option<CandidateName> {
    match suite.gate.as_ref().and_then(|gate| gate.baseline.as_ref()) {
        Some(Baseline::Candidate(name)) => Some(name.clone()),
        _ => suite.candidates.keys().next().cloned(),
    }
}

/// Leaves only the metrics and candidates that were asked for, and of the gate what can still be decided.
pub(super) fn narrow(suite: &mut Suite, options: &PlanOptions) -> Result<(), Diagnostics> {
    let mut wrong = Diagnostics::default();
    keep(&mut suite.metrics, &options.metrics, "metric", &mut wrong);
    keep(&mut suite.candidates, &options.candidates, "candidate", &mut wrong);
    if let Some(gate) = &mut suite.gate {
        // A gate without some of its rules is another gate, and its green would not be the suite's.
        let rules_gone = gate.rules.iter().filter_map(Rule::metric).any(|metric| !suite.metrics.contains_key(metric));
        let gone = |name: &CandidateName| !suite.candidates.contains_key(name);
        let baseline_gone = matches!(&gate.baseline, Some(Baseline::Candidate(name)) if gone(name));
        if rules_gone || gone(&gate.candidate) || baseline_gone {
            suite.gate = None;
        }
    }
    wrong.into_result(())
}

fn keep<K, V>(all: &mut indexmap::IndexMap<K, V>, wanted: &[String], kind: &str, wrong: &mut Diagnostics)
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<str>,
{
    for name in wanted {
        if !all.contains_key(name.as_str()) {
            let known: Vec<&str> = all.keys().map(std::borrow::Borrow::borrow).collect();
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the suite has {}", known.join(", ")),
            };
            wrong.push(Diagnostic::new(format!("no {kind} is called `{name}`")).hint(hint));
        }
    }
    if !wanted.is_empty() {
        all.retain(|name, _| wanted.iter().any(|w| w == name.borrow()));
    }
}

/// What was selected, in the words of the command line; empty for all.
pub(super) fn in_words(selection: &Selection) -> String {
    let mut words: Vec<String> =
        selection.filter.iter().map(|(tag, value)| format!("--filter {tag}={value}")).collect();
    words.extend(selection.sample.map(|n| format!("--sample {n}")));
    words.extend(selection.limit.map(|n| format!("--limit {n}")));
    words.join(" ")
}

/// The card of each metric: what would have to be the same for two of its scores to be comparable.
pub(super) fn cards(suite: &Suite, programs: &Programs) -> BTreeMap<MetricName, String> {
    let card = |(name, metric): (&MetricName, &crate::suite::MetricSpec)| {
        let card = match &metric.scorer {
            Scorer::Rubric(judged) => {
                let card = |name: &ModelName| {
                    let spec = suite.models.get(name)?;
                    // A recorded judge has no name but its key.
                    let model = spec.model.as_deref().unwrap_or(name.as_str());
                    judge::card(Some(model), &spec.params, &judged.rubric).ok()
                };
                match &judged.judge {
                    Judges::One(name) => card(name)?,
                    several => {
                        let cards: Vec<String> = several.all().iter().map(card).collect::<Option<_>>()?;
                        hash(&json!({"judges": several, "cards": cards}))
                    }
                }
            }
            Scorer::Check(check) => match metric.program().and_then(|program| programs.get(program)) {
                // What a program says follows from the program too.
                Some(files) => hash(&json!({"check": check, "files": by_place(files).collect::<BTreeMap<_, _>>()})),
                None => hash(&json!(check)),
            },
        };
        Some((name.clone(), card))
    };
    suite.metrics.iter().filter_map(card).collect()
}

fn prompt_digests(suite: &Suite) -> BTreeMap<CandidateName, String> {
    let digest = |(name, spec): (&CandidateName, &crate::suite::CandidateSpec)| {
        let files = spec.files();
        (!files.is_empty()).then(|| (name.clone(), hash(&json!(files))))
    };
    suite.candidates.iter().filter_map(digest).collect()
}

fn rubric_digests(suite: &Suite) -> BTreeMap<MetricName, String> {
    let digest = |(name, metric): (&MetricName, &crate::suite::MetricSpec)| {
        Some((name.clone(), hash(&json!(metric.rubric()?.rubric))))
    };
    suite.metrics.iter().filter_map(digest).collect()
}

/// The digest of a suite as it was written, with the text of its rubrics and prompts. Prices from a list are left out:
/// a newer list makes no other suite.
fn suite_digest(suite: &Suite) -> String {
    let mut written = suite.clone();
    for spec in written.models.values_mut() {
        if spec.price_list.take().is_some() {
            spec.prices = None;
        }
    }
    hash(&json!(written))
}

/// The digest of everything that decides what is asked and what recorded files answer.
pub(super) fn digest(
    (suite, programs): (&Suite, &Programs),
    dataset: &str,
    outputs: &BTreeMap<CandidateName, Outputs>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Diagnostics> {
    let mut recorded = BTreeMap::new();
    for written in suite.models.values().filter_map(|spec| spec.replies.as_ref()) {
        let shown =
            expand(written, environment).map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
        // A file that cannot be read is told of when the model is set up.
        let mut hasher = blake3::Hasher::new();
        let read = std::fs::File::open(suite.root.join(&shown)).and_then(|file| hasher.update_reader(file).map(drop));
        if read.is_ok() {
            recorded.insert(written.clone(), hasher.finalize().to_hex().to_string());
        }
    }
    if let Some(anchors) = &suite.anchors {
        let path = expand(&anchors.path, environment)
            .map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
        // One that cannot be read is told of when the anchors are planned.
        if let Ok(bytes) = std::fs::read(suite.root.join(path)) {
            recorded.insert("anchors".to_string(), blake3::hash(&bytes).to_hex().to_string());
        }
    }
    for (name, spec) in &suite.models {
        if let Some(Service::Retrieve(retrieve)) = spec.service.as_deref() {
            let path = expand(&retrieve.corpus, environment)
                .map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
            let corpus = Corpus::open(&suite.root.join(path), &retrieve.corpus)?;
            recorded.insert(name.to_string(), corpus.digest());
        }
        // A program that was changed is another one, though its name is the same.
        let files = programs.get(name).into_iter().flat_map(by_place);
        recorded.extend(files.map(|(at, digest)| (format!("{name} {at}"), digest.clone())));
    }
    let texts = |found: &Outputs| hash(&json!(found.iter().collect::<Vec<_>>()));
    let outputs: BTreeMap<&str, String> = outputs.iter().map(|(name, found)| (name.as_str(), texts(found))).collect();
    Ok(hash(&json!({"suite": suite_digest(suite), "dataset": dataset, "recorded": recorded, "outputs": outputs})))
}

/// The digests of a program's files by the place of the word.
fn by_place(files: &BTreeMap<(usize, String), String>) -> impl Iterator<Item = (usize, &String)> {
    files.iter().map(|((at, _), digest)| (*at, digest))
}

pub(super) fn hash(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex().to_string()
}

/// The commit that a folder is at, where it is in a git repository.
pub fn commit_of(folder: &Path) -> Option<String> {
    let output = std::process::Command::new("git").arg("-C").arg(folder).args(["rev-parse", "HEAD"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_string())
}
