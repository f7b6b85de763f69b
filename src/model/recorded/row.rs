//! One line of a recorded file → what it answers and the reply itself.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::super::{Ask, Finish, Money, Reply};
use crate::trace::{Trace, WrittenUsage};

/// A line as it is written. Keys that are not named here are somebody else's notes.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "id")]
    case: Option<String>,
    candidate: Option<String>,
    metric: Option<String>,
    first: Option<String>,
    second: Option<String>,
    judge: Option<String>,
    criterion: Option<String>,
    step: Option<String>,
    round: Option<u32>,
    sample: Option<u32>,
    verdict_sample: Option<u32>,
    attempt: Option<u32>,
    text: Option<String>,
    finish: Option<Finish>,
    usage: Option<WrittenUsage>,
    latency_ms: Option<f64>,
    model: Option<String>,
    cost: Option<f64>,
    trace: Option<Value>,
    contexts: Option<Value>,
    tool_calls: Option<Value>,
    steps: Option<Value>,
    messages: Option<Value>,
}

/// A line that was understood.
pub(super) struct Entry {
    /// What it answers, whoever judges; `None` for a row that karat does not ask for yet (one step).
    pub ask: Option<Ask>,
    /// The only model this row stands for; any model where absent.
    pub judge: Option<String>,
    /// The answer.
    pub reply: Reply,
}

/// What is wrong with a line.
#[derive(Debug)]
pub(super) struct BadRow {
    /// A lowercase fragment.
    pub message: String,
    /// The byte it was found at, from 0.
    pub byte: usize,
    /// What would mend it.
    pub hint: Option<&'static str>,
}

const KEYS: &str = "a row has `case` with `candidate` (an output), with `metric` and `candidate` (a score), \
                    or with `metric`, `first` and `second` (a preference); then `text`";

pub(super) fn parse(line: &str) -> Result<Entry, BadRow> {
    let row: Row = serde_json::from_str(line).map_err(|error| BadRow {
        message: format!("broken row: {}", without_position(&error)),
        byte: error.column().saturating_sub(1),
        hint: None,
    })?;
    let lacks = |message: String| BadRow { message, byte: 0, hint: Some(KEYS) };
    let judge = row.judge.clone();
    if row.text.is_none() {
        return Err(lacks("a recorded reply without `text`".to_string()));
    }
    let (ask, reply) = row.split().map_err(lacks)?;
    Ok(Entry { ask, judge, reply })
}

impl Row {
    fn split(mut self) -> Result<(Option<Ask>, Reply), String> {
        let trace = self.trace()?;
        let latency_ms = match self.latency_ms {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative, and saturating is right beyond"
            )]
            Some(ms) if ms >= 0.0 => Some(ms.round() as u64),
            Some(_) => return Err("`latency_ms` is negative".to_string()),
            None => None,
        };
        let criterion = self.criterion;
        let ask = ask(
            self.case,
            self.metric,
            self.candidate,
            (self.first, self.second),
            (self.sample.unwrap_or(0), self.verdict_sample.unwrap_or(0), self.attempt.unwrap_or(0)),
        )?;
        let ask = ask.map(|ask| ask.with(None, criterion.as_deref()));
        let reply = Reply {
            text: self.text.unwrap_or_default(),
            finish: self.finish.unwrap_or_default(),
            usage: self.usage.and_then(|u| u.usage()),
            model: self.model,
            fingerprint: None,
            logprobs: None,
            usd: self.cost.map(Money::of_call).transpose()?,
            trace: trace.map(Box::new),
            latency_ms,
            retried: Vec::new(),
            fallback: None,
            stderr: None,
            cached: false,
        };
        let of_step = |ask| match (ask, self.step) {
            (Ask::Output { candidate, case, sample }, Some(step)) => {
                Some(Ask::Step { candidate, case, sample, step, round: self.round.unwrap_or(0) })
            }
            // A verdict has no steps, so such a row answers nothing.
            (_, Some(_)) => None,
            (ask, None) => Some(ask),
        };
        Ok((ask.and_then(of_step), reply))
    }

    /// The way to an output, where the row tells it. What stands under these names beside a verdict is a note.
    fn trace(&mut self) -> Result<Option<Trace>, String> {
        let parts = [
            ("trace", self.trace.take()),
            ("contexts", self.contexts.take()),
            ("tool_calls", self.tool_calls.take()),
            ("steps", self.steps.take()),
            ("messages", self.messages.take()),
        ];
        if self.metric.is_some() || parts.iter().all(|(_, part)| part.is_none()) {
            return Ok(None);
        }
        let parts = parts.into_iter().filter_map(|(name, part)| Some((name.to_string(), part?)));
        Trace::read(&parts.collect())
    }
}

fn ask(
    case: Option<String>,
    metric: Option<String>,
    candidate: Option<String>,
    pair: (Option<String>, Option<String>),
    (sample, verdict_sample, attempt): (u32, u32, u32),
) -> Result<Option<Ask>, String> {
    let case = case.ok_or("a recorded reply without `case`")?.into();
    match (metric, candidate, pair) {
        // Outputs are not repaired and have no verdicts, so such a row answers nothing.
        (None, Some(_), (None, None)) if verdict_sample > 0 || attempt > 0 => Ok(None),
        (None, Some(candidate), (None, None)) => Ok(Some(Ask::Output { candidate: candidate.into(), case, sample })),
        (Some(metric), Some(candidate), (None, None)) => Ok(Some(Ask::Score {
            metric: metric.into(),
            case,
            candidate: candidate.into(),
            sample,
            verdict_sample,
            attempt,
            judge: None,
            criterion: None,
        })),
        (Some(metric), None, (Some(first), Some(second))) => Ok(Some(Ask::Preference {
            metric: metric.into(),
            case,
            first: first.into(),
            second: second.into(),
            sample,
            verdict_sample,
            attempt,
            judge: None,
            criterion: None,
        })),
        (_, Some(_), _) => Err("both `candidate` and `first` or `second` in one row".to_string()),
        (Some(_), None, (Some(_), None)) => Err("`first` without `second`".to_string()),
        (Some(_), None, (None, Some(_))) => Err("`second` without `first`".to_string()),
        (Some(_), None, (None, None)) => Err("`metric` with neither `candidate` nor `first` and `second`".to_string()),
        (None, None, (None, None)) => Err("neither `candidate` nor `metric` in this row".to_string()),
        (None, None, _) => Err("`first` and `second` without `metric`".to_string()),
    }
}

/// serde_json ends its messages with a position within the line, which the diagnostic shows better.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_string())
}

/// Ids that other tools wrote as numbers stand for their digits.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Id;
    impl de::Visitor<'_> for Id {
        type Value = Option<String>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a case id")
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_string()))
        }
        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }
        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Id)
}
