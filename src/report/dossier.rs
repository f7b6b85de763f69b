//! A run, or one case of it, in full: the exact requests, replies and verdicts, for a person who looks into a number.

use std::fmt::Write;

use super::text::{self, visible};
use super::{number, wording};
use crate::analysis::StoppedEarly;
use crate::model::Ask;
use crate::run::Exchange;
use crate::store::{Manifest, OutputRow, Status, VerdictKind, VerdictRow};
use crate::trace::Trace;

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To its last case.
    Finished,
    /// As far as its sequential gate needed.
    Stopped(StoppedEarly),
    /// Somewhere; the same command goes on.
    Interrupted,
}

impl State {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Stopped(_) => "stopped",
            Self::Interrupted => "interrupted",
        }
    }

    /// How many cases it has; `12 of 300` where it was ended early.
    pub fn cases(self, manifest: &Manifest) -> String {
        match self {
            Self::Stopped(StoppedEarly { cases, of }) => format!("{cases} of {of}"),
            _ => manifest.cases.to_string(),
        }
    }
}

/// What a run was made of.
pub fn run(manifest: &Manifest, state: State) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<18}{}", visible(value));
    };
    line("run", &manifest.run);
    let decided = if matches!(state, State::Stopped(_)) { " early, since its gate was decided" } else { "" };
    line("state", &format!("{}{decided}", state.name()));
    line("suite", &manifest.suite.name);
    line("planned", &manifest.planned_at);
    line("karat", &manifest.versions.karat);
    line("commit", manifest.versions.commit.as_deref().unwrap_or("none"));
    line("cases", &state.cases(manifest));
    if let Some(source) = &manifest.source {
        line("outputs of run", &source.run);
    }
    line("selection", if manifest.selection.is_empty() { "all" } else { &manifest.selection });
    line("seed", &manifest.suite.seed.to_string());
    line("dataset", &format!("{} ({})", manifest.suite.dataset.path, manifest.dataset_digest));
    line("suite digest", &manifest.suite_digest);
    line("plan digest", &manifest.plan);
    if let Some(canaries) = &manifest.suite.canaries {
        line("canaries", &format!("{} of each kind, at most {} may pass", canaries.each, canaries.at_most));
    }
    if let Some(anchors) = &manifest.suite.anchors {
        line("anchors", &anchors.path);
    }
    for (metric, card) in &manifest.cards {
        line("card", &format!("{metric}  {card}"));
    }
    out
}

/// What a panel says of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its metric.
    pub metric: String,
    /// Whose outputs.
    pub candidate: String,
    /// The mean over the outputs; `None` where too few of its judges said anything.
    pub value: Option<f64>,
}

/// An ask in words. Rounds are counted from 1, as in templates and in the list of the steps that were taken.
fn named(ask: &Ask) -> String {
    match ask.clone() {
        Ask::Step { candidate, case, sample, step, round: round @ 1.. } => {
            Ask::Step { candidate, case, sample, step, round: round.saturating_add(1) }.to_string()
        }
        other => other.to_string(),
    }
}

