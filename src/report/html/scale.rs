//! Numbers → places along a drawing's width, and the axis under it.

use minijinja::Value;

use crate::report::number;
use crate::report::wording::Unit;

use super::safe;

/// A stretch of numbers laid over the width of the plot.
pub struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// From the least to the greatest of these and zero, with a little room at both ends.
    pub fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) =
            values.filter(|v| v.is_finite()).fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let span = if high > low { high - low } else { 1.0 };
        Self { low: low - span * 0.06, high: high + span * 0.06 }
    }

    /// Where a number stands, as a percentage of the width.
    pub fn at(&self, value: f64) -> String {
        format!("{:.2}%", ((value - self.low) / (self.high - self.low) * 100.0).clamp(0.0, 100.0))
    }

    /// Round numbers along it, five or so.
    fn ticks(&self) -> (Vec<f64>, usize) {
        let raw = (self.high - self.low) / 5.0;
        let unit = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * unit).find(|s| *s >= raw).unwrap_or(unit * 10.0);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        let whole = |scale: i32| {
            let scaled = step * 10_f64.powi(scale);
            (scaled - scaled.round()).abs() < 1e-9
        };
        let decimals = (0..=6).find(|scale| whole(*scale)).unwrap_or(6) as usize;
        ((first..=last).map(|i| i as f64 * step).collect(), decimals)
    }
}

/// The axis, in the unit of the differences.
pub fn axis(scale: &Scale, unit: Unit) -> Value {
    let (ticks, decimals) = scale.ticks();
    let mut out = "<svg class=\"plot axis\" width=\"100%\" height=\"26\" aria-hidden=\"true\">".to_string();
    for tick in ticks {
        let at = scale.at(tick);
        let shown = match unit {
            Unit::WinRate => number::percent(Some(tick + 0.5)),
            Unit::Share => number::signed(Some(100.0 * tick), decimals.saturating_sub(2)),
            Unit::Number(_) => number::signed(Some(tick), decimals),
        };
        out.push_str(&format!("<line x1=\"{at}\" x2=\"{at}\" y1=\"0\" y2=\"5\"/><text x=\"{at}\" y=\"19\" text-anchor=\"middle\">{shown}</text>"));
    }
    safe(out + "</svg>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_holds_zero_and_every_end() {
        let scale = Scale::over([0.2, 0.5, f64::NAN].into_iter());
        assert_eq!([scale.at(0.0), scale.at(0.5), scale.at(9.0)], ["5.36%", "94.64%", "100.00%"]);
        assert_eq!(scale.ticks(), (vec![0.0, 0.2, 0.4], 1));
        assert_eq!(Scale::over(std::iter::empty()).at(0.0), "50.00%");
    }
}
