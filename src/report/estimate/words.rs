//! What a plan will take → sentences: what is asked, what was assumed, what the budget allows.

use std::collections::BTreeSet;

use super::Forecast;
use crate::model::{EXPECTED_OUTPUT, MOST_WITHOUT_LIMIT, Money};
use crate::report::{number, text};
use crate::run::{Asker, Estimate, Part};
use crate::suite::Suite;

/// What is measured: `support-answers: 40 cases, 2 candidates, 3 metrics`.
pub fn scope(forecast: &Forecast<'_>) -> String {
    let Forecast { suite, estimate, .. } = forecast;
    let of = |n: usize, one, many| number::counted(n as u64, one, many);
    format!(
        "{}: {}, {}, {}",
        text::line(&suite.name),
        number::counted(estimate.cases, "case", "cases"),
        of(suite.candidates.len(), "candidate", "candidates"),
        of(suite.metrics.len(), "metric", "metrics")
    )
}

/// What a run begins with; `None` where nothing is asked over a network.
pub fn headline(estimate: &Estimate) -> Option<String> {
    estimate.asked().next()?;
    let tokens = estimate.expected();
    let (tokens, unpriced) = (tokens.input_tokens + tokens.output_tokens, estimate.unpriced());
    let is_priced = estimate.asked().any(|part| part.prices.is_some());
    let mut words = vec![match tokens {
        // Commands and endpoints alone.
        0 if !is_priced => "tokens and cost are not known beforehand".to_string(),
        _ => format!("about {} tokens", short(tokens)),
    }];
    if is_priced {
        words.push(expected(estimate.expected_usd(), unpriced.is_empty()));
        words.extend(estimate.most_usd().map(|most| format!("at most {most}")));
    }
    let mut notes: Vec<String> = lists(estimate).into_iter().collect();
    notes.extend(no_price(estimate));
    notes.extend(
        estimate.asked().any(|part| !part.detours.is_empty()).then(|| "as if no step took a route".to_string()),
    );
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    Some(format!("{}{notes}", words.join(", ")))
}

/// What is to be expected, of which a part may have no price.
fn expected(usd: Money, is_all: bool) -> String {
    // Where an amount is told as less than another, "about" and "at least" make no sense.
    match ((1..100_000).contains(&usd.nanos()), is_all) {
        (false, true) => format!("about {usd}"),
        (false, false) => format!("at least about {usd}"),
        (true, true) => "less than $0.0001".to_string(),
        (true, false) => "less than $0.0001 for what has a price".to_string(),
    }
}

/// What the numbers rest on.
pub fn assumptions(forecast: &Forecast<'_>) -> Vec<String> {
    let estimate = forecast.estimate;
    let mut said = Vec::new();
    if let Some(run) = forecast.unfinished {
        said.push(format!("`karat run` goes on with the unfinished run {run}; what it has already is not asked again"));
    }
    if forecast.suite.gate.as_ref().is_some_and(|gate| gate.sequential.is_some()) {
        said.push(
            "the gate is sequential: this is what all cases take, and the run stops when every blocking rule is decided"
                .to_string(),
        );
    }
    if estimate.controls > 0 {
        said.push(format!(
            "{} of the judges are on canaries and anchors, which count as no cases",
            number::counted(estimate.controls, "call", "calls")
        ));
    }
    if estimate.asked().next().is_none() {
        said.push("every reply is recorded: nothing is asked over a network".to_string());
        return said;
    }
    said.push(
        "tokens read: counted from the requests, four characters a token; at most: one token a byte. A judge's \
         request holds the output that it judges, at its expected length"
            .to_string(),
    );
    said.push(match &estimate.earlier {
        Some(run) => format!("tokens written: the mean of run {run}, else {}", without_run()),
        None => format!("tokens written: {}, as there is no finished run to go by", without_run()),
    });
    let (later, unbounded): (Vec<&Part>, Vec<&Part>) = estimate
        .asked()
        .filter(|part| part.most.is_none())
        .partition(|part| matches!(part.asker, Asker::Step(..)) && part.limited);
    let names = |parts: Vec<&Part>| {
        let mut shown: Vec<String> = parts.into_iter().map(|part| name(part, estimate)).collect();
        let mut seen = BTreeSet::new();
        shown.retain(|name| seen.insert(name.clone()));
        shown
    };
    let (later, unbounded) = (names(later), names(unbounded));
    if !later.is_empty() {
        said.push(format!(
            "{}: what is sent depends on what comes of earlier steps, so there is no most",
            later.join(", ")
        ));
    }
    for part in estimate.asked().filter(|part| !part.detours.is_empty()) {
        let others: Vec<String> =
            part.detours.iter().map(|detour| format!("`{}`", text::line(detour.model.as_str()))).collect();
        said.push(format!(
            "{}: expected as if `{}` answered every time; at most, as if the dearest of it and {} did",
            name(part, estimate),
            text::line(part.model.as_str()),
            others.join(", ")
        ));
    }
    if !unbounded.is_empty() {
        said.push(format!(
            "{}: no limit on what is written, so there is no most; set `max_tokens` under `params`, or what the \
             provider calls it",
            unbounded.join(", ")
        ));
    }
    let tries = "second tries, after a failure or after a verdict that cannot be read";
    said.push(match forecast.spared {
        None => format!("not counted: {tries}, and what the cache spares"),
        Some(_) => format!("not counted: {tries}"),
    });
    if let Some(spared) = forecast.spared {
        said.push(format!(
            "the cache has the replies to {} of these {}, which will cost nothing and are counted here all the same; of a \
             judge's that is known only where the output is there",
            number::count(spared),
            number::counted(estimate.calls(), "call", "calls")
        ));
    }
    if let Some(lists) = lists(estimate) {
        said.push(format!(
            "{lists} at the provider's own address; what long prompts and other grades of service cost more or less is \
             not in them. `prices` in the suite go before them"
        ));
    }
    let cost = if estimate.unpriced().len() == 1 { "its cost" } else { "their cost" };
    said.extend(no_price(estimate).map(|words| format!("{words}: {cost} is not known, which is not zero")));
    said.extend(slow(estimate, forecast.suite));
    said
}

