//! A stored run → its report, and the files that hold it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use super::context::Context;
use super::earlier::{candidate_of, earlier, earlier_of, origin};
use super::exit::Exit;
use super::failure::Failure;
use super::session::{Effort, mistake};
use super::{Outcome, audit, outputs, sequential};
use crate::analysis::{
    Analysed, Analysis, ControlTables, Counts, Data, Earlier, HowMany, Looked, Overlap, Probed, Study, Tables, analyse,
    look,
};
use crate::gate::{
    Contest, Decision, SelfTest, absent, contradictions, decide, passed_canaries, problems, rehearse, silent, waverings,
};
use crate::report::{Meta, Report, SuiteInfo, changed_judge, drifted_judge, json};
use crate::run::{baseline, control_folders, pairs};
use crate::store::{Anchors, Manifest, RunId, Runs, StoreError, read_reference};
use crate::suite::{About, Baseline, CandidateName, Provider, RuleKind, Subject, Suite};

/// How many cases a report tells in full.
const TOLD: HowMany = HowMany { worst: 20, best: 10 };

/// `karat report`: writes the reports of a stored run again.
///
/// # Errors
/// No such run, or one that cannot be read.
pub fn report(context: &Context, file: &Path, args: &ReportArgs) -> Outcome {
    let root = root_of(file);
    let runs = Runs::of(&root);
    let id = find(&runs, file, &args.run)?;
    if args.self_test {
        can_be_tested(&Manifest::read(&runs.folder_of(&id))?.suite)?;
    }
    let mut report = report_of(&runs, &id, root.clone(), Effort::default())?;
    if args.self_test {
        report.self_test = self_test_of(&runs, &id, root.clone())?;
    }
    outputs::publish(context, &root, &report, &args.output, false)?;
    Ok(Exit::Done)
}

/// The folder that a suite file lies in; empty for the current one, so that paths in it are shown as one types them.
pub fn root_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_path_buf()
}

/// The run that a word means, for a suite file: several may share a folder.
///
/// # Errors
/// No such run, or more than one.
pub fn find(runs: &Runs, file: &Path, word: &str) -> Result<RunId, StoreError> {
    runs.find(word, &file.file_name().unwrap_or_default().to_string_lossy())
}

/// What a stored run holds.
pub struct Stored {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its tables.
    pub tables: Tables,
    /// The pairs that its pairwise metrics compared.
    pub pairs: Vec<(CandidateName, CandidateName)>,
    /// What its judges were shown beside its cases.
    pub controls: Vec<ControlTables>,
    /// What its anchors are held against.
    pub reference: Anchors,
}

/// Reads a stored run.
///
/// # Errors
/// A run without tables was interrupted; one that is damaged cannot be read.
pub fn read(runs: &Runs, id: &RunId) -> Result<Stored, Failure> {
    let folder = runs.folder_of(id);
    let manifest = Manifest::read(&folder)?;
    let is_there = |file| folder.join(file).exists();
    if !is_there("verdicts.parquet") && !is_there("summary.json") {
        return Err(interrupted(id).into());
    }
    let tables = Tables::read(&folder)?;
    let pairs = pairs(&manifest.suite);
    // They come after the cases, so that while a sequential gate looks there are none.
    let finished = is_there("summary.json") || controls_are_there(&folder);
    let controls = if finished { ControlTables::read(&folder, &folder)? } else { Vec::new() };
    Ok(Stored { manifest, tables, pairs, controls, reference: read_reference(&folder)? })
}

/// What is said of a run that never came to its end.
pub fn interrupted(id: &RunId) -> StoreError {
    let words = format!("run {id} was interrupted before its end; the command that began it goes on with it");
    StoreError::NoSuchRun(words)
}

/// Whether every control of a run has its tables.
fn controls_are_there(folder: &Path) -> bool {
    control_folders(folder).iter().all(|(_, control)| control.join("verdicts.parquet").exists())
}

