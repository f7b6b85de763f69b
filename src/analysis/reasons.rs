//! Why rows came to nothing → the reasons, and how often each was told. What differs only in what it quotes is one reason.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::error::AnalysisError;
use super::findings::{Cause, FailedOutput};
use super::tables::texts;
use crate::store::{Status, StoredTable};

/// So many reasons are told.
pub const CAUSES: usize = 5;

/// Whose the reasons of outputs are: one provider's trouble is that of all candidates.
pub const OUTPUTS: &str = "outputs";

/// Of reasons that are all as frequent, the first ones are looked at.
const LOOKED_AT: usize = 1000;

/// Reasons by a hash of owner, status and words: a run whose every row fails in its own words must not be held in memory.
#[derive(Debug, Default)]
pub struct Reasons(HashMap<u64, Reason>);

/// How often a reason was told, and the row that told it first.
#[derive(Debug, Clone, Default)]
struct Reason {
    count: u64,
    row: usize,
    /// Of that, by the number of who told it, where that is not the owner.
    by: Vec<u64>,
    /// Hashes of what the first row quotes.
    quoted: Vec<u64>,
    /// Which of those others quote otherwise, a bit for each; the last bit stands for all from there on.
    differ: u64,
}

impl Reasons {
    /// Adds the reason of one row, told by the one of that number where that is not the owner.
    pub fn add(&mut self, owner: &str, status: Status, reason: &str, row: usize, by: Option<usize>) {
        let mut hasher = DefaultHasher::new();
        (owner, status).hash(&mut hasher);
        let mut quoted = Vec::new();
        let all: Vec<&str> = parts(reason).collect();
        for (at, part) in all.iter().enumerate() {
            if at % 2 == 0 || is_fixed(&all, at) {
                part.hash(&mut hasher);
            }
            if at % 2 == 1 {
                quoted.push(hash(part));
            }
        }
        quoted.len().hash(&mut hasher);
        let known = self.0.entry(hasher.finish()).or_insert_with(|| Reason {
            row,
            quoted: quoted.clone(),
            ..Reason::default()
        });
        known.count += 1;
        if let Some(by) = by {
            known.by.resize(known.by.len().max(by + 1), 0);
            known.by[by] += 1;
        }
        for (at, _) in known.quoted.iter().zip(&quoted).enumerate().filter(|(_, (first, this))| first != this) {
            known.differ |= bit(at);
        }
    }

    /// How often each was told.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.0.values().map(|reason| reason.count)
    }

    /// The reasons that were told at least so often. `owner` is the column that says whose they are; where there is none,
    /// `names` are those of the tellers, by their numbers.
    pub fn told(
        &self,
        least: u64,
        owner: Option<&str>,
        names: &[&str],
        table: &StoredTable,
    ) -> Result<Vec<Cause>, AnalysisError> {
        let mut wanted: Vec<&Reason> = self.0.values().filter(|reason| reason.count >= least).collect();
        wanted.sort_unstable_by_key(|reason| (Reverse(reason.count), reason.row));
        wanted.truncate(LOOKED_AT);
        wanted.sort_unstable_by_key(|reason| reason.row);
        let columns: Vec<&str> = ["case", "status", "error"].into_iter().chain(owner).collect();
        let rows: Vec<usize> = wanted.iter().map(|reason| reason.row).collect();
        let mut found = wanted.iter();
        let mut causes = Vec::new();
        table.rows(&columns, &rows, |_, frame, at| {
            let text = |name| Ok::<_, AnalysisError>(texts(frame, name).map_err(|why| table.damaged(&why))?.get(at));
            let status = text("status")?.and_then(Status::from_word);
            let of = owner.map_or(Ok(Some(OUTPUTS)), text)?.unwrap_or_default().to_string();
            let Some(Reason { count, by, differ, .. }) = found.next() else { return Ok(()) };
            let by = names.iter().zip(by).filter(|(_, count)| **count > 0);
            let by = by.map(|(name, count)| ((*name).to_string(), *count)).collect();
            // Of one alone, its case is told.
            let case = text("case")?.filter(|_| *count > 1);
            if let Some(reason) = why(status, text("error")?, case) {
                let reason = without(&reason, *differ);
                causes.push(Cause { of, status: status.unwrap_or(Status::Error), reason, count: *count, by });
            }
            Ok::<_, AnalysisError>(())
        })?;
        Ok(causes)
    }

    /// Of the outputs that failed for the most frequent reasons, the first of each that tells how far it came.
    pub fn failed(&self, outputs: &StoredTable) -> Result<Vec<FailedOutput>, AnalysisError> {
        let mut wanted: Vec<&Reason> = self.0.values().collect();
        wanted.sort_unstable_by_key(|reason| (Reverse(reason.count), reason.row));
        wanted.truncate(CAUSES);
        wanted.sort_unstable_by_key(|reason| reason.row);
        let rows: Vec<usize> = wanted.iter().map(|reason| reason.row).collect();
        let mut failed = Vec::new();
        outputs.rows(&["case", "candidate", "status", "error", "trace"], &rows, |_, frame, at| {
            let text = |name| Ok::<_, AnalysisError>(texts(frame, name).map_err(|why| outputs.damaged(&why))?.get(at));
            let way = text("trace")?.and_then(|trace| serde_json::from_str(trace).ok());
            if let (Some(trace), Some(Status::Error)) = (way, text("status")?.and_then(Status::from_word)) {
                let of = |name| Ok::<_, AnalysisError>(text(name)?.unwrap_or_default().to_string());
                let (case, candidate, reason) = (of("case")?, of("candidate")?, of("error")?);
                failed.push(FailedOutput { case, candidate, reason, trace });
            }
            Ok::<_, AnalysisError>(())
        })?;
        Ok(failed)
    }
}

