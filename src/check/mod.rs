//! An output → a score, by rules alone: the same output and case always score the same.

use thiserror::Error;

use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::model::Reply;
use crate::suite::{CheckKind, CheckSpec, LengthUnit, Range};

mod distance;
mod json;
mod number;
mod rouge;
mod template;
mod text;

use json::JsonCheck;
use template::Template;
use text::Pattern;

/// A check, compiled once for all cases.
#[derive(Debug)]
pub struct Checker {
    kind: Kind,
    negate: bool,
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
    /// A value to compare with that holds no word which ROUGE counts.
    #[error("there is no word in the value {0}: ROUGE-L counts runs of a–z and 0–9 only")]
    NoWords(String),
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

#[derive(Debug)]
enum Kind {
    Equals { value: Template, ignore_case: bool },
    Contains { any: Vec<Template>, all: Vec<Template>, ignore_case: bool },
    StartsWith { value: Template, ignore_case: bool },
    Regex(Pattern),
    IsJson(JsonCheck),
    ContainsJson(JsonCheck),
    Number { value: Template, tolerance: f64 },
    Length { unit: LengthUnit, min: Option<f64>, max: Option<f64> },
    Levenshtein { value: Template },
    RougeL { value: Template },
}

impl Checker {
    /// Compiles a check: its templates, its pattern, its schema.
    ///
    /// # Errors
    /// A template, pattern or schema that is none, and `not` on a check that says neither yes nor no.
    pub fn new(spec: &CheckSpec) -> Result<Self, Diagnostic> {
        if spec.negate && spec.kind.range() != Range::Binary {
            return Err(Diagnostic::new("`not` turns a yes into a no, and this check gives a number")
                .hint("where less is better, write `goal: down`"));
        }
        let texts = |list: &[String]| list.iter().map(|text| Template::new(text)).collect::<Result<Vec<_>, _>>();
        let kind = match &spec.kind {
            CheckKind::Equals { value, ignore_case } => {
                Kind::Equals { value: Template::new(value)?, ignore_case: *ignore_case }
            }
            CheckKind::Contains { any, all, ignore_case } => {
                Kind::Contains { any: texts(any)?, all: texts(all)?, ignore_case: *ignore_case }
            }
            CheckKind::StartsWith { value, ignore_case } => {
                Kind::StartsWith { value: Template::new(value)?, ignore_case: *ignore_case }
            }
            CheckKind::Regex { pattern } => Kind::Regex(Pattern::new(pattern)?),
            CheckKind::IsJson { schema } => Kind::IsJson(JsonCheck::new(schema.as_ref())?),
            CheckKind::ContainsJson { schema } => Kind::ContainsJson(JsonCheck::new(schema.as_ref())?),
            CheckKind::Number { value, tolerance } => {
                Kind::Number { value: Template::new(value)?, tolerance: *tolerance }
            }
            CheckKind::Length { unit, min, max } => Kind::Length { unit: *unit, min: *min, max: *max },
            CheckKind::Levenshtein { value } => Kind::Levenshtein { value: Template::new(value)? },
            CheckKind::RougeL { value } => Kind::RougeL { value: Template::new(value)? },
        };
        Ok(Self { kind, negate: spec.negate })
    }

    /// The variables of a case that the check's templates look up, `input.order` where they go into one;
    /// those behind a condition are among them.
    pub fn variables(&self) -> Vec<String> {
        let templates: Vec<&Template> = match &self.kind {
            Kind::Equals { value, .. }
            | Kind::StartsWith { value, .. }
            | Kind::Number { value, .. }
            | Kind::Levenshtein { value }
            | Kind::RougeL { value } => vec![value],
            Kind::Contains { any, all, .. } => any.iter().chain(all).collect(),
            Kind::Regex(pattern) => pattern.template().into_iter().collect(),
            Kind::IsJson(_) | Kind::ContainsJson(_) | Kind::Length { .. } => Vec::new(),
        };
        let mut names: Vec<String> = templates.into_iter().flat_map(|template| template.variables().to_vec()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Scores one output, with all that is known of how it came about.
    ///
    /// # Errors
    /// A case that lacks what the check needs, or texts too long to compare.
    pub fn score(&self, reply: &Reply, case: &Case) -> Result<CheckResult, CheckError> {
        let (output, tokens) = (reply.text.as_str(), reply.usage.map(|usage| usage.output_tokens));
        let (value, detail) = match &self.kind {
            Kind::Equals { value, ignore_case } => yes_no(text::equals(output, &value.render(case)?, *ignore_case)),
            Kind::Contains { any, all, ignore_case } => {
                let fill = |list: &[Template]| list.iter().map(|t| t.render_full(case)).collect::<Result<Vec<_>, _>>();
                yes_no(text::contains(output, &fill(any)?, &fill(all)?, *ignore_case))
            }
            Kind::StartsWith { value, ignore_case } => {
                yes_no(text::starts_with(output, &value.render_full(case)?, *ignore_case))
            }
            Kind::Regex(pattern) => yes_no(pattern.find(output, case)?),
            Kind::IsJson(check) => yes_no(check.whole(output)),
            Kind::ContainsJson(check) => yes_no(check.part(output)),
            Kind::Number { value, tolerance } => yes_no(number::near(output, &value.render(case)?, *tolerance)?),
            Kind::Length { unit, min, max } => text::length(output, *unit, *min, *max, tokens),
            Kind::Levenshtein { value } => distance::similarity(output, &value.render(case)?)?,
            Kind::RougeL { value } => rouge::f_measure(output, &value.render(case)?)?,
        };
        let value = if self.negate { 1.0 - value } else { value };
        Ok(CheckResult { value, detail: cut(&detail, 200) })
    }
}

fn yes_no((yes, detail): (bool, String)) -> (f64, String) {
    (f64::from(u8::from(yes)), detail)
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

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