/// Analyses a stored run, decides about it, and puts together what reports show.
///
/// # Errors
/// A run that cannot be read.
pub fn report_of(runs: &Runs, id: &RunId, root: PathBuf, effort: Effort) -> Result<Report, Failure> {
    report_from(read(runs, id)?, runs, root, effort, Vec::new())
}

/// The same, of a run that has been read or rebuilt. `known` is what is known to be wrong with it already.
///
/// # Errors
/// Tables that cannot be read.
pub fn report_from(
    stored: Stored,
    runs: &Runs,
    root: PathBuf,
    effort: Effort,
    known: Vec<String>,
) -> Result<Report, Failure> {
    let Weighed { manifest, analysed, against, mut doubts } = weigh(stored, runs, root)?;
    let suite = &manifest.suite;
    let Analysed { mut analysis, data, overlap, latency_ms } = analysed;
    // What is wrong with the measurement itself; a baseline that is not there is only the gate's concern.
    let finished = known.is_empty();
    let problems =
        problems(&analysis.counts, suite.max_error_rate).into_iter().chain(passed_canaries(&analysis.judges));
    let absent = suite.gate.is_none().then(|| absent(&analysis.candidates)).into_iter().flatten();
    let problems: Vec<String> = known.into_iter().chain(problems).chain(absent).collect();
    doubts.extend(problems.iter().cloned());
    doubts.extend(silences(suite, &analysis.counts));
    doubts.extend(overlap.iter().flat_map(|o| o.problems.clone()));
    doubts.extend(contradictions(suite, &analysis));
    let decision = decision(suite, &data, against.as_ref(), &doubts);
    let decision = decision.map(|decision| match sequential::stopping(&manifest, &analysis, &data, finished) {
        Some(stopping) => decision.ended(stopping),
        None => decision,
    });
    let decision = decision.map(|decision| Decision { warnings: warnings(suite, &analysis), ..decision });
    if finished && let Some(sequence) = manifest.sequence {
        analysis.counts.spared = sequence.cases.saturating_sub(analysis.counts.cases);
    }
    let meta = Meta {
        run: manifest.run.clone(),
        planned_at: manifest.planned_at.clone(),
        karat: manifest.versions.karat.clone(),
        commit: manifest.versions.commit.clone(),
        outputs_of: manifest.source.as_ref().map(|source| source.run.clone()),
        seconds: effort.seconds,
        calls: effort.calls,
        resumed: effort.resumed,
        cached: effort.cached,
        spent_usd: effort.spent_usd,
        latency_ms,
        recorded_unasked: effort.unasked,
    };
    Ok(Report { suite: info(&manifest), analysis, decision, problems, self_test: None, meta })
}

/// Passes if a gate can be tested on made-up runs.
///
/// # Errors
/// A gate whose claim is about its gold set alone.
pub fn can_be_tested(suite: &Suite) -> Result<(), Failure> {
    let about = suite.gate.as_ref().and_then(|gate| gate.sequential).map(|sequential| sequential.about);
    match about {
        Some(About::GoldSet) => Err(mistake(
            "a gate about its gold set cannot be tested: a self-test draws new cases like those of the run, and what is \
             claimed of the gold set says nothing of them",
            "leave `--self-test` away, or let the gate be `about: all_cases`",
        )),
        _ => Ok(()),
    }
}

/// Tests the gate of a stored run on runs made of its own cases; `None` where it has no gate.
///
/// # Errors
/// A run that cannot be read.
pub fn self_test_of(runs: &Runs, id: &RunId, root: PathBuf) -> Result<Option<SelfTest>, Failure> {
    let Weighed { manifest, analysed, against, .. } = weigh(read(runs, id)?, runs, root)?;
    let contest = Contest { data: &analysed.data, baseline: against.as_ref(), problems: &[] };
    Ok(manifest.suite.gate.as_ref().map(|gate| rehearse(gate, contest, manifest.suite.seed)))
}

