//! What every check is behind its name: a subject goes in, a number and what was found come out.

use super::CheckError;
use super::template::Template;
use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::model::Reply;
use crate::trace::{ToolCall, Trace};

/// What a check looks at: one output with all that is known of how it came about, and the whole case with its gold.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The output.
    pub reply: &'a Reply,
    /// The case.
    pub case: &'a Case,
    /// What the output cost in US dollars, where that is known.
    pub usd: Option<f64>,
    /// What somebody said of the output who had to be asked, for a check that asks.
    pub told: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The text of the output.
    pub(super) fn output(&self) -> &'a str {
        &self.reply.text
    }

    /// The way to the output.
    pub(super) fn trace(&self) -> Result<&'a Trace, CheckError> {
        self.reply.trace.as_deref().ok_or(CheckError::NoTrace)
    }

    /// The way to the output, where somebody told of documents or tools on it.
    pub(super) fn told_trace(&self) -> Result<&'a Trace, CheckError> {
        let trace = self.trace()?;
        if trace.only_steps { Err(CheckError::OnlySteps) } else { Ok(trace) }
    }

    /// The way to the output, where the whole of a list of it is there.
    pub(super) fn whole(&self, list: &str) -> Result<&'a Trace, CheckError> {
        let trace = if list == "steps" { self.trace()? } else { self.told_trace()? };
        trace.lacks(list).map_or(Ok(trace), |cut| Err(CheckError::Cut(cut.to_string())))
    }

    /// The tools that were called, with all their arguments.
    pub(super) fn calls_with_arguments(&self) -> Result<&'a [ToolCall], CheckError> {
        let calls = &self.whole("tool_calls")?.tool_calls;
        match calls.iter().position(ToolCall::is_cut) {
            Some(at) => Err(CheckError::Cut(format!("the arguments of tool call {}", at + 1))),
            None => Ok(calls),
        }
    }
}

/// A number, and what was found in words.
pub(super) type Scored = Result<(f64, String), CheckError>;

/// One check, compiled.
pub(super) trait Score: Send + Sync {
    /// Scores one output.
    fn score(&self, subject: &Subject<'_>) -> Scored;

    /// The templates that are filled in for each case.
    fn templates(&self) -> Vec<&Template> {
        Vec::new()
    }

    /// Whether it reads the text, so that an output which was withheld leaves it nothing to score.
    fn reads_text(&self) -> bool {
        true
    }
}

/// A check that holds the output against one text.
pub(super) struct Against<F> {
    value: Template,
    compare: F,
}

impl<F: Fn(&str, &str) -> Scored + Send + Sync> Against<F> {
    /// `compare` is given the output and the value.
    pub fn new(value: &str, compare: F) -> Result<Box<Self>, Diagnostic> {
        Ok(Box::new(Self { value: Template::new(value)?, compare }))
    }
}

impl<F: Fn(&str, &str) -> Scored + Send + Sync> Score for Against<F> {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        (self.compare)(subject.output(), &self.value.render(subject.case)?)
    }

    fn templates(&self) -> Vec<&Template> {
        vec![&self.value]
    }
}

/// A yes is 1, a no is 0.
pub(super) fn yes_no((yes, detail): (bool, String)) -> (f64, String) {
    (f64::from(u8::from(yes)), detail)
}
