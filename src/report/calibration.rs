//! A calibration → what a person reads: how far each judge agrees with the humans, and where it does not.

use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, right};
use super::{number, text};
use crate::analysis::{Calibration, MetricCalibration, Share};
use crate::suite::Missing;

/// How a calibration is shown.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The terminal's width.
    pub columns: usize,
    /// Whether colour is wanted.
    pub colour: bool,
    /// How many disagreements are listed.
    pub shown: usize,
}

/// The measures of each judged metric, then the disagreements, the widest apart first.
pub fn render(suite: &str, found: &Calibration, alpha: f64, view: &View) -> String {
    let mut lines =
        vec![paint(view.colour, Ink::Bold, &text::line(&format!("{suite}: the judges against the human labels")))];
    if found.metrics.is_empty() {
        lines.push("The suite has no judged metric.".to_string());
    }
    for (name, metric) in &found.metrics {
        lines.push(String::new());
        lines.push(paint(view.colour, Ink::Bold, &text::line(&format!("{name}, judged by {}", metric.judge))));
        lines.extend(text::wrap(&basis(metric), view.columns).into_iter().map(|l| paint(view.colour, Ink::Dim, &l)));
        lines.extend(measures(metric, alpha).lines(view.columns, view.colour));
        for absent in &metric.absent {
            lines.push(text::line(&format!("  {absent}")));
        }
    }
    for unusable in found.unusable.iter().take(5) {
        lines.push(paint(view.colour, Ink::Unsure, &text::line(&format!("a label cannot be used: {unusable}"))));
    }
    disagreements(found, view, &mut lines);
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

/// What the measures rest on.
fn basis(metric: &MetricCalibration) -> String {
    if metric.labelled == 0 {
        return "no labels in the dataset for this metric; add them under `labels` to see how far the judge can be trusted".to_string();
    }
    let mut parts = vec![format!("{} labels", metric.labelled)];
    if metric.human_ties > 0 {
        parts.push(format!("{} of them ties, which accuracy leaves out", metric.human_ties));
    }
    if metric.unread > 0 {
        let policy = match metric.missing {
            Missing::Drop => "left out",
            Missing::Worst => "counted as the worst",
            Missing::Tie => "counted as ties",
            Missing::Wrong => "counted as wrong",
        };
        parts.push(format!("{} verdicts could not be read and are {policy}", metric.unread));
    }
    parts.join("; ")
}

fn measures(metric: &MetricCalibration, alpha: f64) -> Table {
    let mut table = Table::new(vec![
        left("", 9),
        right("estimate", 9),
        left(format!("{:.0} % interval", 100.0 * (1.0 - alpha)), 9),
        right("n", 5),
        left("", 4),
    ]);
    let mut row = |name: &str, share: Option<Share>, note: String| {
        if let Some(share) = share {
            let show = |x: Option<f64>| number::plain(x, 3);
            table.row(vec![
                (name.to_string(), Ink::Plain),
                (show(Some(share.estimate)), Ink::Bold),
                (number::interval(share.low, share.high, show), Ink::Plain),
                (number::count(share.n), Ink::Dim),
                (note, Ink::Dim),
            ]);
        }
    };
    let bounds = metric.accuracy_bounds.map_or_else(String::new, |b| {
        format!("between {:.3} and {:.3} whatever the unread ones were", b.worst, b.best)
    });
    row("accuracy", metric.accuracy, bounds);
    row("Cohen's κ", metric.kappa, "agreement beyond chance".to_string());
    row("position consistency", metric.position_consistency, "the same answer wins in both orders".to_string());
    row("Spearman's ρ", metric.spearman, String::new());
    row("Kendall's τ-b", metric.kendall, String::new());
    row("Pearson's r", metric.pearson, String::new());
    table
}

fn disagreements(found: &Calibration, view: &View, lines: &mut Vec<String>) {
    let all = found.disagreements.len();
    if all == 0 || view.shown == 0 {
        return;
    }
    lines.push(String::new());
    let heading = format!("Where judge and human differ ({} of {all}, the widest apart first)", all.min(view.shown));
    lines.push(paint(view.colour, Ink::Bold, &heading));
    for one in found.disagreements.iter().take(view.shown) {
        let told = format!("  {} {} ({}): human {}, judge {}", one.metric, one.case, one.about, one.human, one.judge);
        lines.push(text::cut(&text::line(&told), view.columns));
        if let Some(words) = &one.reasoning {
            let quoted = format!("     “{}”", text::cut(&text::line(words), view.columns.saturating_sub(7)));
            lines.push(paint(view.colour, Ink::Dim, &quoted));
        }
    }
}
