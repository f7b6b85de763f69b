//! Numbers → the way people read them: sensible digits, a true minus, and a dash for what was not measured.

use crate::analysis::Share;

/// What stands where there is no number.
pub const ABSENT: &str = "—";

/// Decimals that show at least two significant digits of an interval's width: 2 for a width of 0.23, 1 for 4.
pub fn decimals(low: Option<f64>, high: Option<f64>) -> usize {
    match (low, high) {
        // What is narrower than this is known to the last digit, but for its rounding.
        (Some(low), Some(high)) if (high - low).is_finite() && high - low > 1e-8 => {
            (1.0 - (high - low).log10().floor()).clamp(1.0, 9.0) as usize
        }
        _ => 2,
    }
}

/// So many decimals, and a half away from zero: as rules round, so that one number has one form.
fn rounded(value: f64, decimals: usize) -> f64 {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    let scaled = value * scale;
    // A number this great has no decimals.
    if scaled.abs() < 9e15 { scaled.round() / scale } else { value }
}

/// A level: `3.71`, `−0.20`, `—`.
pub fn plain(value: Option<f64>, decimals: usize) -> String {
    finite(value).map_or_else(|| ABSENT.to_string(), |v| minus(&unzero(format!("{:.decimals$}", rounded(v, decimals)))))
}

/// A difference, with its sign: `+0.27`, `−0.08`, `0.00`.
pub fn signed(value: Option<f64>, decimals: usize) -> String {
    let Some(v) = finite(value) else { return ABSENT.to_string() };
    let shown = unzero(format!("{:+.decimals$}", rounded(v, decimals)));
    let zero = !shown.contains(|c: char| ('1'..='9').contains(&c));
    minus(if zero { shown.trim_start_matches('+') } else { &shown })
}

/// A number with no more digits than it has, at most four behind the point, or four that count where it is small: `4.75`,
/// `0.3333`, `2`, `0.00005012`.
pub fn shortest(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.to_string();
    }
    if value.abs() >= 1e15 {
        return minus(&format!("{value:e}"));
    }
    let leading = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let shift = 10_f64.powi((3.0 - leading).clamp(4.0, 12.0) as i32);
    minus(&((value * shift).round() / shift + 0.0).to_string())
}

/// A p value: `<0.001`, `0.003`, `0.42`.
pub fn p(value: Option<f64>) -> String {
    match finite(value) {
        None => ABSENT.to_string(),
        Some(v) if v < 0.001 => "<0.001".to_string(),
        Some(v) if v < 0.1 => format!("{v:.3}"),
        Some(v) => format!("{v:.2}"),
    }
}

/// A share of 1 as a percentage with at most one decimal: `62.5%`, `100%`.
pub fn percent(value: Option<f64>) -> String {
    finite(value).map_or_else(
        || ABSENT.to_string(),
        |v| {
            let shown = unzero(format!("{:.1}", rounded(v * 100.0, 1)));
            format!("{}%", minus(shown.strip_suffix(".0").unwrap_or(&shown)))
        },
    )
}

/// An interval in words: `−0.12 to +0.05`, `50.2% to 65.8%`; empty where an end is absent.
pub fn interval(low: Option<f64>, high: Option<f64>, show: impl Fn(Option<f64>) -> String) -> String {
    match (finite(low), finite(high)) {
        (None, _) | (_, None) => String::new(),
        _ => format!("{} to {}", show(low), show(high)),
    }
}

/// An estimate and its interval: `3.71 (3.50 to 3.92)`.
pub fn with_interval(
    estimate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    show: impl Fn(Option<f64>) -> String,
) -> String {
    let range = interval(low, high, &show);
    if range.is_empty() || finite(estimate).is_none() {
        show(estimate)
    } else {
        format!("{} ({range})", show(estimate))
    }
}

/// A share with its interval, as percentages.
pub fn share(share: Option<Share>) -> String {
    share.map_or_else(|| ABSENT.to_string(), |s| with_interval(Some(s.estimate), s.low, s.high, percent))
}

