//! What a plan will take → a table with its assumptions, JSON, and the line that a run begins with.

mod json;
mod power;
mod words;

pub use json::render as json;
pub use power::Foreseen;
pub use words::{headline, slow};

use super::terminal::paint::Ink;
use super::terminal::table::{Table, left, names, right};
use super::{number, text};
use crate::model::Money;
use crate::run::{Asker, Estimate, Part};
use crate::suite::Suite;

/// What is shown: an estimate, whose it is, and what the run may cost.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    /// The suite, as it was narrowed.
    pub suite: &'a Suite,
    /// What it will take.
    pub estimate: &'a Estimate,
    /// What it may cost.
    pub budget: Option<Money>,
    /// What its gate can be expected to decide, where it has one.
    pub foreseen: Option<&'a Foreseen>,
    /// The unfinished run that would be gone on with.
    pub unfinished: Option<&'a str>,
    /// How many of the calls the cache has the replies to; `None` without a cache.
    pub spared: Option<u64>,
}

/// The table, the assumptions behind it, and what the budget allows.
pub fn terminal(forecast: &Forecast<'_>, columns: usize, colour: bool) -> String {
    let estimate = forecast.estimate;
    let mut lines = vec![words::scope(forecast), String::new()];
    let mut table = Table::new(vec![
        left("", 9),
        names("asks"),
        left("model", 3),
        right("calls", 8),
        right("tokens read", 5),
        right("written", 5),
        right("expected", 9),
        right("at most", 7),
    ]);
    for part in &estimate.parts {
        table.row(row(part));
    }
    if estimate.asked().count() > 1 {
        table.row(total(estimate));
    }
    lines.extend(table.lines(columns, colour));
    lines.push(String::new());
    for assumption in words::assumptions(forecast) {
        let wrapped = text::wrap(&assumption, columns.saturating_sub(2).max(20));
        lines.extend(
            wrapped.iter().enumerate().map(|(at, line)| format!("{}{line}", if at == 0 { "- " } else { "  " })),
        );
    }
    if let Some(budget) = words::budget(forecast) {
        lines.push(String::new());
        lines.extend(text::wrap(&budget, columns));
    }
    if let Some(foreseen) = forecast.foreseen {
        lines.extend(power::lines(foreseen, columns, colour));
    }
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

fn row(part: &Part) -> Vec<(String, Ink)> {
    let (kind, name) = match &part.asker {
        Asker::Candidate(name) => ("candidate", name.to_string()),
        Asker::Step(name, step) => ("step", format!("{name}/{step}")),
        Asker::Corpus(name) => ("corpus", name.clone()),
        Asker::Judge(name) => ("judge", name.to_string()),
    };
    let mut cells = vec![
        (kind.to_string(), Ink::Dim),
        (text::line(&name), Ink::Plain),
        (text::line(part.model.as_str()), Ink::Plain),
        (calls(part.calls, part.most_calls()), Ink::Plain),
    ];
    if part.recorded {
        let nothing = || (number::ABSENT.to_string(), Ink::Dim);
        cells.extend([nothing(), nothing(), ("recorded".to_string(), Ink::Dim), nothing()]);
        return cells;
    }
    if part.is_own {
        let unknown = || (number::ABSENT.to_string(), Ink::Dim);
        cells.extend([unknown(), unknown(), ("not known".to_string(), Ink::Unsure), unknown()]);
        return cells;
    }
    let money = |usd: Option<Money>, absent: &str| match usd {
        Some(usd) => (usd.to_string(), Ink::Plain),
        None => (absent.to_string(), Ink::Unsure),
    };
    cells.extend([
        (number::count(part.expected.input_tokens), Ink::Plain),
        (number::count(part.expected.output_tokens), Ink::Plain),
        money(part.expected_usd(), "no price"),
        money(part.most_usd(), if part.prices.is_none() { number::ABSENT } else { "no limit" }),
    ]);
    cells
}

/// How many, and how many at most where loops may make more.
fn calls(expected: u64, most: u64) -> String {
    if most > expected {
        format!("{}–{}", number::count(expected), number::count(most))
    } else {
        number::count(expected)
    }
}

fn total(estimate: &Estimate) -> Vec<(String, Ink)> {
    let expected = estimate.expected();
    let usd = match (estimate.unpriced().is_empty(), estimate.asked().any(|part| part.prices.is_some())) {
        (true, _) => estimate.expected_usd().to_string(),
        (false, true) => format!("at least {}", estimate.expected_usd()),
        (false, false) => "not known".to_string(),
    };
    let cells = [
        "total".to_string(),
        String::new(),
        String::new(),
        calls(estimate.calls(), estimate.most_calls()),
        number::count(expected.input_tokens),
        number::count(expected.output_tokens),
        usd,
        estimate.most_usd().map_or_else(|| number::ABSENT.to_string(), |most| most.to_string()),
    ];
    cells.into_iter().map(|cell| (cell, Ink::Bold)).collect()
}