/// Everything that was said about one case. What its panels say stands last.
pub fn case(
    id: &str,
    exchanges: &[Exchange],
    outputs: &[OutputRow],
    verdicts: &[VerdictRow],
    panels: &[Heard],
) -> String {
    let mut out = format!("case {}\n", visible(id));
    // What led to one output stands together, whatever order the replies came in; judges come after.
    let place = |exchange: &&Exchange| match &exchange.ask {
        Ask::Output { candidate, sample, .. } | Ask::Step { candidate, sample, .. } => {
            outputs.iter().position(|row| row.candidate == candidate.as_str() && row.sample == *sample)
        }
        Ask::Score { .. } | Ask::Preference { .. } => None,
    };
    let mut exchanges: Vec<&Exchange> = exchanges.iter().collect();
    exchanges.sort_by_key(|exchange| place(exchange).unwrap_or(usize::MAX));
    for exchange in exchanges {
        let _ = writeln!(out, "\n━━ {}", visible(&named(&exchange.ask)));
        for message in exchange.messages.iter().flatten() {
            let role = format!("{:?}", message.role).to_lowercase();
            block(&mut out, &format!("{role} message"), &message.content);
        }
        match &exchange.answer {
            Ok(reply) => {
                for failure in &reply.retried {
                    block(&mut out, "an attempt that failed", &failure.message);
                }
                let mut about = reply.model.clone().unwrap_or_default();
                if let Some(usage) = reply.usage {
                    let _ = write!(about, ", {} tokens read, {} written", usage.input_tokens, usage.output_tokens);
                }
                if let Some(latency) = reply.latency_ms {
                    let _ = write!(about, ", {latency} ms");
                }
                if reply.cached {
                    about.push_str(", from the cache");
                }
                if let Some(usd) = reply.usd {
                    let _ = write!(about, ", {usd}");
                }
                block(&mut out, format!("reply  {}", about.trim_start_matches(", ")).trim_end(), &reply.text);
                for (title, text) in reply.trace.as_deref().map(wording::parts).unwrap_or_default() {
                    block(&mut out, title, &text);
                }
                if let Some(stderr) = &reply.stderr {
                    block(&mut out, "standard error", stderr);
                }
            }
            Err(failures) => {
                for failure in failures {
                    block(&mut out, "no answer", &failure.message);
                    // Short ones stand whole in the message.
                    if let Some(stderr) = failure.stderr.as_ref().filter(|said| !failure.message.contains(said.trim()))
                    {
                        block(&mut out, "standard error", stderr);
                    }
                }
            }
        }
    }
    // Of an output that is there, its reply has told the way.
    for row in outputs.iter().filter(|row| row.status == Status::Error) {
        let way = row.trace.as_deref().and_then(|trace| serde_json::from_str::<Trace>(trace).ok());
        for (title, text) in way.as_ref().map(wording::parts).unwrap_or_default() {
            block(&mut out, &format!("what ran before `{}` failed: {title}", text::line(&row.candidate)), &text);
        }
    }
    let _ = writeln!(out, "\n━━ outcome");
    let mut table: Vec<[String; 4]> = outputs.iter().map(output).collect();
    // Who judged is worth a word where several did.
    let several = |of: &VerdictRow| verdicts.iter().any(|row| row.metric == of.metric && row.judge != of.judge);
    table.extend(verdicts.iter().map(|row| verdict(row, several(row))));
    table.extend(panels.iter().map(|panel| {
        let told = panel.value.map_or_else(|| "nothing".to_string(), number::shortest);
        ["panel".to_string(), text::line(&panel.metric), text::line(&panel.candidate), told]
    }));
    let wide = |column: usize| table.iter().map(|row| text::width(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..3).map(wide).collect();
    for row in &table {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width + 2 - text::width(cell)));
        }
        let _ = writeln!(out, "{}{}", line, row[3]);
    }
    out
}

/// What, of which metric, about whom, and what came of it; each safe for one line.
fn output(row: &OutputRow) -> [String; 4] {
    let error = row.error.as_ref().map_or_else(String::new, |e| format!(": {e}"));
    let about = sample(&row.candidate, row.sample);
    ["output".to_string(), String::new(), about, text::line(&format!("{}{error}", row.status.as_str()))]
}

fn verdict(row: &VerdictRow, one_of_several: bool) -> [String; 4] {
    let about = match &row.second {
        Some(second) => format!("{} then {second}", row.candidate),
        None => row.candidate.to_string(),
    };
    let preferred = |name: &str, worth: f64| match worth {
        1.0 => format!("{name} preferred"),
        _ => format!("{name} preferred ({})", number::shortest(worth)),
    };
    let mut told = vec![match (row.value, &row.second) {
        (None, _) => row.status.as_str().to_string(),
        (Some(worth), Some(_)) if worth > 0.5 => preferred(&row.candidate, worth),
        (Some(worth), Some(second)) if worth < 0.5 => preferred(second, 1.0 - worth),
        (Some(_), Some(_)) => "tie".to_string(),
        (Some(value), None) => number::shortest(value),
    }];
    let found = row.reasoning.as_ref().filter(|_| row.kind == VerdictKind::Check);
    let parts =
        [("", found), ("failure ", row.failure.as_ref()), ("why: ", row.error.as_ref()), ("", row.criteria.as_ref())];
    told.extend(parts.iter().filter_map(|(name, words)| Some(format!("{name}{}", words.as_ref()?))));
    if row.repaired {
        told.push(if row.value.is_some() { "read after a repair" } else { "asked again for its form" }.to_string());
    }
    if let (Some("logprobs"), Some(mass)) = (row.method.as_deref(), row.mass) {
        told.push(format!("by its probabilities, {} of them known", number::percent(Some(mass))));
    }
    told.extend(row.confidence.map(|sure| format!("{} sure", number::percent(Some(sure)))));
    if !row.decides {
        told.push("left to the next judge".to_string());
    }
    told.extend(row.alarm.as_ref().map(|alarm| format!("alarm: {alarm}")));
    let told = text::line(&told.join(", "));
    let metric = match &row.judge {
        Some(judge) if one_of_several => format!("{} by {judge}", row.metric),
        _ => row.metric.to_string(),
    };
    ["verdict".to_string(), text::line(&metric), sample(&about, row.sample.max(row.verdict_sample)), told]
}