/// A stored run with what was found in it, and what its gate holds the candidate against.
pub struct Weighed {
    /// What was planned.
    pub manifest: Manifest,
    /// What was found.
    pub analysed: Analysed,
    /// What the gate's candidate is held against.
    pub against: Option<CandidateName>,
    /// Why the gate's baseline cannot be had.
    doubts: Vec<String>,
}

/// Reads and analyses a stored run.
///
/// # Errors
/// A run that cannot be read.
pub fn weighed(runs: &Runs, id: &RunId, root: PathBuf) -> Result<Weighed, Failure> {
    weigh(read(runs, id)?, runs, root)
}

fn weigh(stored: Stored, runs: &Runs, root: PathBuf) -> Result<Weighed, Failure> {
    let (stored, Beside { earlier, doubts }) = lay_out(stored, runs, root);
    let mut analysed = analyse(study(&stored, earlier.as_ref()))?;
    analysed.data.asides.audits = audits(runs, &stored.manifest);
    let suite = &stored.manifest.suite;
    let against = analysed.overlap.as_ref().map(|o| o.name.clone()).or_else(|| named_baseline(suite));
    Ok(Weighed { manifest: stored.manifest, analysed, against, doubts })
}

/// What the gate of a run says by now, as it will when the run has ended; `None` where it has no gate. What only a report
/// finds out, such as a judge that contradicts itself, is not looked for.
///
/// # Errors
/// Tables that cannot be read.
pub fn decision_now(stored: Stored, runs: &Runs, root: PathBuf) -> Result<Option<Decision>, Failure> {
    let (stored, Beside { earlier, mut doubts }) = lay_out(stored, runs, root);
    let Looked { mut data, overlap, counts } = look(study(&stored, earlier.as_ref()))?;
    data.asides.audits = audits(runs, &stored.manifest);
    let suite = &stored.manifest.suite;
    let against = overlap.as_ref().map(|o| o.name.clone()).or_else(|| named_baseline(suite));
    doubts.extend(problems(&counts, suite.max_error_rate));
    doubts.extend(silences(suite, &counts));
    doubts.extend(overlap.into_iter().flat_map(|o| o.problems));
    Ok(decision(suite, &data, against.as_ref(), &doubts))
}

/// The earlier run that lies beside one.
struct Beside {
    earlier: Option<Earlier>,
    /// Why it cannot be had.
    doubts: Vec<String>,
}

fn lay_out(mut stored: Stored, runs: &Runs, root: PathBuf) -> (Stored, Beside) {
    stored.manifest.suite.root = root;
    let found = earlier(runs, &stored.manifest.suite, Some(&origin(runs, &stored.manifest)));
    let beside = match found {
        Some(Ok(earlier)) => Beside { earlier: Some(earlier), doubts: Vec::new() },
        Some(Err(why)) => Beside { earlier: None, doubts: vec![why] },
        None => Beside { earlier: None, doubts: Vec::new() },
    };
    (stored, beside)
}

fn study<'a>(stored: &'a Stored, earlier: Option<&'a Earlier>) -> Study<'a> {
    let Manifest { suite, cards, sequence, .. } = &stored.manifest;
    Study {
        run: &stored.manifest.run,
        suite,
        pairs: &stored.pairs,
        cards,
        tables: &stored.tables,
        sequence: *sequence,
        earlier,
        controls: &stored.controls,
        reference: &stored.reference,
        told: TOLD,
    }
}

/// What the audits found that rules of the gate read, by the place of the rule.
fn audits(runs: &Runs, manifest: &Manifest) -> BTreeMap<usize, Result<Probed, String>> {
    let rules = manifest.suite.gate.iter().flat_map(|gate| gate.rules.iter().enumerate().map(move |rule| (gate, rule)));
    let mut found = BTreeMap::new();
    for (gate, (place, rule)) in rules {
        if let (Subject::Audit { probe, metric }, RuleKind::AtMost(most)) = (&rule.of, rule.kind) {
            found.insert(place, audit::newest(runs, manifest, (metric, *probe), gate.alpha, most));
        }
    }
    found
}

