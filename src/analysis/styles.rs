//! Outputs as they come → how much Markdown each candidate's hold, case by case: headers, list items, bold passages.

use polars::prelude::*;

use super::lengths::Sums;
use super::tables::each_text;
use crate::suite::{CandidateName, Control, Suite};

/// The marks that are counted, in this order, as a remark names them.
pub(super) const MARKS: [&str; 3] = ["headers", "list items", "bold passages"];

/// The marks of a run's outputs: twelve bytes an output, and nothing where no ranking asks for them.
#[derive(Debug, Default)]
pub struct Styles {
    of: Vec<(CandidateName, [Sums; MARKS.len()])>,
}

impl Styles {
    /// None yet, for a suite's candidates.
    pub(super) fn of(suite: &Suite) -> Self {
        let pairwise = suite.metrics.values().any(|metric| metric.is_pairwise());
        if !(pairwise && suite.candidates.len() > 2 && suite.ranking.controls(Control::Style)) {
            return Self::default();
        }
        Self { of: suite.candidates.keys().map(|name| (name.clone(), Default::default())).collect() }
    }

    /// Whether it reads the texts of the outputs.
    pub(super) fn is_wanted(&self) -> bool {
        !self.of.is_empty()
    }

    /// Adds the next rows of the outputs of so many cases.
    pub(super) fn add(&mut self, frame: &DataFrame, cases: usize) -> PolarsResult<()> {
        if !self.is_wanted() {
            return Ok(());
        }
        each_text(frame, |case, name, text| {
            if let Some((_, sums)) = self.of.iter_mut().find(|(known, _)| known.as_str() == name) {
                for (sums, count) in sums.iter_mut().zip(marks(text)) {
                    sums.add(case, count, cases);
                }
            }
        })
    }

    /// How many of one of the marks a candidate's output for a case holds: the mean over its samples.
    pub(super) fn get(&self, mark: usize, candidate: &CandidateName, case: usize) -> Option<f64> {
        let (_, sums) = self.of.iter().find(|(name, _)| name == candidate)?;
        sums.get(mark)?.get(case)
    }
}

/// The headers, list items and bold passages of a text. What stands in a fenced block of code is none of them.
fn marks(text: &str) -> [usize; MARKS.len()] {
    let (mut found, mut fenced) = ([0; MARKS.len()], false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let [headers, items, bold] = &mut found;
            *headers += usize::from(is_header(line));
            *items += usize::from(is_item(line.trim_start()));
            *bold += bold_passages(line, "**", '*') + bold_passages(line, "__", '_');
        }
    }
    found
}

/// One to six `#` and a space.
fn is_header(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(char::is_whitespace)
}

/// A bullet or a number with its point, and a space.
fn is_item(line: &str) -> bool {
    let bullet = line.strip_prefix(['-', '*', '+']);
    let number = || {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix('.').filter(|_| rest.len() < line.len())
    };
    bullet.or_else(number).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// What stands between two of a delimiter, holds no sign of it, and begins and ends with a word.
fn bold_passages(line: &str, delimiter: &str, sign: char) -> usize {
    let (mut rest, mut found) = (line, 0);
    while let Some(opening) = rest.find(delimiter).and_then(|at| rest.get(at..)) {
        let behind = opening.strip_prefix(delimiter).unwrap_or_default();
        let (inner, end) = behind.split_at(behind.find(sign).unwrap_or(0));
        let is_word = !inner.is_empty() && inner.trim() == inner;
        let closed = end.strip_prefix(delimiter).filter(|_| is_word);
        found += usize::from(closed.is_some());
        // Of three stars the last two may open it.
        rest = closed.or_else(|| opening.strip_prefix(sign)).unwrap_or_default();
    }
    found
}

#[cfg(test)]
impl Styles {
    /// Marks made by hand: of each candidate, for so many cases.
    pub fn made(cases: usize, candidates: &[&str], marks: impl Fn(usize, &str) -> [usize; MARKS.len()]) -> Self {
        let sums = |name: &str| {
            let mut sums: [Sums; MARKS.len()] = Default::default();
            for case in 0..cases {
                sums.iter_mut().zip(marks(case, name)).for_each(|(sums, count)| sums.add(case, count, cases));
            }
            sums
        };
        Self { of: candidates.iter().map(|name| ((*name).into(), sums(name))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_as_a_reader_sees_them() {
        for (text, expected) in [
            ("Plain words, 2 * 3 * 4, snake_case and 3.5 more.", [0, 0, 0]),
            ("# One\n## Two\n####### none\n#none\n", [2, 0, 0]),
            ("- a\n  * b\n+ c\n1. d\n 12. e\n-none\n1.none\n. none\n", [0, 5, 0]),
            ("**a** and **b c**, __d__; ** **** __ and **open", [0, 0, 3]),
            ("* **item**", [0, 1, 1]),
            ("```\n# not\n- these\n**here**\n```\n# but this", [1, 0, 0]),
            ("***both***", [0, 0, 1]),
            ("**ü** ** x **", [0, 0, 1]),
            ("", [0, 0, 0]),
        ] {
            assert_eq!(marks(text), expected, "{text}");
        }
    }
}