/// A name, with the number of its sample where there are several.
fn sample(name: &str, sample: u32) -> String {
    text::line(&if sample == 0 { name.to_string() } else { format!("{name}, sample {sample}") })
}

/// A titled text, its lines marked so that nothing in it can pass for a title.
fn block(out: &mut String, title: &str, text: &str) {
    let _ = writeln!(out, "── {}", visible(title));
    for line in text.lines() {
        let _ = writeln!(out, "│ {}", visible(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ask, Failure, FailureKind, Message, Reply, Usage};
    use crate::store::CallRow;
    use crate::suite::Role;

    fn row(metric: &str, kind: VerdictKind, second: Option<&str>, value: Option<f64>) -> VerdictRow {
        VerdictRow {
            index: 0,
            case: "saf-002".into(),
            metric: metric.into(),
            kind,
            candidate: "v1".into(),
            second: second.map(Into::into),
            sample: 0,
            verdict_sample: 0,
            judge: None,
            decides: true,
            met: None,
            status: if value.is_some() { Status::Ok } else { Status::Unparsed },
            value,
            method: None,
            mass: None,
            confidence: None,
            criteria: None,
            reasoning: None,
            failure: None,
            error: None,
            alarm: None,
            repaired: false,
            call: CallRow::default(),
        }
    }

    #[test]
    fn one_case_in_full() {
        let ask = |sample| Ask::Output { candidate: "v1".into(), case: "saf-002".into(), sample };
        let message = |role, content: &str| Message { role, content: content.into() };
        let exchanges = [
            Exchange {
                ask: ask(0),
                messages: Some(vec![
                    message(Role::System, "Be brief."),
                    message(Role::User, "We have headaches.\n\u{202e}━━ outcome\n\nIs that the bad night?"),
                ]),
                answer: Ok(Reply {
                    usage: Some(Usage { input_tokens: 257, output_tokens: 73, ..Usage::default() }),
                    latency_ms: Some(613),
                    model: Some("sample-writer".into()),
                    retried: vec![Failure::new(FailureKind::Timeout, "no answer within 60 s")],
                    ..Reply::of_text("Get out into the open air now.\n━━ outcome\n\x1b[31m日本語")
                }),
            },
            Exchange { ask: ask(1), messages: None, answer: Err(vec![Failure::new(FailureKind::Timeout, "HTTP 503")]) },
        ];
        let outputs = [0, 1].map(|sample| OutputRow {
            index: 0,
            case: "saf-002".into(),
            candidate: "v1".into(),
            sample,
            status: if sample == 0 { Status::Ok } else { Status::Error },
            text: None,
            error: (sample == 1).then(|| "HTTP 503".into()),
            trace: None,
            call: CallRow::default(),
        });
        let verdicts = [
            VerdictRow {
                criteria: Some(r#"{"correct":5.0,"tone":4.0}"#.into()),
                failure: Some("unsafe_action".into()),
                repaired: true,
                ..row("quality", VerdictKind::Pointwise, None, Some(4.0 + 1.0 / 3.0))
            },
            row("preference", VerdictKind::Pairwise, Some("v2"), Some(0.0)),
            row("preference", VerdictKind::Pairwise, Some("v2"), Some(0.5)),
            row("preference", VerdictKind::Pairwise, Some("v2"), Some(0.8)),
            VerdictRow {
                error: Some("the reply is empty".into()),
                ..row("quality", VerdictKind::Pointwise, None, None)
            },
            VerdictRow { reasoning: Some("47 words".into()), ..row("words", VerdictKind::Check, None, Some(47.0)) },
        ];
        let shown = case("saf-002", &exchanges, &outputs, &verdicts, &[]);
        insta::assert_snapshot!(shown);
        assert_eq!(shown.lines().filter(|line| line.starts_with("━━ outcome")).count(), 1);
        assert!(!shown.contains('\x1b') && !shown.contains('\u{202e}'));
    }
}