/// Why a row came to nothing, or is odd. One reason told of many cases is one reason.
pub fn why(status: Option<Status>, error: Option<&str>, case: Option<&str>) -> Option<String> {
    // An answer that was cut or is empty is an answer, and worth a word all the same.
    let odd = status == Some(Status::Ok) && error.is_some();
    let nothing = matches!(status, None | Some(Status::Error | Status::Unparsed | Status::Refused));
    let reason = error.unwrap_or("no reason was given");
    (odd || nothing).then(|| case.map_or_else(|| reason.to_string(), |case| reason.replace(&format!("`{case}`"), "…")))
}

/// What stands outside and inside of backticks in turn; all of it outside where a backtick is not closed.
fn parts(reason: &str) -> std::str::Split<'_, char> {
    let is_closed = reason.matches('`').count().is_multiple_of(2);
    // No reason holds this character: it would have been written out.
    reason.split(if is_closed { '`' } else { '\0' })
}

/// Whether what is quoted at a place is a part of the reason, and nothing that only happens to stand in it: the name of a step,
/// or of a field that is not what it should be.
fn is_fixed(parts: &[&str], at: usize) -> bool {
    let (before, after) = (parts.get(at.wrapping_sub(1)), parts.get(at + 1));
    before.is_some_and(|words| words.ends_with("step ")) || after.is_some_and(|words| words.starts_with(": expected "))
}

/// The reason with `…` for what others quote otherwise.
fn without(reason: &str, differ: u64) -> String {
    if differ == 0 {
        return reason.to_string();
    }
    let told = parts(reason).enumerate().map(|(at, part)| match at % 2 {
        0 => part.to_string(),
        _ if differ & bit(at / 2) != 0 => "…".to_string(),
        _ => format!("`{part}`"),
    });
    told.collect()
}

fn bit(at: usize) -> u64 {
    1 << at.min(63)
}

fn hash(part: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(told: &[&str]) -> Vec<(u64, String)> {
        let mut reasons = Reasons::default();
        for (row, reason) in told.iter().enumerate() {
            reasons.add(OUTPUTS, Status::Error, reason, row, None);
        }
        let mut found: Vec<&Reason> = reasons.0.values().collect();
        found.sort_by_key(|reason| reason.row);
        found.into_iter().map(|reason| (reason.count, without(told[reason.row], reason.differ))).collect()
    }

    #[test]
    fn what_differs_only_in_what_it_quotes_is_one_reason() {
        let told = ["no document `a` in `docs`", "no document `b` in `docs`", "no document `a` in `docs`"];
        assert_eq!(counted(&told), [(3, "no document … in `docs`".to_string())]);
        let mut reasons = Reasons::default();
        [0, 3, 0].into_iter().for_each(|by| reasons.add(OUTPUTS, Status::Error, told[0], 0, Some(by)));
        assert_eq!(reasons.0.values().next().unwrap().by, [2, 0, 0, 1]);
        assert_eq!(counted(&told[..1]), [(1, "no document `a` in `docs`".to_string())]);
    }

    #[test]
    fn the_names_of_steps_and_fields_are_no_quotations() {
        let told = [
            "step `plan`: no document `a`",
            "step `plan`: no document `b`",
            "step `find`: no document `a`",
            "`bot`: `contexts`: expected a list",
            "`bot`: `usage`: expected an object",
        ];
        let found = counted(&told);
        assert_eq!(found[0], (2, "step `plan`: no document …".to_string()));
        assert_eq!(found[1..], [told[2], told[3], told[4]].map(|reason| (1, reason.to_string())));
    }

    #[test]
    fn other_words_are_another_reason() {
        let told = ["no document `a`", "no index `a`", "a lone ` here", "a lone ` there", "no document `a``b`"];
        assert_eq!(counted(&told), told.map(|reason| (1, reason.to_string())));
    }

    #[test]
    fn many_quoted_parts_are_told_apart_as_far_as_there_are_bits() {
        let of = |last: &str| (0..80).map(|at| format!("`{at}` ")).collect::<String>() + &format!("`{last}`");
        let found = counted(&[&of("x"), &of("y")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.starts_with("`0` `1` ") && found[0].1.ends_with("… …"), "{}", found[0].1);
    }
}
