//! Judge, counts and cost → words.

use crate::analysis::{Cost, Counts, JudgeFindings, StatusCounts};
use crate::report::{number, text};
use crate::store::Status;

/// `440: 436 ok, 4 unparsed`, naming what there is any of.
pub fn statuses(counts: &StatusCounts) -> String {
    let kinds = [
        (counts.ok, "ok"),
        (counts.error, "error"),
        (counts.unparsed, "unparsed"),
        (counts.refused, "refused"),
        (counts.skipped, "skipped"),
    ];
    let parts: Vec<_> =
        kinds.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", number::count(*n))).collect();
    let by_another = match counts.fallback {
        0 => String::new(),
        n => format!(" ({} by a fallback)", number::count(n)),
    };
    match parts.as_slice() {
        [] => "none".to_string(),
        parts => format!("{}: {}{by_another}", number::count(counts.total), parts.join(", ")),
    }
}

/// The most frequent reasons for want of a text or a value: `12 verdicts of quality unparsed: the reply is empty`.
pub fn causes(counts: &Counts) -> Vec<String> {
    let told = |cause: &crate::analysis::Cause| {
        let (one, many) = if cause.of == "outputs" { ("output", "outputs") } else { ("verdict", "verdicts") };
        let mut tellers = cause.by.iter().map(|(name, count)| (text::line(name), number::count(*count)));
        let (of, shares) = match (cause.of.as_str(), cause.by.len()) {
            ("outputs", 0) => (String::new(), String::new()),
            ("outputs", 1) => {
                (tellers.next().map_or_else(String::new, |(name, _)| format!(" of {name}")), String::new())
            }
            ("outputs", _) => {
                let told: Vec<String> = tellers.map(|(name, count)| format!("{name} {count}")).collect();
                (String::new(), format!(" ({})", told.join(", ")))
            }
            (metric, _) => (format!(" of {}", text::line(metric)), String::new()),
        };
        let reason = text::cut(&text::line(&cause.reason), 240);
        let became = match cause.status {
            Status::Ok => "",
            Status::Error => " failed",
            other => &format!(" {}", other.as_str()),
        };
        format!("{}{of}{became}{shares}: {reason}", number::counted(cause.count, one, many))
    };
    let more = (counts.more_causes > 0)
        .then(|| format!("and {}", number::counted(counts.more_causes, "more reason", "more reasons")));
    counts.causes.iter().map(told).chain(more).collect()
}

/// The reasons of errors alone, which make a measurement invalid.
pub fn errors(counts: &Counts) -> Vec<String> {
    let causes = counts.causes.iter().filter(|c| c.status == Status::Error).cloned().collect();
    self::causes(&Counts { causes, ..Counts::default() })
}

