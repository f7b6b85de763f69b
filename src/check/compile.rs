//! What a suite says of a check → the check itself.

use super::call::{Cost, FinishReason, Latency};
use super::json::JsonCheck;
use super::refusal::IsRefusal;
use super::retrieval::{Measure, Retrieval};
use super::score::{Against, Score, yes_no};
use super::steps::{RepeatedCalls, StepCount};
use super::template::Template;
use super::text::{Contains, Length, Pattern, StartsWith};
use super::told::{Similar, Told};
use super::trajectory::{ArgumentsSchema, ToolArguments, ToolSequence, ToolUsed};
use super::{bleu, distance, number, rouge, text};
use crate::diagnostic::Diagnostic;
use crate::suite::CheckKind;

/// Compiles a check: its templates, its pattern, its schema.
pub(super) fn compile(kind: &CheckKind) -> Result<Box<dyn Score>, Diagnostic> {
    Ok(match kind {
        CheckKind::Equals { value, ignore_case } => {
            let ignore_case = *ignore_case;
            Against::new(value, move |output, value| Ok(yes_no(text::equals(output, value, ignore_case))))?
        }
        CheckKind::Contains { any, all, ignore_case } => Box::new(Contains::new(any, all, *ignore_case)?),
        CheckKind::StartsWith { value, ignore_case } => Box::new(StartsWith::new(value, *ignore_case)?),
        CheckKind::Regex { pattern } => Box::new(Pattern::new(pattern)?),
        CheckKind::IsJson { schema } => Box::new(JsonCheck::whole(schema.as_ref())?),
        CheckKind::ContainsJson { schema } => Box::new(JsonCheck::part(schema.as_ref())?),
        CheckKind::Number { value, tolerance } => {
            let tolerance = *tolerance;
            Against::new(value, move |output, value| number::near(output, value, tolerance).map(yes_no))?
        }
        CheckKind::Length { unit, min, max } => Box::new(Length { unit: *unit, min: *min, max: *max }),
        CheckKind::Levenshtein { value } => Against::new(value, distance::similarity)?,
        CheckKind::RougeN { n, value } => {
            let n = *n;
            Against::new(value, move |output, value| rouge::n_grams(output, value, n))?
        }
        CheckKind::RougeL { value } => Against::new(value, rouge::subsequence)?,
        CheckKind::Bleu { value } => Against::new(value, bleu::sentence)?,
        CheckKind::Cost => Box::new(Cost),
        CheckKind::Latency => Box::new(Latency),
        CheckKind::FinishReason { value } => Box::new(FinishReason(*value)),
        CheckKind::IsRefusal => Box::new(IsRefusal),
        CheckKind::RecallAtK { k, relevant } => Box::new(Retrieval::new(Measure::Recall { k: *k }, relevant)?),
        CheckKind::PrecisionAtK { k, relevant } => Box::new(Retrieval::new(Measure::Precision { k: *k }, relevant)?),
        CheckKind::Mrr { k, relevant } => Box::new(Retrieval::new(Measure::ReciprocalRank { k: *k }, relevant)?),
        CheckKind::Ndcg { k, relevant } => Box::new(Retrieval::new(Measure::Ndcg { k: *k }, relevant)?),
        CheckKind::ToolUsed { value, mode } => Box::new(ToolUsed::new(value, *mode)?),
        CheckKind::ToolArguments { value, mode } => Box::new(ToolArguments::new(value, *mode)?),
        CheckKind::ToolSchema { tool, schema } => Box::new(ArgumentsSchema::new(tool, schema)?),
        CheckKind::ToolSequence { value, mode } => Box::new(ToolSequence::new(value, *mode)?),
        CheckKind::StepCount { of, min, max } => Box::new(StepCount { of: of.clone(), min: *min, max: *max }),
        CheckKind::Similar { value, .. } => Box::new(Similar(Template::new(value)?)),
        CheckKind::Exec { gives, .. } => Box::new(Told(*gives)),
        CheckKind::RepeatedCalls { max } => Box::new(RepeatedCalls { max: *max }),
    })
}
