//! What the command line asks for → the cases that are kept, in the order of the file.

use std::collections::BTreeSet;

use super::Case;
use super::seen::{Seen, one_of};
use super::source::Cases;
use crate::diagnostic::{Diagnostic, Diagnostics};

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

impl Selection {
    /// Whether it is known of each case as it goes by if it is kept.
    fn at_once(&self) -> bool {
        self.filter.is_empty() && self.sample.is_none()
    }

    /// Where a case stands in the draw: a hash of its id, keyed by the stream's name and the seed.
    fn rank(&self, case: &Case) -> u128 {
        let key = blake3::derive_key("karat dataset/sample", &self.seed.to_le_bytes());
        let hash = *blake3::keyed_hash(&key, case.id.as_str().as_bytes()).as_bytes();
        hash.iter().take(16).fold(0, |word, byte| word << 8 | u128::from(*byte))
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

/// The positions of the cases that are kept, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// The first so many.
    First(usize),
    /// These.
    At(Box<[u32]>),
}

impl Kept {
    /// The positions.
    pub fn positions(&self) -> Box<dyn Iterator<Item = usize> + Send + '_> {
        match self {
            Self::First(n) => Box::new(0..*n),
            Self::At(positions) => Box::new(positions.iter().map(|at| *at as usize)),
        }
    }
}

impl Kept {
    /// The position of one of them.
    pub fn position(&self, of: u64) -> u64 {
        match self {
            Self::First(_) => of,
            Self::At(positions) => {
                usize::try_from(of).ok().and_then(|of| positions.get(of)).map_or(of, |at| u64::from(*at))
            }
        }
    }
}

/// Sees every case once, and says which are kept.
#[derive(Debug)]
pub struct Sieve<'a> {
    selection: &'a Selection,
    filters: Vec<Filter<'a>>,
    /// The cases that passed every filter, as far as could be told when they went by.
    passed: Vec<u32>,
    /// What each of these is in the draw, where there is one.
    ranks: Vec<u128>,
    total: u32,
}

impl<'a> Sieve<'a> {
    /// A sieve that has seen no case.
    pub fn new(selection: &'a Selection) -> Self {
        let filters = selection.filter.iter().map(|(name, value)| Filter::new(name, value)).collect();
        Self { selection, filters, passed: Vec::new(), ranks: Vec::new(), total: 0 }
    }

    /// Sees the next case, and says whether it is known already that it is kept.
    pub fn see(&mut self, case: &Case) -> bool {
        let at = self.total;
        self.total = self.total.saturating_add(1);
        if self.selection.at_once() {
            return (at as usize) < self.selection.limit.unwrap_or(usize::MAX);
        }
        let mut passes = true;
        for filter in &mut self.filters {
            passes &= filter.see(case, at);
        }
        if passes {
            self.passed.push(at);
            self.ranks.extend(self.selection.sample.map(|_| self.selection.rank(case)));
        }
        false
    }

    /// The cases that are kept, at least one. They were all known as they went by, or none was.
    ///
    /// A sample of n is the same whatever the order of the file, and holds every smaller sample of the same seed.
    ///
    /// # Errors
    /// A tag or a value that no case has, told with those there are, for which the cases are read `again`; and a
    /// selection that leaves no case.
    pub fn finish(self, again: impl FnOnce() -> Result<Cases, Diagnostics>) -> Result<Kept, Diagnostics> {
        let Self { selection, filters, mut passed, ranks, total } = self;
        let limit = selection.limit.unwrap_or(usize::MAX);
        let of = total as usize;
        if selection.at_once() {
            return if limit.min(of) > 0 {
                Ok(Kept::First(limit.min(of)))
            } else {
                Err(selection.nothing_left(of).into())
            };
        }
        let unmet: Vec<&str> = filters.iter().filter(|filter| !filter.is_met()).map(|filter| filter.name).collect();
        if !unmet.is_empty() {
            let seen = Seen::look(again()?, &unmet, value_of)?;
            return Err(Diagnostics(filters.iter().filter_map(|filter| filter.fault(&seen)).collect()));
        }
        let passes = |at: &u32| filters.iter().all(|filter| filter.keeps(*at));
        if let Some(n) = selection.sample {
            let mut drawn: Vec<(u128, u32)> = ranks.into_iter().zip(passed).filter(|(_, at)| passes(at)).collect();
            if n > 0 && n < drawn.len() {
                drawn.select_nth_unstable(n - 1);
            }
            drawn.truncate(n);
            passed = drawn.into_iter().map(|(_, at)| at).collect();
            passed.sort_unstable();
        } else {
            passed.retain(passes);
        }
        passed.truncate(limit);
        if passed.is_empty() { Err(selection.nothing_left(of).into()) } else { Ok(Kept::At(passed.into())) }
    }
}

/// One filter, and what was seen of the values that pass it.
#[derive(Debug)]
struct Filter<'a> {
    name: &'a str,
    value: &'a str,
    /// The values between its commas, and whether each was seen.
    parts: Vec<(&'a str, bool)>,
    /// The cases that have the value as it stands, where it holds a comma itself: such a value is meant whole, which is
    /// known only after the last case.
    whole: BTreeSet<u32>,
}

impl<'a> Filter<'a> {
    fn new(name: &'a str, value: &'a str) -> Self {
        let parts = value.split(',').map(|part| (part.trim(), false)).collect();
        Self { name, value, parts, whole: BTreeSet::new() }
    }

    /// Whether a case may pass.
    fn see(&mut self, case: &Case, at: u32) -> bool {
        let Some(value) = value_of(case, self.name) else { return false };
        if value == self.value && self.value.contains(',') {
            self.whole.insert(at);
            return true;
        }
        let part = self.parts.iter_mut().find(|(part, _)| *part == value);
        part.is_some_and(|(_, seen)| {
            *seen = true;
            self.whole.is_empty()
        })
    }

    /// Whether every value that it names was seen.
    fn is_met(&self) -> bool {
        !self.whole.is_empty() || self.parts.iter().all(|(_, seen)| *seen)
    }

    /// Whether a case that may pass does.
    fn keeps(&self, at: u32) -> bool {
        self.whole.is_empty() || self.whole.contains(&at)
    }

    /// What is wrong with it, if anything is.
    fn fault(&self, seen: &Seen) -> Option<Diagnostic> {
        let unseen = self.parts.iter().find(|(_, seen)| !seen).filter(|_| !self.is_met())?.0;
        let typed = format!("`--filter {}={}`", self.name, self.value);
        let values = seen.values(self.name);
        if values.is_empty() {
            let hint = one_of("the tags are", self.name, &seen.tags);
            return Some(Diagnostic::new(format!("{typed}: no case has the tag `{}`", self.name)).hint(hint));
        }
        let message = if self.name == "id" { "no case has this id" } else { "no case has this value" };
        let hint = one_of(&format!("the values of `{}` are", self.name), unseen, values);
        Some(Diagnostic::new(format!("{typed}: {message}: `{unseen}`")).hint(hint))
    }
}

/// A tag's value. A tag that is called `id` is hidden by the case's own id.
fn value_of<'a>(case: &'a Case, name: &str) -> Option<&'a str> {
    if name == "id" { Some(case.id.as_str()) } else { case.tags.get(name).map(String::as_str) }
}

#[cfg(test)]
mod tests;
