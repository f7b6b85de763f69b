//! Response headers → how long the server asks to wait.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// `retry-after-ms`, or `retry-after` in seconds or as a date. A wait of nothing says nothing.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if !headers.keys().any(|name| name.as_str().starts_with(RETRY_AFTER.as_str())) {
        return None;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wait = match text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        Some(ms) => Duration::try_from_secs_f64(ms / 1000.0).ok(),
        None => text(RETRY_AFTER.as_str()).and_then(|written| match written.parse::<f64>() {
            Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
            Err(_) => {
                let then = jiff::fmt::rfc2822::parse(written).ok()?.timestamp();
                Duration::try_from(then.duration_since(now)).ok()
            }
        }),
    };
    wait.filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        retry_after(&map, "2015-10-21T07:28:00Z".parse().unwrap())
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_read() {
        assert_eq!(read(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(read(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(read(&[("retry-after", "7"), ("retry-after-ms", "20")]), Some(Duration::from_millis(20)));
        assert_eq!(read(&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")]), Some(Duration::from_secs(30)));
        for nothing in ["", "0", "-3", "NaN", "inf", "soon", "Wed, 21 Oct 2015 07:27:00 GMT"] {
            assert_eq!(read(&[("retry-after", nothing)]), None, "{nothing}");
        }
    }
}
