//! What the rules of a gate can be expected to come to → a table with what it rests on, and JSON.

use serde_json::{Value, json};

use crate::gate::{Counted, Outlook, Promise, Truth};
use crate::report::terminal::paint::Ink;
use crate::report::terminal::table::{Table, left, right, subjects};
use crate::report::{number, text, wording};

/// What can be expected, and the earlier run that this rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// Rule by rule.
    pub outlook: Outlook,
    /// The run whose scores tell how much cases vary; absent where a standard deviation was named, or none is known.
    pub run: Option<String>,
}

/// The lines for a terminal; none where no rule is about a mean.
pub(super) fn lines(foreseen: &Foreseen, columns: usize, colour: bool) -> Vec<String> {
    let Foreseen { outlook, .. } = foreseen;
    if outlook.rules.is_empty() && outlook.counted.is_empty() {
        return Vec::new();
    }
    let power = number::percent(Some(outlook.power));
    let mut table = Table::new(vec![
        subjects("rule"),
        left("asked", 9),
        right("cases", 7),
        left("if the truth is", 6),
        right("it passes", 8),
        right(format!("cases for {power}"), 9),
    ]);
    for rule in &outlook.rules {
        table.row(row(rule).into_iter().map(|cell| (cell, Ink::Plain)).collect());
    }
    let mut lines = vec![String::new(), format!("What the gate can decide, at {power} power")];
    let known = |rule: &Promise| rule.cases_needed.or(rule.passes_from.map(|_| 0)).is_some();
    if outlook.rules.iter().any(known) {
        lines.extend(table.lines(columns, colour));
        lines.push(String::new());
    }
    for note in notes(foreseen) {
        let wrapped = text::wrap(&note, columns.saturating_sub(2).max(20));
        lines.extend(
            wrapped.iter().enumerate().map(|(at, line)| format!("{}{line}", if at == 0 { "- " } else { "  " })),
        );
    }
    lines
}

fn row(promise: &Promise) -> Vec<String> {
    let Promise { rule, .. } = promise;
    let absent = || number::ABSENT.to_string();
    let quantity = |value: Option<f64>| value.map_or_else(absent, |value| rule.quantity(value));
    let truth = match promise.truth_from {
        Some(Truth::NoDifference) => "no difference".to_string(),
        _ => quantity(promise.truth),
    };
    vec![
        text::line(&wording::subject(rule)),
        wording::requirement(rule),
        match promise.labelled.filter(|_| promise.corrected) {
            Some(labelled) => format!("{} labelled", number::count(labelled)),
            None => number::count(promise.cases),
        },
        truth,
        promise.power_now.map_or_else(absent, |power| number::percent(Some((1000.0 * power).round() / 1000.0))),
        match promise.cases_needed {
            Some(needed) if promise.corrected => format!("{} labelled", number::count(needed)),
            needed => needed.map_or_else(absent, number::count),
        },
    ]
}

/// What the numbers rest on, and what could not be said.
pub(super) fn notes(foreseen: &Foreseen) -> Vec<String> {
    let Foreseen { outlook, run } = foreseen;
    let mut said = vec![match run {
        Some(run) => format!(
            "how much a case varies: as in run {run}; cases are independent ones (clusters count once), each with a value"
        ),
        None => {
            "how much a case varies: as was named; cases are independent ones (clusters count once), each with a value"
                .to_string()
        }
    }];
    if outlook.rules.iter().all(|rule| rule.problem.is_some() && rule.cases_needed.is_none()) {
        said.clear();
    }
    let mut problems: Vec<(&str, Vec<String>)> = Vec::new();
    for rule in &outlook.rules {
        let Some(why) = rule.problem.as_deref() else { continue };
        let subject = wording::subject(&rule.rule);
        match problems.iter_mut().find(|(known, _)| *known == why) {
            Some((_, subjects)) => subjects.push(subject),
            None => problems.push((why, vec![subject])),
        }
    }
    for (why, mut subjects) in problems {
        subjects.dedup();
        said.push(text::line(&format!("{}: {why}", subjects.join(", "))));
    }
    said.extend(outlook.rules.iter().filter_map(labels));
    said.extend(outlook.counted.iter().map(|rule| counted(rule, run.as_deref())));
    said.extend(outlook.rules.iter().filter_map(|rule| reach(rule, outlook.power)));
    let compares = |rule: &&Promise| {
        rule.truth.is_none() && rule.problem.is_none() && (rule.rule.is_difference() || rule.rule.win_rate)
    };
    if outlook.rules.iter().any(|rule| compares(&rule)) {
        said.push("a rule that wants an improvement is planned for the one that you name: `--effect 0.2`".to_string());
    }
    for rule in outlook.rules.iter().filter(|rule| !rule.with_repeats.is_empty()) {
        let with: Vec<String> = rule
            .with_repeats
            .iter()
            .map(|with| {
                format!(
                    "{} with {}",
                    number::count(with.cases_needed),
                    number::counted(u64::from(with.repeat), "answer", "answers")
                )
            })
            .collect();
        said.push(text::line(&format!(
            "{}: by answers a case it would take {} cases",
            wording::subject(&rule.rule),
            with.join(", ")
        )));
    }
    if outlook.sequential {
        said.push(
            "this is for a gate that judges all cases; a sequential one looks as it goes, needs fewer where the truth lies \
             far from the margin, and more where it lies close"
                .to_string(),
        );
    }
    said
}

