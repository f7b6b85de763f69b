//! A run, or one case of it, in full: the exact requests, replies and verdicts, for a person who looks into a number.

use std::fmt::Write;

use super::text::visible;
use crate::run::Exchange;
use crate::store::{Manifest, OutputRow, VerdictRow};

/// What a run was made of.
pub fn run(manifest: &Manifest, finished: bool) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<18}{}", visible(value));
    };
    line("run", &manifest.run);
    line("state", if finished { "finished" } else { "interrupted" });
    line("suite", &manifest.suite.name);
    line("planned", &manifest.planned_at);
    line("karat", &manifest.versions.karat);
    line("commit", manifest.versions.commit.as_deref().unwrap_or("none"));
    line("cases", &manifest.cases.to_string());
    line("selection", if manifest.selection.is_empty() { "all" } else { &manifest.selection });
    line("seed", &manifest.suite.seed.to_string());
    line("dataset", &format!("{} ({})", manifest.suite.dataset.path, manifest.dataset_digest));
    line("suite digest", &manifest.suite_digest);
    line("plan digest", &manifest.plan);
    for (metric, card) in &manifest.cards {
        line("card", &format!("{metric}  {card}"));
    }
    out
}

/// Everything that was said about one case.
pub fn case(id: &str, exchanges: &[Exchange], outputs: &[OutputRow], verdicts: &[VerdictRow]) -> String {
    let mut out = format!("case {}\n", visible(id));
    for exchange in exchanges {
        let _ = writeln!(out, "\n━━ {}", visible(&exchange.ask.to_string()));
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
                block(&mut out, format!("reply  {}", about.trim_start_matches(", ")).trim_end(), &reply.text);
            }
            Err(failures) => {
                for failure in failures {
                    block(&mut out, "no answer", &failure.message);
                }
            }
        }
    }
    let _ = writeln!(out, "\n━━ outcome");
    for row in outputs {
        let error = row.error.as_ref().map_or_else(String::new, |e| format!(": {e}"));
        let _ = writeln!(out, "output   {:<24}{}{}", visible(&row.candidate), row.status.as_str(), visible(&error));
    }
    for row in verdicts {
        let _ = writeln!(out, "{}", visible(&outcome(row)));
    }
    out
}

fn outcome(row: &VerdictRow) -> String {
    let about = match &row.second {
        Some(second) => format!("{} then {second}", row.candidate),
        None => row.candidate.clone(),
    };
    let value = row.value.map_or_else(|| row.status.as_str().to_string(), |v| format!("{}", (v * 1e4).round() / 1e4));
    let mut line = format!("verdict  {:<16}{about:<16}{value}", row.metric);
    for (name, text) in [("criteria", &row.criteria), ("failure", &row.failure), ("why", &row.error)] {
        if let Some(text) = text {
            line.push_str(&format!("  {name}: {text}"));
        }
    }
    if row.repaired {
        line.push_str("  (after a repair)");
    }
    line
}

/// A titled text, its lines marked so that nothing in it can pass for a title.
fn block(out: &mut String, title: &str, text: &str) {
    let _ = writeln!(out, "── {}", visible(title));
    for line in text.lines() {
        let _ = writeln!(out, "│ {}", visible(line));
    }
}
