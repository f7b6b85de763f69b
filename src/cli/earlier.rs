//! An earlier run → the scores that a gate's candidate is held against, and the file that keeps them.

use std::path::Path;

use super::failure::Failure;
use super::sequential;
use super::session::mistake;
use super::stored::{Stored, read};
use crate::analysis::{Earlier, Gathered, Key, anchors};
use crate::store::{Baseline as Accepted, Manifest, RunId, Runs};
use crate::suite::{Baseline, CandidateName, Suite};

/// Why the earlier run that a suite's gate names cannot be had; `None` where it can, or where none is named.
pub fn baseline_lacks(runs: &Runs, suite: &Suite) -> Option<String> {
    earlier(runs, suite, None)?.err().map(|why| format!("the gate's baseline is not there: {why}"))
}

/// Passes unless the gate names a candidate that the earlier run does not have, or whose scores the accepted baseline does
/// not hold.
///
/// # Errors
/// The name, with those that there are.
pub fn check_name(suite: &Suite) -> Result<(), Failure> {
    let baseline = suite.gate.as_ref().and_then(|gate| gate.baseline.as_ref());
    let Some(Baseline::Run { run, candidate: Some(candidate) }) = baseline else { return Ok(()) };
    // One that is not there, or cannot be read, is told of where it is needed.
    if run != "accepted" {
        let runs = Runs::of(&suite.root);
        let found = match run.as_str() {
            "latest" => runs.finished(&suite.file, None).ok().flatten(),
            word => runs.find(word, &suite.file).ok(),
        };
        let manifest = found.and_then(|id| Some((Manifest::read(&runs.folder_of(&id)).ok()?, id)));
        return match manifest {
            Some((manifest, id)) if !manifest.suite.candidates.contains_key(candidate) => {
                Err(no_such(&manifest.suite, &id, candidate.as_str()))
            }
            _ => Ok(()),
        };
    }
    match Accepted::read(&Accepted::path(&suite.root, &suite.file), |_, _| {}) {
        Ok(accepted) if accepted.candidate != candidate.as_str() => {
            let hint = format!("write `candidate: {}`, or leave it away", accepted.candidate);
            Err(mistake(of_another(&accepted, candidate), hint))
        }
        _ => Ok(()),
    }
}

fn of_another(accepted: &Accepted, wanted: &CandidateName) -> String {
    format!("the accepted baseline holds the scores of `{}`, and not of `{wanted}`", accepted.candidate)
}

/// The earlier run that the gate's candidate is held against, or why it cannot be had; `None` where there is none.
/// For a run that is made already, `this`, the latest is the one before it.
pub fn earlier(runs: &Runs, suite: &Suite, this: Option<&RunId>) -> Option<Result<Earlier, String>> {
    let Some(Baseline::Run { run, candidate }) = suite.gate.as_ref()?.baseline.as_ref() else { return None };
    let of = |id: &RunId| earlier_of(runs, id, candidate.as_ref()).map_err(|why| why.to_string());
    Some(match run.as_str() {
        "accepted" => {
            let path = Accepted::path(&suite.root, &suite.file);
            if path.exists() {
                let read = Earlier::read(&path).map_err(|why| format!("the accepted baseline cannot be read ({why})"));
                read.and_then(|earlier| match candidate {
                    Some(other) if other.as_str() != earlier.of.candidate => Err(of_another(&earlier.of, other)),
                    _ => Ok(earlier),
                })
            } else {
                Err(format!("there is no {}; `karat runs baseline accept` makes it", relative(&path, &suite.root)))
            }
        }
        "latest" => match runs.finished(&suite.file, this) {
            Ok(Some(id)) => of(&id),
            Ok(None) => Err(format!("there is no earlier finished run of {}", suite.file)),
            Err(why) => Err(why.to_string()),
        },
        word => runs.find(word, &suite.file).map_err(|why| why.to_string()).and_then(|id| of(&id)),
    })
}

/// The run that asked for the outputs of a run: mostly itself. What is earlier than a run that judges is earlier than
/// the outputs that it judges.
pub fn origin(runs: &Runs, manifest: &Manifest) -> RunId {
    let mut run = manifest.run.clone();
    let mut source = manifest.source.clone();
    while let Some(from) = source.filter(|source| source.run < run) {
        run = from.run;
        source = Manifest::read(&runs.folder_of(&RunId(run.clone()))).ok().and_then(|manifest| manifest.source);
    }
    RunId(run)
}

/// A path as it is seen from a folder.
fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// One candidate's scores in a stored run.
pub fn earlier_of(runs: &Runs, id: &RunId, candidate: Option<&CandidateName>) -> Result<Earlier, Failure> {
    let stored = read(runs, id)?;
    sequential::whole(&stored, id)?;
    let of = candidate_of(&stored, id, candidate)?;
    let of = judged(&stored, of)?;
    let Stored { manifest, tables, pairs, .. } = stored;
    let Gathered { data, tally, .. } = Gathered::read(&manifest.suite, &pairs, &tables)?;
    let of = Accepted { versions: tally.judges(&manifest.suite), ..of };
    Ok(Earlier::of(of, data, Key::read(&tables)?))
}

/// Writes one candidate's scores in a stored run into a file that later runs can be held against, and says how many
/// cases it has.
///
/// # Errors
/// No such candidate, a run that cannot be read, or a file that cannot be written.
pub fn accept(
    runs: &Runs,
    id: &RunId,
    candidate: Option<&CandidateName>,
    path: &Path,
) -> Result<(Accepted, usize), Failure> {
    let stored = read(runs, id)?;
    sequential::whole(&stored, id)?;
    let of = candidate_of(&stored, id, candidate)?;
    let Gathered { data, tally, .. } = Gathered::read(&stored.manifest.suite, &stored.pairs, &stored.tables)?;
    let of = Accepted { versions: tally.judges(&stored.manifest.suite), ..judged(&stored, of)? };
    let cases = data.accepted(&stored.tables, &of.candidate.as_str().into())?;
    of.write(path, &cases)?;
    Ok((of, cases.len()))
}

/// What tells of a candidate in a stored run: the one that is named, else the gate's, else the last.
pub fn candidate_of(stored: &Stored, id: &RunId, candidate: Option<&CandidateName>) -> Result<Accepted, Failure> {
    let Manifest { suite, run, cards, .. } = &stored.manifest;
    let gated = || suite.gate.as_ref().map(|gate| gate.candidate.clone());
    let name = candidate.cloned().or_else(gated).or_else(|| suite.candidates.keys().last().cloned());
    let Some(name) = name.filter(|name| suite.candidates.contains_key(name)) else {
        return Err(no_such(suite, id, candidate.map(CandidateName::as_str).unwrap_or_default()));
    };
    let (suite, run, candidate) = (suite.name.clone(), run.clone(), name.to_string());
    Ok(Accepted { suite, run, candidate, cards: cards.clone(), ..Accepted::default() })
}

fn no_such(suite: &Suite, id: &RunId, wanted: &str) -> Failure {
    let known: Vec<&str> = suite.candidates.keys().map(CandidateName::as_str).collect();
    mistake(format!("run {id} has no candidate `{wanted}`"), format!("it has {}", known.join(", ")))
}

/// The same with what the judges of the run said of its anchors.
fn judged(stored: &Stored, of: Accepted) -> Result<Accepted, Failure> {
    let Manifest { run, cards, .. } = &stored.manifest;
    Ok(Accepted { anchors: anchors(run, cards, &stored.controls)?, ..of })
}
