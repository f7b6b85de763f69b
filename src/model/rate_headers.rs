//! Response headers → what is left of a provider's rate limits: OpenAI's `x-ratelimit-…` and Anthropic's
//! `anthropic-ratelimit-…`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// What is left of each limit that the server tells of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Rates {
    pub requests: Option<Remaining>,
    pub tokens: Option<Remaining>,
}

/// One limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Remaining {
    pub limit: f64,
    pub remaining: f64,
    /// Until the whole limit is there again.
    pub reset: Duration,
}

/// The headers of one limit: all of it, what is left, and when it is full again.
type Names = [&'static str; 3];

const REQUESTS: [Names; 2] = [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
];

const TOKENS: [Names; 2] = [
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
];

/// A limit of which a part is not told, or makes no sense, is not there.
pub(super) fn rates(headers: &HeaderMap, now: Timestamp) -> Rates {
    // Most servers tell of none, and one look at the names costs less than one for each name.
    if !headers.keys().any(|name| name.as_str().contains("-ratelimit-")) {
        return Rates::default();
    }
    let of = |names: &[Names]| names.iter().find_map(|names| remaining(headers, names, now));
    Rates { requests: of(&REQUESTS), tokens: of(&TOKENS) }
}

fn remaining(headers: &HeaderMap, [limit, remaining, reset]: &Names, now: Timestamp) -> Option<Remaining> {
    let text =
        |name: &'static str| headers.get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok());
    let number = |name| text(name)?.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let (limit, remaining) = (number(limit)?, number(remaining)?);
    let reset = until(text(reset)?.trim(), now)?;
    (limit >= 1.0 && remaining <= limit).then_some(Remaining { limit, remaining, reset })
}

/// A duration as Go writes it (`6m0s`, `20ms`), bare seconds, or a moment (RFC 3339).
fn until(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(then) = text.parse::<Timestamp>() {
        return Some(Duration::try_from(then.duration_since(now)).unwrap_or_default());
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let worth = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += value.parse::<f64>().ok()? * worth;
        rest = after;
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T10:00:00Z";

    fn read(headers: &[(&'static str, &str)]) -> Rates {
        let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        rates(&map, NOW.parse().unwrap())
    }

    #[test]
    fn both_families_of_headers_are_read() {
        let openai = read(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        let requests = Remaining { limit: 500.0, remaining: 499.0, reset: Duration::from_millis(120) };
        assert_eq!(openai.requests, Some(requests));
        let tokens = Remaining { limit: 30_000.0, remaining: 0.0, reset: Duration::from_secs(360) };
        assert_eq!(openai.tokens, Some(tokens));
        let anthropic = read(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "3"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T10:00:30Z"),
            ("anthropic-ratelimit-tokens-limit", "1000"),
        ]);
        let requests = Remaining { limit: 50.0, remaining: 3.0, reset: Duration::from_secs(30) };
        assert_eq!(anthropic, Rates { requests: Some(requests), tokens: None });
        assert_eq!(read(&[]), Rates::default());
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let read = |text| until(text, NOW.parse().unwrap()).map(|wait| wait.as_micros());
        assert_eq!(read("1h2m3.5s"), Some(3_723_500_000));
        assert_eq!(read("17.28s"), Some(17_280_000));
        assert_eq!(read("250µs"), Some(250));
        assert_eq!(read("0s"), Some(0));
        assert_eq!(read("59"), Some(59_000_000));
        assert_eq!(read("2026-11-21T09:59:00Z"), Some(0), "a moment that is over");
        for wrong in ["", "s", "1x", "5m3", "-1s", "soon", "1..5s", "NaN", "inf"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
