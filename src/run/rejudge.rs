//! A suite as it is now + a stored run → the plan that judges the stored outputs anew. No candidate is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::tz::TimeZone;
use serde_json::json;

use super::briefings::Briefings;
use super::foresight::Prompts;
use super::gather::{Gathered, Gathering};
use super::plan::{cards, digest, hash, in_words, narrow};
use super::programs;
use super::stored_outputs::StoredOutputs;
use super::work::can_be_judged;
use super::{Plan, PlanError, PlanOptions};
use crate::check::Checker;
use crate::dataset::Source;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Ask, fill_in_list_prices};
use crate::store::{Event, Manifest};
use crate::suite::{Baseline, CandidateName, CandidateSpec, GateSpec, Lookup, MetricSpec, ModelName, ModelSpec, Suite};

impl Plan {
    /// Plans to judge the outputs of a stored run by the metrics, judges and gate of the suite as it is `now`. Candidates,
    /// cases, seed and repeats are those of the stored run.
    ///
    /// # Errors
    /// Every mistake that was found, at once.
    pub fn of_stored(
        now: Suite,
        stored: StoredOutputs,
        options: &PlanOptions,
        environment: Lookup<'_>,
    ) -> Result<Self, PlanError> {
        let (whole, mut misfits) = judging(now, stored.manifest(), options)?;
        let mut suite = whole.clone();
        misfits.0.extend(narrow(&mut suite, options).err().into_iter().flat_map(|unknown| unknown.0));
        misfits.into_result(())?;
        let (begun, planned) = stored.begun();
        if begun == 0 {
            let words = format!("{} was interrupted before its first case: it has no output to judge", stored.shown());
            return Err(Diagnostic::new(words).hint("`karat run` goes on with it").into());
        }
        let stored = Arc::new(stored);
        let mut gathering = Gathering::new(&suite, &whole, &options.selection, Prompts::default());
        for case in stored.cases()? {
            gathering.see(&case?);
        }
        let Gathered { kept, intake, mut wrong, notes } = gathering.finish(&*stored)?;
        let part = &stored.manifest().selection;
        if !part.is_empty() || begun < planned {
            // In a part of the cases, a slice of the whole may well be empty.
            wrong = Diagnostics::default();
        }
        wrong.0.extend(suite.metrics.values().filter_map(|m| Checker::new(m.check()?).err()));
        let mut selection = vec![part.clone(), in_words(&options.selection)];
        if begun < planned {
            selection.insert(1, format!("the first {begun} of {planned} cases, where the run was interrupted"));
        }
        selection.retain(|words| !words.is_empty());
        let programs = programs::of(&suite, environment);
        let (cards, briefings) = (cards(&suite, &programs), Briefings::new(&suite));
        let dataset_digest = intake.digest().to_string();
        // The recorded replies of candidates are not asked for, so they may be gone.
        let mut asked = suite.clone();
        let judges = with_fallbacks(&suite.models, judges(&suite));
        asked.models.retain(|name, _| judges.contains(name));
        let asks = digest((&asked, &programs), &dataset_digest, &Default::default(), environment)?;
        let digest = hash(&json!({"asks": asks, "source": stored.named()}));
        let cases = intake.cases(Arc::clone(&stored) as Arc<dyn Source>, kept);
        fill_in_list_prices(&mut suite.models, environment, jiff::Timestamp::now().to_zoned(TimeZone::UTC).date());
        wrong.into_result(Self {
            suite,
            cases,
            outputs: Default::default(),
            stored: Some(stored),
            selection: selection.join(", "),
            dataset_digest,
            mapped: Vec::new(),
            ignored: Vec::new(),
            corpora: Vec::new(),
            notes,
            cards,
            programs,
            briefings,
            digest,
        })
    }
}

