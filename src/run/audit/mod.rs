//! A stored run → the suite of its audit: candidates that are changed copies of its outputs, judged as any others are.
//!
//! So an audit is a run: journaled, resumed, replayed and paid for like one. Its cases and outputs are written into a folder
//! that is named by their digest, and its suite is called after the suite's file, so that it is nobody's `latest`.

mod attacks;
mod variant;

use std::collections::BTreeSet;
use std::path::Path;

use indexmap::IndexMap;
use serde_json::json;

pub use variant::Variant;

use super::pairs;
use super::stored_outputs::StoredOutputs;
use super::work::can_be_judged;
use crate::dataset::Source;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Ask;
use crate::store::{Event, StoreError};
use crate::suite::{CandidateName, CandidateSource, CandidateSpec, DatasetSpec, MetricName, Pairs, Scorer, Suite};

/// The candidate of an audit that is another candidate of the run: what position is probed on.
pub const RIVAL: &str = "rival";

/// What the name of a suite's file becomes in its audits.
pub fn audit_file(file: &str) -> String {
    format!("{file} (audit)")
}

/// What is audited.
#[derive(Debug, Clone, Default)]
pub struct AuditOptions {
    /// So many cases, drawn by the seed.
    pub cases: usize,
    /// Whose outputs; that of the gate, else the last, by default.
    pub candidate: Option<CandidateName>,
    /// Only these metrics; empty for all that are judged.
    pub metrics: Vec<String>,
}

/// Writes the cases and outputs of an audit under `.karat/audits/`, and gives the suite that judges them, and whose outputs
/// they are. `now` is the suite
/// as it is, which says who judges and how.
///
/// # Errors
/// Nothing to audit: no judged metric, no such candidate, no output; a run that cannot be read, files that cannot be written.
pub fn audit_suite(
    now: Suite,
    stored: &StoredOutputs,
    options: &AuditOptions,
) -> Result<(Suite, CandidateName), Diagnostics> {
    let (metrics, candidate) = (metrics(&now, options)?, candidate(stored, options)?);
    let pairwise = metrics.values().any(crate::suite::MetricSpec::is_pairwise);
    let rival = rival(&stored.manifest().suite, &candidate).filter(|_| pairwise);
    let chosen = chosen(stored, (&candidate, rival.as_ref()), options.cases, now.seed)?;
    if chosen.len() < 2 {
        let words = format!("{} has fewer than two answers of {candidate} that can be judged", stored.shown());
        return Err(Diagnostic::new(words).hint("an audit needs some: thirty or more tell something").into());
    }
    let mut files = vec![("cases".to_string(), chosen.iter().map(|c| c.case.clone()).collect::<Vec<String>>())];
    for (name, variant) in Variant::ALL {
        let row = |(place, own): (usize, &Chosen)| {
            // The next answer that is another one.
            let others = chosen.iter().cycle().skip(place + 1).take(chosen.len() - 1);
            let other = others.map(|c| c.text.as_str()).find(|text| *text != own.text).unwrap_or_default();
            json!({"case": own.id, "text": variant.of(&own.text, other, place)}).to_string()
        };
        files.push((name.to_string(), chosen.iter().enumerate().map(row).collect()));
    }
    if rival.is_some() {
        let row = |c: &Chosen| json!({"case": c.id, "text": c.rival.as_deref().unwrap_or_default()}).to_string();
        files.push((RIVAL.to_string(), chosen.iter().map(row).collect()));
    }
    let folder = write(&now.root, &files)?;
    let candidates = files.iter().filter(|(name, _)| name != "cases").map(|(name, _)| {
        let source = CandidateSource::Outputs(format!("{folder}/{name}.jsonl"));
        (CandidateName::from(name.as_str()), CandidateSpec { source })
    });
    let suite = Suite {
        file: audit_file(&now.file),
        dataset: DatasetSpec { path: format!("{folder}/cases.jsonl"), fields: IndexMap::new() },
        candidates: candidates.collect(),
        metrics,
        gate: None,
        canaries: None,
        anchors: None,
        repeat: 1,
        ..now
    };
    Ok((suite, candidate))
}

/// The judged metrics, each verdict drawn twice: that is the test and the retest.
fn metrics(now: &Suite, options: &AuditOptions) -> Result<IndexMap<MetricName, crate::suite::MetricSpec>, Diagnostics> {
    let wanted = |name: &MetricName| options.metrics.is_empty() || options.metrics.iter().any(|w| w == name.as_str());
    let mut metrics = IndexMap::new();
    for (name, spec) in now.metrics.iter().filter(|(name, _)| wanted(name)) {
        let mut spec = spec.clone();
        let Scorer::Rubric(judged) = &mut spec.scorer else { continue };
        judged.repeat = judged.repeat.max(2);
        judged.pairs = Pairs::Baseline;
        metrics.insert(name.clone(), spec);
    }
    if metrics.is_empty() {
        let judged = now.metrics.iter().filter(|(_, spec)| spec.rubric().is_some()).map(|(name, _)| name.as_str());
        let words = match options.metrics.as_slice() {
            [] => "the suite has no judged metric, so there is no judge to audit".to_string(),
            wanted => format!("no judged metric is called {}", wanted.join(" or ")),
        };
        let known = judged.collect::<Vec<_>>().join(", ");
        return Err(Diagnostic::new(words)
            .hint(if known.is_empty() { "add one with a rubric".to_string() } else { format!("there is {known}") })
            .into());
    }
    Ok(metrics)
}