/// Writes `summary.json` into a run's folder, whole, which makes it a finished one.
///
/// # Errors
/// The file system's.
pub fn write_summary(folder: &Path, report: &Report) -> Result<(), Failure> {
    outputs::write(&folder.join("summary.json"), &json::render(report)?)
}

/// A candidate of one stored run held against one of another.
pub struct Between {
    /// The report of the later one, with these differences and no others, and without a decision.
    pub report: Report,
    /// How the two lay beside each other.
    pub overlap: Overlap,
}

/// Holds a candidate of the run `b` against one of the run `a`: the ones that are named, else the gate's of `b`, and the one
/// of the same name in `a`.
///
/// # Errors
/// The same run twice, no such candidate, a run that cannot be read or that its gate ended early.
pub fn between(
    runs: &Runs,
    (a, against): (&RunId, Option<&CandidateName>),
    (b, candidate): (&RunId, Option<&CandidateName>),
    root: PathBuf,
) -> Result<Between, Failure> {
    if a == b {
        return Err(mistake(format!("{a} is the same run as {b}"), "name two runs; `karat runs list` has them"));
    }
    let stored = read(runs, b)?;
    let candidate = CandidateName::from(candidate_of(&stored, b, candidate)?.candidate.as_str());
    let namesake = Manifest::read(&runs.folder_of(a))?.suite.candidates.contains_key(&candidate);
    let earlier = earlier_of(runs, a, against.or(Some(&candidate).filter(|_| namesake)))?;
    let (comparisons, overlap) = crate::analysis::between(study(&stored, None), &earlier, &candidate)?;
    let mut report = report_from(stored, runs, root, Effort::default(), Vec::new())?;
    report.analysis.comparisons = comparisons;
    report.decision = None;
    Ok(Between { report, overlap })
}

/// What makes a judge of the gate's rules doubtful and leaves the decision as it is.
fn warnings(suite: &Suite, analysis: &Analysis) -> Vec<String> {
    let changed = analysis.judges.iter().filter_map(|(metric, found)| Some((metric, changed_judge(found)?)));
    let drifted = analysis.judges.iter().filter_map(|(metric, found)| drifted_judge(metric, found));
    let changed = changed.map(|(metric, words)| format!("of `{metric}`, {words}")).chain(drifted);
    changed.chain(waverings(suite, analysis)).collect()
}

/// The baseline that a suite names within a run; a gate without one has none.
fn named_baseline(suite: &Suite) -> Option<CandidateName> {
    match suite.gate.as_ref()?.baseline.as_ref()? {
        Baseline::Candidate(_) => baseline(suite),
        Baseline::Run { .. } => None,
    }
}

/// Whom the gate compares and who gave only empty answers; where nobody gave another it is said already.
fn silences(suite: &Suite, counts: &Counts) -> Vec<String> {
    let some_spoke = counts.silent.len() < suite.candidates.len();
    suite.gate.iter().filter(|_| some_spoke).flat_map(|gate| silent(counts, gate)).collect()
}

fn decision(suite: &Suite, data: &Data, baseline: Option<&CandidateName>, problems: &[String]) -> Option<Decision> {
    Some(decide(suite.gate.as_ref()?, Contest { data, baseline, problems }))
}

fn info(manifest: &Manifest) -> SuiteInfo {
    let suite = &manifest.suite;
    let recorded = suite.models.iter().filter(|(_, spec)| spec.provider == Provider::Recorded);
    SuiteInfo {
        name: suite.name.clone(),
        digest: manifest.suite_digest.clone(),
        dataset: suite.dataset.path.clone(),
        dataset_digest: manifest.dataset_digest.clone(),
        selection: manifest.selection.clone(),
        seed: suite.seed,
        recorded: recorded.map(|(name, _)| name.to_string()).collect(),
    }
}