/// Models whose limit on tokens is below what one request is thought to take: each request waits for minutes.
pub fn slow(estimate: &Estimate, suite: &Suite) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for part in estimate.asked().filter(|part| part.calls > 0) {
        let Some(limit) = suite.models.get(&part.model).and_then(|spec| spec.tokens_per_minute) else { continue };
        let tokens = (part.expected.input_tokens + part.expected.output_tokens).div_ceil(part.calls);
        if tokens > u64::from(limit) {
            said.push(format!(
                "model `{}`: `tokens_per_minute: {limit}` is less than one request is thought to take ({} tokens, for {}): \
                 requests to it start about {} minutes apart",
                text::line(part.model.as_str()),
                number::count(tokens),
                name(part, estimate),
                number::count(tokens.div_ceil(u64::from(limit)))
            ));
        }
    }
    said
}

/// What the budget allows.
pub fn budget(forecast: &Forecast<'_>) -> Option<String> {
    let (estimate, cap) = (forecast.estimate, forecast.budget?);
    let mut words = match (estimate.most_usd(), estimate.expected_usd()) {
        _ if !estimate.unpriced().is_empty() => {
            format!("budget {cap}: a run with it is refused, since {}", no_price(estimate)?)
        }
        (Some(most), _) if most <= cap => format!("budget {cap}: enough for all of it, even at its most"),
        (_, expected) if expected <= cap => format!("budget {cap}: enough for what is expected"),
        (_, expected) => {
            let share = number::percent(Some((cap.usd() / expected.usd() * 100.0).round() / 100.0));
            format!(
                "budget {cap}: reaches for about {share} of what is expected; the run then stops, and the same command \
                 with a larger budget goes on with it"
            )
        }
    };
    if estimate.unpriced().is_empty() && estimate.asked().any(|part| part.most.is_none()) {
        words.push_str(&format!(
            ". A reply without a limit is taken to have up to {} tokens",
            number::count(MOST_WITHOUT_LIMIT)
        ));
    }
    Some(words)
}

/// The lists of prices that were used: `list prices of 2026-10-26`.
fn lists(estimate: &Estimate) -> Option<String> {
    let dates: BTreeSet<&str> =
        estimate.asked().filter_map(|part| Some(part.price_list.as_ref()?.as_of.as_str())).collect();
    let dates: Vec<&str> = dates.into_iter().collect();
    (!dates.is_empty()).then(|| format!("list prices of {}", dates.join(" and ")))
}

/// `` `grader` has no price``.
fn no_price(estimate: &Estimate) -> Option<String> {
    let names: Vec<String> =
        estimate.unpriced().into_iter().map(|name| format!("`{}`", text::line(name.as_str()))).collect();
    match names.len() {
        0 => None,
        1 => Some(format!("{} has no price", names.concat())),
        2..=4 => Some(format!("{} have no price", names.join(", "))),
        n => Some(format!("{} and {} more have no price", names[..3].join(", "), n - 3)),
    }
}

fn without_run() -> String {
    format!("{EXPECTED_OUTPUT} a call, or the limit where that is lower")
}

/// A name, of a judge with its model where a metric has several.
fn name(part: &Part, estimate: &Estimate) -> String {
    let several = || estimate.parts.iter().any(|other| other.asker == part.asker && other.model != part.model);
    match &part.asker {
        Asker::Candidate(name) => format!("`{}`", text::line(name.as_str())),
        Asker::Step(name, step) => format!("`{}`", text::line(&format!("{name}/{step}"))),
        Asker::Corpus(name) => format!("`{}`", text::line(name)),
        Asker::Judge(name) if several() => {
            format!("`{}` by `{}`", text::line(name.as_str()), text::line(part.model.as_str()))
        }
        Asker::Judge(name) => format!("`{}`", text::line(name.as_str())),
    }
}

/// `940`, `84 k`, `1.2 M`.
fn short(tokens: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let n = tokens as f64;
    match tokens {
        0..10_000 => number::count(tokens),
        10_000..999_500 => format!("{:.0} k", n / 1e3),
        _ => format!("{:.1} M", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_short_at_every_size() {
        let shown = [0, 9_999, 10_000, 84_400, 999_499, 999_500, 1_234_567].map(short);
        assert_eq!(shown, ["0", "9,999", "10 k", "84 k", "999 k", "1.0 M", "1.2 M"]);
    }

    #[test]
    fn an_amount_that_is_next_to_nothing_is_not_about_less_than_something() {
        let of = |nanos, is_all| expected(Money::from_nanos(nanos), is_all);
        assert_eq!([of(0, true), of(5, true)], ["about $0.00", "less than $0.0001"]);
        assert_eq!(
            [of(5, false), of(2_000_000, false)],
            ["less than $0.0001 for what has a price", "at least about $0.0020"]
        );
    }
}
