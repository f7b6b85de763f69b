//! An output → a score, by rules alone: the same output and case always score the same.

use thiserror::Error;

use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::suite::{CheckSpec, Range};

mod bleu;
mod call;
mod compile;
mod distance;
mod gold;
mod json;
mod number;
mod refusal;
mod retrieval;
mod rouge;
mod runs;
mod score;
mod steps;
mod template;
mod text;
mod told;
mod trajectory;

use score::{Score, yes_no};
use template::Template;

pub use score::Subject;
pub use told::compared;

/// A check, compiled once for all cases.
pub struct Checker {
    check: Box<dyn Score>,
    threshold: Option<Threshold>,
    negate: bool,
}

/// The number that makes a yes.
#[derive(Debug, Clone, Copy)]
enum Threshold {
    AtLeast(f64),
    AtMost(f64),
}

/// What one check said of one output.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// 1 for yes and 0 for no; else a share in [0, 1], or the length itself.
    pub value: f64,
    /// What was found, in at most 200 characters: `no match`, `distance 3 of 40`.
    pub detail: String,
}

/// Why a check could not score a case. Such a case has no score, which is not a score of 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckError {
    /// The case lacks what a template needs.
    #[error("`{template}` needs {}, which the case does not have", quoted(names))]
    Missing {
        /// The template, as written.
        template: String,
        /// The variables.
        names: Vec<String>,
    },
    /// A template that cannot be filled in for another reason.
    #[error("`{template}` cannot be filled in: {reason}")]
    Template {
        /// The template, as written.
        template: String,
        /// Why.
        reason: String,
    },
    /// Every output contains an empty text, so it says nothing.
    #[error("`{template}` is empty for this case")]
    Empty {
        /// The template, as written.
        template: String,
    },
    /// A value to compare with that holds no number.
    #[error("there is no number in the value {0}")]
    NoNumber(String),
    /// A value to compare with that holds too few words to compare.
    #[error("there is no word in the value {value}: {counted}")]
    NoWords {
        /// The value.
        value: String,
        /// What counts as a word.
        counted: &'static str,
    },
    /// A value to compare with that is shorter than the runs of words that are counted.
    #[error("the value {value} has fewer than {n} words to compare: ROUGE counts runs of a–z and 0–9 only")]
    FewWords {
        /// The value.
        value: String,
        /// Words in a run.
        n: usize,
    },
    /// Something that is not known of the call.
    #[error("the {0} of this output is not known: {1}")]
    Unknown(&'static str, &'static str),
    /// An output that came without the way to it.
    #[error("this output tells nothing of the way to it: no `contexts`, `tool_calls` or `steps`")]
    NoTrace,
    /// An output of which the steps alone are known.
    #[error("no step on the way to this output told of `contexts` or `tool_calls`")]
    OnlySteps,
    /// A way to an output that was too long to be kept whole.
    #[error("the way to this output was too long to be kept whole ({0}), so this cannot be decided")]
    Cut(String),
    /// A document that was found, and that has no id to be known by.
    #[error("document {number} of `contexts` has no `id`")]
    NoName {
        /// Its rank, from 1.
        number: usize,
    },
    /// No document is relevant for the case, so there is nothing to find.
    #[error("the case names no relevant document, so there is nothing to find")]
    NothingRelevant,
    /// Relevant documents in a form that is none.
    #[error("`relevant` must be a list of ids or a map of grades by id, and for this case it is {found}")]
    Relevant {
        /// What stands there.
        found: String,
    },
    /// Tools in a form that is none.
    #[error("`value` must be {wanted}, and for this case it is {found}")]
    Tools {
        /// What stands there.
        found: String,
        /// What should.
        wanted: &'static str,
    },
    /// An answer of a program that says nothing of the output.
    #[error("{0}")]
    Told(String),
    /// Two texts whose comparison would take minutes.
    #[error("too long to compare: {output} and {value} {unit}, where the product may be {MOST_CELLS}")]
    TooLong {
        /// The length of the output.
        output: usize,
        /// The length of the value.
        value: usize,
        /// What they are counted in.
        unit: &'static str,
    },
    /// A pattern that is no regular expression once it is filled in.
    #[error("`{pattern}` is not a regular expression: {reason}")]
    Pattern {
        /// The pattern, filled in.
        pattern: String,
        /// Why.
        reason: String,
    },
}

/// Comparing two texts takes as many steps as the product of their lengths; this many take a second or two.
const MOST_CELLS: usize = 200_000_000;

/// A value that lacks no more than this of its threshold reaches it: a cosine of 1 may come out as 0.9999999999999998.
const ROUNDING: f64 = 1e-9;

impl Checker {
    /// Compiles a check: its templates, its pattern, its schema.
    ///
    /// # Errors
    /// A template, pattern or schema that is none, and `not` on a check that says neither yes nor no.
    pub fn new(spec: &CheckSpec) -> Result<Self, Diagnostic> {
        if spec.negate && spec.range() != Range::Binary {
            return Err(Diagnostic::new("`not` turns a yes into a no, and this check gives a number")
                .hint("where less is better, write `goal: down`"));
        }
        let bound = if spec.kind.less_is_better() { Threshold::AtMost } else { Threshold::AtLeast };
        Ok(Self { check: compile::compile(&spec.kind)?, threshold: spec.threshold.map(bound), negate: spec.negate })
    }

    /// The variables of a case that the check's templates look up, `input.order` where they go into one;
    /// those behind a condition are among them.
    pub fn variables(&self) -> Vec<String> {
        let templates = self.check.templates();
        let mut names: Vec<String> = templates.into_iter().flat_map(|template| template.variables().to_vec()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What of a case the check looks up and the case does not have.
    ///
    /// # Errors
    /// The first template that lacks something.
    pub fn lacks(&self, case: &Case) -> Result<(), CheckError> {
        let lack =
            |template: &Template| template.render(case).err().filter(|why| matches!(why, CheckError::Missing { .. }));
        let templates = self.check.templates();
        templates.into_iter().filter(|template| !template.surely_has(case)).find_map(lack).map_or(Ok(()), Err)
    }

    /// Whether the check needs the text of an output; one that does not can score an output that was withheld.
    pub fn reads_text(&self) -> bool {
        self.check.reads_text()
    }

    /// Scores one output.
    ///
    /// # Errors
    /// A case or call that lacks what the check needs, or texts too long to compare.
    pub fn score(&self, subject: &Subject<'_>) -> Result<CheckResult, CheckError> {
        let (value, detail) = self.check.score(subject)?;
        let (value, detail) = match self.threshold {
            None => (value, detail),
            Some(Threshold::AtLeast(least)) => {
                let enough = value >= least - ROUNDING;
                yes_no((enough, format!("{}, of at least {least}: {detail}", brief(value, least))))
            }
            Some(Threshold::AtMost(most)) => yes_no((value <= most, format!("{detail}, of at most {most}"))),
        };
        let value = if self.negate { 1.0 - value } else { value };
        Ok(CheckResult { value, detail: cut(&detail, 200) })
    }
}

/// A text within a detail: on one line, in backticks, not too long.
fn shown(text: &str) -> String {
    let line: String = text.chars().take(81).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("`{}`", cut(&line, 80))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_string(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// A value as it is told beside its threshold: four places, unless they would hide on which side it lies.
fn brief(value: f64, threshold: f64) -> String {
    let rounded = (value * 1e4).round() / 1e4;
    let hides = (rounded >= threshold) != (value >= threshold - ROUNDING);
    if hides || !rounded.is_finite() { value.to_string() } else { rounded.to_string() }
}

/// So many of something: `1 step`, `2 steps`.
fn counted(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