/// How far a judge can be trusted, in one line.
pub fn trust(found: &JudgeFindings) -> String {
    let agreement = match found.agreement {
        None => {
            found.no_agreement.as_ref().map_or("no human labels to hold it against".to_string(), |why| text::line(why))
        }
        Some(share) if found.agreement_kind == "accuracy" => {
            let verdicts = number::counted(share.n, "verdict", "verdicts");
            format!("{} on {verdicts} of labelled cases", agreement(found))
        }
        Some(share) => format!("{} on {}", agreement(found), number::counted(share.n, "label", "labels")),
    };
    let position = found.position_consistency.map(|s| format!("same winner in both orders {}", number::share(Some(s))));
    let unparsed = found.unparsed_rate.map(|s| format!("unparsed {}", number::percent(Some(s.estimate))));
    [Some(agreement), position, unparsed].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A judge's agreement with people, named by what it is.
pub fn agreement(found: &JudgeFindings) -> String {
    match found.agreement {
        None => number::ABSENT.to_string(),
        Some(s) if found.agreement_kind == "accuracy" => format!("agrees with people {}", number::share(Some(s))),
        Some(s) => {
            let shown = number::with_interval(Some(s.estimate), s.low, s.high, |v| number::plain(v, 2));
            format!("rank agreement with people {shown}")
        }
    }
}

/// What everything cost together; unknown is not zero.
pub fn total(cost: &Cost) -> String {
    let lists = list_prices(cost);
    match known_cost(cost) {
        (Some(usd), true) if lists.is_empty() => number::money(Some(usd)),
        (Some(usd), true) => format!("{} ({lists})", number::money(Some(usd))),
        (Some(usd), false) if lists.is_empty() => {
            format!("at least {} ({})", number::money(Some(usd)), lacking(cost))
        }
        (Some(usd), false) => format!("at least {} ({lists}; {})", number::money(Some(usd)), lacking(cost)),
        (None, _) => format!("not known ({})", lacking(cost)),
    }
}

/// Why the cost, or a part of it, is not known.
pub fn lacking(cost: &Cost) -> &'static str {
    let parts = || cost.candidates.values().chain(cost.judges.values());
    let unknown = || parts().filter(|part| part.usd.is_none() && part.replies > 0);
    let some_known = cost.known.is_some() || parts().any(|part| part.usd.is_some());
    match unknown().any(|part| part.input_tokens.is_some() && part.output_tokens.is_some())
        || unknown().next().is_none()
    {
        true if some_known => "a model has no price",
        true => "no model has a price",
        // Whether it has a price cannot be told from here.
        false => "some replies tell neither their tokens nor their cost",
    }
}

/// `list prices of 2026-10-26`; empty where the suite says every price.
pub fn list_prices(cost: &Cost) -> String {
    if cost.list_prices.is_empty() {
        return String::new();
    }
    let dates: Vec<&str> = cost.list_prices.iter().map(String::as_str).collect();
    format!("list prices of {}", dates.join(" and "))
}

/// The part of the cost that is known, and whether that is all of it.
pub fn known_cost(cost: &Cost) -> (Option<f64>, bool) {
    if let Some(usd) = cost.total.usd.filter(|v| v.is_finite()) {
        return (Some(usd), true);
    }
    (cost.known.filter(|v| v.is_finite()), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Spending;

    #[test]
    fn reasons_that_are_not_told_are_counted() {
        let counts = Counts { more_causes: 39, ..Counts::default() };
        assert_eq!(causes(&counts), ["and 39 more reasons"]);
        assert!(errors(&counts).is_empty() && causes(&Counts::default()).is_empty());
    }

    #[test]
    fn a_sum_says_where_its_prices_are_from() {
        let of = |usd| {
            let known = Spending { usd: Some(1.25), ..Spending::default() };
            let total = Spending { usd, ..Spending::default() };
            let candidates = [("v1".to_string(), known)].into_iter().collect();
            Cost { candidates, total, known: Some(1.25), ..Cost::default() }
        };
        let listed = |usd| Cost { list_prices: ["2026-10-26".to_string()].into(), ..of(usd) };
        assert_eq!(total(&of(Some(2.5))), "$2.50");
        assert_eq!(total(&listed(Some(2.5))), "$2.50 (list prices of 2026-10-26)");
        assert_eq!(total(&of(None)), "at least $1.25 (a model has no price)");
        let told = |tokens| Spending { replies: 3, input_tokens: tokens, output_tokens: tokens, ..Spending::default() };
        let judged =
            |tokens| Cost { judges: [("q".to_string(), told(tokens))].into_iter().collect(), ..Cost::default() };
        assert_eq!(total(&judged(Some(9))), "not known (no model has a price)");
        // One of its replies has a price, which is not to say that all have one.
        let partly = Cost { known: Some(0.5), ..judged(Some(9)) };
        assert_eq!(total(&partly), "at least $0.5000 (a model has no price)");
        assert_eq!(total(&judged(None)), "not known (some replies tell neither their tokens nor their cost)");
        assert_eq!(total(&listed(None)), "at least $1.25 (list prices of 2026-10-26; a model has no price)");
    }
}
