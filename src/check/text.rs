//! Checks on the text as it stands: equals, contains, starts-with, regex, length.

use std::borrow::Cow;

use regex::Regex;

use super::score::{Score, Scored, Subject, yes_no};
use super::template::Template;
use super::{CheckError, cut, shown};
use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::suite::LengthUnit;

/// Whether the output is exactly the value, white space at both ends aside.
pub(super) fn equals(output: &str, value: &str, ignore_case: bool) -> (bool, String) {
    let (output, value) = (output.trim(), value.trim());
    if fold(output, ignore_case) == fold(value, ignore_case) {
        (true, format!("is {}", shown(value)))
    } else {
        (false, format!("{} is not {}", shown(output), shown(value)))
    }
}

/// Texts that the output has to contain.
pub(super) struct Contains {
    any: Vec<Template>,
    all: Vec<Template>,
    ignore_case: bool,
}

impl Contains {
    pub fn new(any: &[String], all: &[String], ignore_case: bool) -> Result<Self, Diagnostic> {
        let texts = |list: &[String]| list.iter().map(|text| Template::new(text)).collect::<Result<Vec<_>, _>>();
        Ok(Self { any: texts(any)?, all: texts(all)?, ignore_case })
    }
}

impl Score for Contains {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let fill = |list: &[Template]| list.iter().map(|t| t.render_full(subject.case)).collect::<Result<Vec<_>, _>>();
        Ok(yes_no(contains(subject.output(), &fill(&self.any)?, &fill(&self.all)?, self.ignore_case)))
    }

    fn templates(&self) -> Vec<&Template> {
        self.any.iter().chain(&self.all).collect()
    }
}

/// What the output has to start with.
pub(super) struct StartsWith {
    value: Template,
    ignore_case: bool,
}

impl StartsWith {
    pub fn new(value: &str, ignore_case: bool) -> Result<Self, Diagnostic> {
        Ok(Self { value: Template::new(value)?, ignore_case })
    }
}

impl Score for StartsWith {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        Ok(yes_no(starts_with(subject.output(), &self.value.render_full(subject.case)?, self.ignore_case)))
    }

    fn templates(&self) -> Vec<&Template> {
        vec![&self.value]
    }
}

/// Whether the output contains one of `any`, where there are some, and each of `all`.
fn contains(output: &str, any: &[String], all: &[String], ignore_case: bool) -> (bool, String) {
    let output = fold(output, ignore_case);
    let is_in = |text: &&String| output.contains(fold(text, ignore_case).as_ref());
    let list = |texts: Vec<&String>| texts.into_iter().map(|text| shown(text)).collect::<Vec<_>>().join(", ");
    let missing: Vec<&String> = all.iter().filter(|text| !is_in(text)).collect();
    if !missing.is_empty() {
        return (false, format!("does not contain {}", list(missing)));
    }
    match any.iter().find(is_in) {
        Some(found) => (true, format!("contains {}", list(all.iter().chain([found]).collect()))),
        None if any.is_empty() => (true, format!("contains {}", list(all.iter().collect()))),
        None => (false, format!("contains none of {}", list(any.iter().collect()))),
    }
}

/// Whether the output starts with the value, white space before it aside.
fn starts_with(output: &str, value: &str, ignore_case: bool) -> (bool, String) {
    let output = output.trim_start();
    if fold(output, ignore_case).starts_with(fold(value.trim_start(), ignore_case).as_ref()) {
        (true, format!("starts with {}", shown(value)))
    } else {
        let start = cut(output, value.chars().count().max(20));
        (false, format!("starts with {}, not {}", shown(&start), shown(value)))
    }
}

fn fold(text: &str, ignore_case: bool) -> Cow<'_, str> {
    if ignore_case { text.to_lowercase().into() } else { text.into() }
}

/// A regular expression, matched in time linear in the output.
#[derive(Debug)]
pub(super) enum Pattern {
    /// The same for every case.
    Fixed(Regex),
    /// With values of the case in it, which are taken as plain text.
    Template(Template),
}

impl Pattern {
    pub fn new(pattern: &str) -> Result<Self, Diagnostic> {
        let template = Template::escaping(pattern)?;
        if !template.is_fixed() {
            return Ok(Self::Template(template));
        }
        Regex::new(pattern).map(Self::Fixed).map_err(|error| {
            let why = why(&error);
            let mistake = Diagnostic::new(format!("`{pattern}` is not a regular expression: {why}"));
            let unbounded = why.contains("look-around") || why.contains("backreferences");
            if unbounded { mistake.hint("the time of these has no bound, so they are not there") } else { mistake }
        })
    }

    /// Whether the pattern matches somewhere in the output, and the first match.
    fn find(&self, output: &str, case: &Case) -> Result<(bool, String), CheckError> {
        let found = match self {
            Self::Fixed(regex) => regex.find(output),
            Self::Template(template) => {
                let pattern = template.render(case)?;
                let regex =
                    Regex::new(&pattern).map_err(|error| CheckError::Pattern { reason: why(&error), pattern })?;
                regex.find(output)
            }
        };
        Ok(match found {
            Some(found) => (true, format!("found {}", shown(found.as_str()))),
            None => (false, "no match".to_string()),
        })
    }
}

impl Score for Pattern {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        Ok(yes_no(self.find(subject.output(), subject.case)?))
    }

    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Template(template) => vec![template],
        }
    }
}

/// The last line of what the regex crate says, which draws the pattern first.
fn why(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string()
}

/// How long the output is; 1 or 0 where there are bounds.
pub(super) struct Length {
    pub unit: LengthUnit,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Score for Length {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let (length, unit) = self.measure(subject.output(), subject.reply.usage.map(|usage| usage.output_tokens));
        Ok(within(length, &format!("{length} {unit}"), self.min, self.max))
    }
}

impl Length {
    fn measure(&self, output: &str, tokens: Option<u64>) -> (f64, &'static str) {
        match (self.unit, tokens) {
            (LengthUnit::Chars, _) => (output.chars().count() as f64, "characters"),
            (LengthUnit::Words, _) => (output.split_whitespace().count() as f64, "words"),
            (LengthUnit::Tokens, Some(tokens)) => (tokens as f64, "tokens"),
            (LengthUnit::Tokens, None) => {
                (output.chars().count().div_ceil(4) as f64, "tokens, by a quarter of its characters")
            }
        }
    }
}

/// A count; 1 or 0 where it has bounds. `detail` says it in words.
pub(super) fn within(count: f64, detail: &str, min: Option<f64>, max: Option<f64>) -> (f64, String) {
    let (least, most) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
    match (min, max) {
        (None, None) => (count, detail.to_string()),
        _ if count < least => (0.0, format!("{detail}, fewer than {least}")),
        _ if count > most => (0.0, format!("{detail}, more than {most}")),
        _ => (1.0, detail.to_string()),
    }
}