/// The suite of a run that judges: the candidates of the stored one with their models, and all else as it is now. With
/// it, what of that does not fit the stored run.
fn judging(now: Suite, then: &Manifest, options: &PlanOptions) -> Result<(Suite, Diagnostics), Diagnostics> {
    let (run, stored) = (&then.run, &then.suite);
    let mut wrong = Diagnostics::default();
    if stored.file != now.file {
        let words = format!("run {run} is one of {}, not of {}", stored.file, now.file);
        return Err(Diagnostic::new(words).hint(format!("name its suite: `-c {}`", stored.file)).into());
    }
    let known: Vec<&str> = stored.candidates.keys().map(CandidateName::as_str).collect();
    let wanted = |name: &str| options.metrics.is_empty() || options.metrics.iter().any(|wanted| wanted == name);
    // A gate that the command line narrows away need not fit.
    let stands = |gate: &&GateSpec| {
        options.candidates.is_empty()
            && gate.rules.iter().all(|rule| rule.metric().is_none_or(|metric| wanted(metric.as_str())))
    };
    if let Some(gate) = now.gate.as_ref().filter(stands) {
        let baseline = match &gate.baseline {
            Some(Baseline::Candidate(name)) => Some(("baseline", name)),
            Some(Baseline::Run { .. }) | None => None,
        };
        let named = [Some(("candidate", &gate.candidate)), baseline];
        for (what, name) in named.into_iter().flatten().filter(|(_, name)| !stored.candidates.contains_key(*name)) {
            let words = format!("the gate's {what} `{name}` is not in run {run}, which has {}", known.join(", "));
            wrong.push(Diagnostic::new(words).hint(format!(
                "judge a run that has it, or judge without the gate: `--candidate {}`",
                known.first().unwrap_or(&"NAME")
            )));
        }
    }
    if let [only] = known.as_slice() {
        let pairwise = now.metrics.iter().filter(|(_, metric)| metric.is_pairwise()).map(|(name, _)| name.as_str());
        for metric in pairwise.filter(|name| wanted(name)) {
            let words = format!("`{metric}` compares two candidates, and run {run} has only `{only}`");
            wrong.push(Diagnostic::new(words).hint("name other metrics with `--metric`"));
        }
    }
    let models = models(&now, stored, run, &mut wrong);
    let suite = Suite {
        models,
        candidates: stored.candidates.clone(),
        dataset: stored.dataset.clone(),
        seed: stored.seed,
        repeat: stored.repeat,
        ..now
    };
    Ok((suite, wrong))
}

/// The models as they are now, but those that wrote the stored outputs as they were then: what they wrote cost what they
/// took then. One that judges too is as it is now.
fn models(now: &Suite, stored: &Suite, run: &str, wrong: &mut Diagnostics) -> IndexMap<ModelName, ModelSpec> {
    let mut models = now.models.clone();
    let judges = with_fallbacks(&now.models, judges(now));
    let writers = stored.candidates.values().flat_map(CandidateSpec::models);
    for name in with_fallbacks(&stored.models, writers) {
        let Some(then) = stored.models.get(&name) else { continue };
        match now.models.get(&name).filter(|_| judges.contains(&name)) {
            Some(today) if (today.provider, &today.model) == (then.provider, &then.model) => {}
            Some(_) => wrong.push(
                Diagnostic::new(format!(
                    "the model `{name}` judges, and is another one than wrote outputs of run {run}"
                ))
                .hint("give the judge a name of its own under `models`"),
            ),
            None => drop(models.insert(name, then.clone())),
        }
    }
    models
}

/// The models that judge by a suite, and the programs that check.
fn judges(suite: &Suite) -> impl Iterator<Item = &ModelName> {
    let judges = suite.metrics.values().filter_map(MetricSpec::rubric).flat_map(|judged| judged.judge.all());
    judges.chain(suite.metrics.values().filter_map(MetricSpec::program))
}

/// Some models, and all that may stand in for them.
fn with_fallbacks<'a>(
    models: &'a IndexMap<ModelName, ModelSpec>,
    some: impl Iterator<Item = &'a ModelName>,
) -> BTreeSet<ModelName> {
    let mut all = BTreeSet::new();
    for first in some {
        let mut next = Some(first);
        while let Some(name) = next.filter(|name| all.insert((*name).clone())) {
            next = models.get(name).and_then(|spec| spec.fallback.as_ref());
        }
    }
    all
}

/// Whether the outputs are there that an ask is about.
pub(super) fn can_be_asked(ask: &Ask, outputs: &[Event]) -> bool {
    let there = |of: &CandidateName, nth: u32| {
        outputs.iter().any(|event| match event {
            Event::Reply { ask: Ask::Output { candidate, sample, .. }, reply, .. } => {
                candidate == of && *sample == nth && can_be_judged(reply)
            }
            _ => false,
        })
    };
    match ask {
        Ask::Output { .. } | Ask::Step { .. } => true,
        Ask::Score { candidate, sample, .. } => there(candidate, *sample),
        Ask::Preference { first, second, sample, .. } => there(first, *sample) && there(second, *sample),
    }
}
