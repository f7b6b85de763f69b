//! What the command line asks for → the cases that are kept, in the order of the file.

use std::collections::BTreeSet;

use super::{Case, Dataset};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};

/// Which cases are kept: those that pass every filter, of these a sample, of that the first ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The first so many.
    pub limit: Option<usize>,
    /// A tag, or `id`, and what it must be: one value, or several between commas of which any will do.
    pub filter: Vec<(String, String)>,
    /// So many, drawn by the seed.
    pub sample: Option<usize>,
    /// The seed of the sample.
    pub seed: u64,
}

/// A filter as it is typed: `topic=safety`.
///
/// # Errors
/// No `=`, or nothing on one side of it.
pub fn parse_filter(text: &str) -> Result<(String, String), Diagnostic> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_string(), value.trim().to_string()))
        }
        _ => Err(Diagnostic::new(format!("`--filter {text}`: expected a tag and its value"))
            .hint("as in `--filter topic=safety`, or `--filter topic=safety,refunds` for either")),
    }
}

impl Dataset {
    /// The dataset with the selected cases only.
    ///
    /// # Errors
    /// As [`Selection::of`].
    pub fn select(mut self, selection: &Selection) -> Result<Self, Diagnostics> {
        let mut kept = selection.of(&self.cases)?.into_iter().peekable();
        let mut at = 0;
        self.cases.retain(|_| {
            at += 1;
            kept.next_if_eq(&(at - 1)).is_some()
        });
        Ok(self)
    }
}

impl Selection {
    /// The positions of the cases that are kept, ascending and at least one.
    ///
    /// A sample of n is the same whatever the order of the file, and holds every smaller sample of the same seed.
    ///
    /// # Errors
    /// A tag or a value that no case has, and a selection that leaves no case.
    pub fn of(&self, cases: &[Case]) -> Result<Vec<usize>, Diagnostics> {
        let mut wrong = Diagnostics::default();
        let filters: Vec<Filter<'_>> = self
            .filter
            .iter()
            .filter_map(|(name, value)| Filter::new(name, value, cases).map_err(|mistake| wrong.push(mistake)).ok())
            .collect();
        wrong.into_result(())?;
        let mut kept: Vec<usize> =
            (0..cases.len()).filter(|at| filters.iter().all(|filter| filter.passes(&cases[*at]))).collect();
        if let Some(n) = self.sample.filter(|n| *n < kept.len()) {
            kept.sort_by_cached_key(|at| self.rank(&cases[*at]));
            kept.truncate(n);
            kept.sort_unstable();
        }
        kept.truncate(self.limit.unwrap_or(usize::MAX));
        if kept.is_empty() { Err(self.nothing_left(cases.len()).into()) } else { Ok(kept) }
    }

    /// Where a case stands in the draw: a hash of its id, keyed by the stream's name and the seed.
    fn rank(&self, case: &Case) -> [u8; 32] {
        let key = blake3::derive_key("karat dataset/sample", &self.seed.to_le_bytes());
        *blake3::keyed_hash(&key, case.id.as_str().as_bytes()).as_bytes()
    }

    fn nothing_left(&self, of: usize) -> Diagnostic {
        let mistake = Diagnostic::new(format!("the selection leaves none of the {of} cases"));
        if self.limit == Some(0) || self.sample == Some(0) {
            return mistake.hint("`--limit` and `--sample` take a number from 1");
        }
        let names: BTreeSet<&str> = self.filter.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < self.filter.len() {
            mistake.hint("a case passes every filter: for either of two values write `--filter topic=safety,refunds`")
        } else {
            mistake.hint("a case passes every filter")
        }
    }
}

/// One filter, with the values that pass it.
struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Filter<'a> {
    fn new(name: &'a str, value: &'a str, cases: &[Case]) -> Result<Self, Diagnostic> {
        let seen: BTreeSet<&str> = cases.iter().filter_map(|case| value_of(case, name)).collect();
        let typed = format!("`--filter {name}={value}`");
        if seen.is_empty() {
            let tags: BTreeSet<&str> = cases.iter().flat_map(|case| case.tags.keys().map(String::as_str)).collect();
            return Err(Diagnostic::new(format!("{typed}: no case has the tag `{name}`")).hint(one_of(
                "the tags are",
                name,
                &tags,
            )));
        }
        // A value that holds a comma itself is meant as it stands.
        let values: Vec<&str> =
            if seen.contains(value) { vec![value] } else { value.split(',').map(str::trim).collect() };
        match values.iter().find(|value| !seen.contains(**value)) {
            None => Ok(Self { name, values }),
            Some(unseen) => {
                let message = if name == "id" { "no case has this id" } else { "no case has this value" };
                let hint = one_of(&format!("the values of `{name}` are"), unseen, &seen);
                Err(Diagnostic::new(format!("{typed}: {message}: `{unseen}`")).hint(hint))
            }
        }
    }

    fn passes(&self, case: &Case) -> bool {
        value_of(case, self.name).is_some_and(|value| self.values.contains(&value))
    }
}

/// A tag's value. A tag that is called `id` is hidden by the case's own id.
fn value_of<'a>(case: &'a Case, name: &str) -> Option<&'a str> {
    if name == "id" { Some(case.id.as_str()) } else { case.tags.get(name).map(String::as_str) }
}

/// So many names are listed in a hint.
const LISTED: usize = 12;

fn one_of(what: &str, written: &str, known: &BTreeSet<&str>) -> String {
    let listed: Vec<String> = known.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let list = match known.len() {
        0 => "no case has a tag".to_string(),
        n if n > LISTED => format!("{what} {} and {} more", listed.join(", "), n - LISTED),
        _ => format!("{what} {}", listed.join(", ")),
    };
    match nearest(written, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None => list,
    }
}

#[cfg(test)]
mod tests;