/// Dollars: `$12.30`, `$0.0123`; `—` where a price is not known.
pub fn money(usd: Option<f64>) -> String {
    match finite(usd) {
        None => ABSENT.to_string(),
        Some(0.0) => "$0".to_string(),
        Some(v) if v < 0.0001 => "<$0.0001".to_string(),
        Some(v) if v < 1.0 => format!("${v:.4}"),
        Some(v) => format!("${v:.2}"),
    }
}

/// A count with its thousands set apart: `12,345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size: `812 B`, `1.5 kB`, `20 MB`.
pub fn bytes(n: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits at most")]
    let mut size = n as f64;
    let mut units = ["B", "kB", "MB", "GB", "TB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while size >= 999.5
        && let Some(next) = units.next()
    {
        (size, unit) = (size / 1000.0, next);
    }
    let decimals = usize::from(unit != "B" && size < 9.95);
    format!("{size:.decimals$} {unit}")
}

/// `1 case`, `2 cases`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// `-0.00` is zero.
fn unzero(shown: String) -> String {
    if shown.starts_with('-') && !shown.contains(|c: char| ('1'..='9').contains(&c)) {
        shown[1..].to_string()
    } else {
        shown
    }
}

fn minus(shown: &str) -> String {
    shown.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_is_rounded_away_from_zero_as_rules_round_it() {
        assert_eq!([percent(Some(0.6625)), plain(Some(0.125), 2)], ["66.3%", "0.13"]);
        assert_eq!([signed(Some(-0.125), 2), signed(Some(1e300), 2)[..3].to_string()], ["−0.13", "+10"]);
    }

    #[test]
    fn digits_follow_the_interval() {
        assert_eq!(decimals(Some(-0.1), Some(0.13)), 2);
        assert_eq!(decimals(Some(0.0), Some(0.05)), 3);
        assert_eq!(decimals(Some(0.0), Some(40.0)), 1);
        assert_eq!(decimals(Some(0.000_01), Some(0.000_05)), 6);
        assert_eq!(decimals(None, Some(1.0)), 2);
        assert_eq!(decimals(Some(1.0), Some(1.0)), 2);
    }

    #[test]
    fn a_small_number_keeps_the_digits_that_count() {
        assert_eq!([shortest(4.75), shortest(1.0 / 3.0), shortest(0.0)], ["4.75", "0.3333", "0"]);
        assert_eq!([shortest(0.000_050_123), shortest(-1.0), shortest(1e300)][..2], ["0.00005012", "−1"]);
        assert_eq!(shortest(-1e300), "−1e300");
    }

    #[test]
    fn signs_and_absence() {
        assert_eq!(signed(Some(0.274), 2), "+0.27");
        assert_eq!(signed(Some(-0.08), 2), "−0.08");
        assert_eq!(signed(Some(-0.001), 2), "0.00");
        assert_eq!(signed(Some(0.001), 2), "0.00");
        assert_eq!(plain(Some(f64::NAN), 2), "—");
        assert_eq!(plain(Some(-0.0), 1), "0.0");
    }

    #[test]
    fn p_shares_money_and_counts() {
        assert_eq!([p(Some(0.0002)), p(Some(0.0031)), p(Some(0.421)), p(None)], ["<0.001", "0.003", "0.42", "—"]);
        assert_eq!([percent(Some(0.625)), percent(Some(1.0)), percent(Some(f64::NAN))], ["62.5%", "100%", "—"]);
        assert_eq!(
            [money(Some(0.0123)), money(Some(12.3)), money(Some(0.0)), money(None)],
            ["$0.0123", "$12.30", "$0", "—"]
        );
        assert_eq!([count(12), count(1234), count(1_234_567)], ["12", "1,234", "1,234,567"]);
        assert_eq!(with_interval(Some(0.5), Some(0.4), Some(0.6), percent), "50% (40% to 60%)");
    }
}