fn candidate(stored: &StoredOutputs, options: &AuditOptions) -> Result<CandidateName, Diagnostics> {
    let suite = &stored.manifest().suite;
    let gated = || suite.gate.as_ref().map(|gate| gate.candidate.clone());
    let name = options.candidate.clone().or_else(gated).or_else(|| suite.candidates.keys().last().cloned());
    name.filter(|name| suite.candidates.contains_key(name)).ok_or_else(|| {
        let known: Vec<&str> = suite.candidates.keys().map(CandidateName::as_str).collect();
        let wanted = options.candidate.as_ref().map(ToString::to_string).unwrap_or_default();
        Diagnostic::new(format!("{} has no candidate `{wanted}`", stored.shown()))
            .hint(format!("it has {}", known.join(", ")))
            .into()
    })
}

/// Another candidate that the judge may be shown beside the audited one.
fn rival(suite: &Suite, candidate: &CandidateName) -> Option<CandidateName> {
    let of_pair = pairs(suite).into_iter().find_map(|(a, b)| match () {
        () if a == *candidate => Some(b),
        () if b == *candidate => Some(a),
        () => None,
    });
    of_pair.or_else(|| suite.candidates.keys().find(|name| *name != candidate).cloned())
}

/// A case of the audit.
struct Chosen {
    id: String,
    case: String,
    text: String,
    rival: Option<String>,
}

/// The cases with outputs to judge, so many of them drawn by the seed, in the order of the run.
fn chosen(
    stored: &StoredOutputs,
    (candidate, rival): (&CandidateName, Option<&CandidateName>),
    most: usize,
    seed: u64,
) -> Result<Vec<Chosen>, Diagnostics> {
    let unreadable = |why: StoreError| Diagnostics::from(Diagnostic::new(why.to_string()));
    let suite = &stored.manifest().suite;
    let (begun, _) = stored.begun();
    let mut order: Vec<u64> = (0..begun).collect();
    // In the order of a keyed hash: a draw that every seed makes anew.
    order.sort_by_key(|place| *blake3::hash(format!("audit {seed} {place}").as_bytes()).as_bytes());
    let mut wanted: BTreeSet<u64> = BTreeSet::new();
    let text = |place: u64, of: &CandidateName| -> Result<Option<String>, Diagnostics> {
        let found = stored.outputs(place, place, suite).map_err(unreadable)?;
        Ok(found.into_iter().find_map(|event| match event {
            Event::Reply { ask: Ask::Output { candidate, sample: 0, .. }, reply, .. } if candidate == *of => {
                Some(reply)
                    .filter(|reply| can_be_judged(reply) && !reply.text.trim().is_empty())
                    .map(|reply| reply.text)
            }
            _ => None,
        }))
    };
    for place in order {
        if wanted.len() >= most {
            break;
        }
        let both = text(place, candidate)?.is_some()
            && match rival {
                Some(rival) => text(place, rival)?.is_some(),
                None => true,
            };
        if both {
            wanted.insert(place);
        }
    }
    let mut chosen = Vec::new();
    for (place, case) in (0..).zip(stored.cases()?) {
        let mut case = case?;
        // Labels are about candidates that an audit does not have.
        case.labels.clear();
        if !wanted.contains(&place) {
            continue;
        }
        let Some(own) = text(place, candidate)? else { continue };
        let other = match rival {
            Some(rival) => text(place, rival)?,
            None => None,
        };
        let row = serde_json::to_string(&case).map_err(|why| Diagnostic::new(why.to_string()))?;
        chosen.push(Chosen { id: case.id.to_string(), case: row, text: own, rival: other });
    }
    Ok(chosen)
}

/// Writes the files into a folder that their contents name, and gives it relative to the suite.
fn write(root: &Path, files: &[(String, Vec<String>)]) -> Result<String, Diagnostics> {
    let mut hasher = blake3::Hasher::new();
    for (name, rows) in files {
        hasher.update(name.as_bytes()).update(&[0]);
        for row in rows {
            hasher.update(row.as_bytes()).update(b"\n");
        }
    }
    let digest = hasher.finalize().to_hex();
    let folder = format!(".karat/audits/{}", digest.get(..16).unwrap_or_default());
    let failed = |path: &Path, why: std::io::Error| Diagnostic::new(format!("cannot write {}: {why}", path.display()));
    let path = root.join(&folder);
    std::fs::create_dir_all(&path).map_err(|why| failed(&path, why))?;
    for (name, rows) in files {
        let path = path.join(format!("{name}.jsonl"));
        std::fs::write(&path, rows.join("\n") + "\n").map_err(|why| failed(&path, why))?;
    }
    Ok(folder)
}
