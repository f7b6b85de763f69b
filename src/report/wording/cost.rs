//! What a run cost → words.

use crate::analysis::{Cost, Spending};
use crate::report::{number, text};

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
    let unknown = || parts().filter(|part| part.usd.is_none() && !part.is_nothing());
    let some_known = cost.known.is_some() || parts().any(|part| part.usd.is_some());
    if parts().all(Spending::is_nothing) {
        return "nobody answered";
    }
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

/// Of the cost, what went into outputs and verdicts that never came, and whose they are; `None` where nothing did.
pub fn failed_cost(cost: &Cost) -> Option<String> {
    let told = |(name, spent): (&String, &Spending)| {
        let usd = spent.failed_usd.filter(|usd| *usd > 0.0)?;
        Some(format!("{} {}", text::line(name), number::money(Some(usd))))
    };
    let parts: Vec<String> = cost.candidates.iter().chain(&cost.judges).filter_map(told).collect();
    (!parts.is_empty()).then(|| format!("of it for what did not come: {}", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(total(&Cost::default()), "not known (nobody answered)");
        assert_eq!(total(&listed(None)), "at least $1.25 (list prices of 2026-10-26; a model has no price)");
    }

    #[test]
    fn what_was_paid_for_nothing_is_told_with_its_owner() {
        let of = |failed_usd| Spending { usd: Some(1.0), failed_usd, ..Spending::default() };
        let cost = |v1, v2| Cost {
            candidates: [("v1".to_string(), of(v1)), ("v2".to_string(), of(v2))].into_iter().collect(),
            ..Cost::default()
        };
        assert_eq!(failed_cost(&cost(None, Some(0.25))).unwrap(), "of it for what did not come: v2 $0.2500");
        assert_eq!(failed_cost(&cost(None, Some(0.0))), None);
        assert_eq!(failed_cost(&cost(None, None)), None);
    }
}