/// What labels make of a rule; nothing where there are none.
fn labels(promise: &Promise) -> Option<String> {
    let labelled = promise.labelled.filter(|labelled| *labelled > 0)?;
    let (subject, cases) = (wording::subject(&promise.rule), number::count(promise.cases));
    let of = format!("{} of {cases} independent cases", number::count(labelled));
    Some(text::line(&match promise.corrected {
        true => format!(
            "{subject}: labels on {of} correct what it reads, so labelled cases are counted; as many others to each of them are \
             taken to be there as in the run"
        ),
        false => format!(
            "{subject}: labels on {of} are too few to correct what it reads, or nothing is known of a corrected number, so \
             this is of the judge's own"
        ),
    }))
}

/// What a rule that is counted needs, and how it went.
fn counted(rule: &Counted, run: Option<&str>) -> String {
    let then = match (rule.kept, run) {
        (Some((kept, of)), Some(run)) => {
            format!("; in run {run} it was kept in {} of {}", number::count(kept), number::count(of))
        }
        _ => String::new(),
    };
    let (subject, asked) = (wording::subject(&rule.rule), wording::requirement(&rule.rule));
    text::line(&format!("{subject}, {asked}: counted case by case, so that one case that breaks it fails it{then}"))
}

/// What the dataset as it is can show: from which true value on a rule passes, and from which on it fails.
fn reach(promise: &Promise, power: f64) -> Option<String> {
    let Promise { rule, passes_from, fails_from, .. } = promise;
    let what = match (rule.is_difference(), rule.win_rate) {
        (true, _) => "difference",
        (_, true) => "win rate",
        _ => "level",
    };
    let upward = rule.kind != "at_most";
    let or = |upward: bool| if upward { "or more" } else { "or less" };
    let passes = passes_from.map(|from| match rule.kind.as_str() {
        "equivalent_within" => {
            format!("passes where the true difference is within {}", rule.quantity(from).replace('+', "±"))
        }
        _ => format!("passes where the true {what} is {} {}", rule.quantity(from), or(upward)),
    });
    let fails = fails_from.map(|from| format!("fails where it is {} {}", rule.quantity(from), or(!upward)));
    let found: Vec<String> = match (passes, fails) {
        (None, None) => return None,
        (passes, fails) => passes.into_iter().chain(fails).collect(),
    };
    let cases = match promise.labelled.filter(|_| promise.corrected) {
        Some(labelled) => number::counted(labelled, "labelled case", "labelled cases"),
        None => number::counted(promise.cases, "case", "cases"),
    };
    let power = number::percent(Some(power));
    Some(text::line(&format!("{}, on these {cases}, with {power}: {}", wording::subject(rule), found.join(", "))))
}

/// The same for programs.
pub(super) fn json(foreseen: &Foreseen) -> Value {
    let Foreseen { outlook, run } = foreseen;
    json!({"power": outlook.power, "sequential": outlook.sequential, "from_run": run, "rules": outlook.rules, "counted": outlook.counted, "assumptions": notes(foreseen)})
}
