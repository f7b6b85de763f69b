//! How scores lie → columns, the baseline's beside the candidate's.

use minijinja::Value;
use serde::Serialize;

use crate::analysis::Distribution;
use crate::report::{Report, number, text, wording};

use super::safe;

/// How the scores of one metric lie, by candidate.
#[derive(Serialize)]
pub struct Histogram {
    metric: String,
    names: Vec<String>,
    chart: Value,
    /// `from to`, then a count a candidate.
    rows: Vec<Vec<String>>,
}

/// So many are drawn, where there are several pairs.
const MOST: usize = 12;

/// The histograms of each metric, one for each pair that the report is about: the baseline's bars open, the candidate's
/// full, side by side in each bin.
pub fn histograms(report: &Report) -> Vec<Histogram> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for c in report.analysis.comparisons.iter().filter(|c| wording::is_of_sides(report, c)) {
        if !pairs.contains(&(c.baseline.as_str(), c.candidate.as_str())) {
            pairs.push((&c.baseline, &c.candidate));
        }
    }
    let of_metric = |metric: &String| -> Vec<Histogram> {
        let all = || report.analysis.distributions.iter().filter(|d| d.metric == *metric && !d.bins.is_empty());
        let of = |name: &str| all().find(|d| d.candidate == name);
        let yes_no = wording::Unit::of(report, metric) == wording::Unit::Share;
        let drawn = pairs.iter().filter_map(|(baseline, candidate)| {
            let mut found: Vec<&Distribution> = [of(baseline), of(candidate)].into_iter().flatten().collect();
            // Two candidates are drawn together only where their bins are the same.
            found.dedup_by(|second, first| {
                !first.bins.iter().map(|b| (b.0, b.1)).eq(second.bins.iter().map(|b| (b.0, b.1)))
            });
            (!found.is_empty()).then(|| histogram(metric, &found, baseline, yes_no))
        });
        let drawn: Vec<Histogram> = drawn.collect();
        match all().next() {
            Some(lone) if drawn.is_empty() => vec![histogram(metric, &[lone], "", yes_no)],
            _ => drawn,
        }
    };
    report.analysis.metrics.keys().flat_map(of_metric).take(MOST).collect()
}

fn histogram(metric: &str, found: &[&Distribution], baseline: &str, yes_no: bool) -> Histogram {
    let bins = &found[0].bins;
    let rows = bins
        .iter()
        .enumerate()
        .map(|(at, (from, to, _))| {
            let edges = match (yes_no && bins.len() == 2, at) {
                (true, 0) => "no".to_string(),
                (true, _) => "yes".to_string(),
                _ => format!("{} to {}", wording::score(Some(*from)), wording::score(Some(*to))),
            };
            std::iter::once(edges)
                .chain(found.iter().map(|d| d.bins.get(at).map_or(0, |b| b.2)).map(number::count))
                .collect()
        })
        .collect();
    let names = found.iter().map(|d| text::line(&d.candidate)).collect();
    Histogram { metric: text::line(metric), names, chart: safe(columns(found, baseline, yes_no)), rows }
}

fn columns(found: &[&Distribution], baseline: &str, yes_no: bool) -> String {
    const HEIGHT: f64 = 120.0;
    let bins = &found[0].bins;
    let most = found.iter().flat_map(|d| &d.bins).map(|b| b.2).max().unwrap_or(0).max(1) as f64;
    let step = 100.0 / bins.len() as f64;
    let each = step * 0.84 / found.len() as f64;
    let mut out = "<svg class=\"columns\" width=\"100%\" height=\"160\" aria-hidden=\"true\">".to_string();
    for (which, distribution) in found.iter().enumerate() {
        let class = if found.len() > 1 && distribution.candidate == baseline { "base" } else { "cand" };
        for (at, (_, _, count)) in distribution.bins.iter().enumerate() {
            let x = step * at as f64 + step * 0.08 + each * which as f64;
            let tall = *count as f64 / most * HEIGHT;
            let top = 16.0 + HEIGHT - tall;
            out.push_str(&format!(
                "<rect class=\"{class}\" x=\"{x:.2}%\" width=\"{:.2}%\" y=\"{top:.1}\" height=\"{tall:.1}\"/>",
                each * 0.94
            ));
            if bins.len() <= 10 && *count > 0 {
                out.push_str(&format!(
                    "<text x=\"{:.2}%\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
                    x + each * 0.47,
                    top - 4.0
                ));
            }
        }
    }
    out.push_str("<line class=\"floor\" x1=\"0\" x2=\"100%\" y1=\"136.5\" y2=\"136.5\"/>");
    let words =
        r#"<text x="25%" y="153" text-anchor="middle">no</text><text x="75%" y="153" text-anchor="middle">yes</text>"#;
    out + &(if yes_no && bins.len() == 2 { words.to_string() } else { edges(bins, step) }) + "</svg>"
}

/// The numbers under the columns: in the middle of a bin that stands for a whole number, else at the bins' edges.
fn edges(bins: &[(f64, f64, u64)], step: f64) -> String {
    let whole = bins.len() <= 6 && bins.iter().all(|(from, to, _)| (f64::midpoint(*from, *to)).fract() == 0.0);
    let every = bins.len().div_ceil(6);
    let mut out = String::new();
    let mut label = |at: f64, anchor: &str, value: f64| {
        out.push_str(&format!(
            "<text x=\"{at:.2}%\" y=\"153\" text-anchor=\"{anchor}\">{}</text>",
            wording::score(Some(value))
        ));
    };
    for (at, (from, to, _)) in bins.iter().enumerate().filter(|(at, _)| at % every == 0) {
        let place = step * at as f64;
        match (whole, at) {
            (true, _) => label(place + step / 2.0, "middle", f64::midpoint(*from, *to)),
            (false, 0) => label(0.0, "start", *from),
            (false, _) => label(place, "middle", *from),
        }
    }
    if let (false, Some((_, to, _))) = (whole, bins.last()) {
        label(100.0, "end", *to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stand_in_the_middle_of_their_bins() {
        let labels = |bins: &[(f64, f64, u64)]| edges(bins, 50.0).matches("middle").count();
        assert_eq!(labels(&[(0.5, 1.5, 1), (1.5, 2.5, 1)]), 2);
        assert_eq!(labels(&[(1.0, 1.5, 1), (1.5, 2.0, 1)]), 1);
    }
}
