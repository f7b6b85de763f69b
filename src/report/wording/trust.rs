//! Judge and counts → words.

use crate::analysis::{Counts, JudgeFindings, StatusCounts};
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_are_not_told_are_counted() {
        let counts = Counts { more_causes: 39, ..Counts::default() };
        assert_eq!(causes(&counts), ["and 39 more reasons"]);
        assert!(errors(&counts).is_empty() && causes(&Counts::default()).is_empty());
    }
}
