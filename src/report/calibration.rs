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
    if !found.unusable.is_empty() {
        lines.push(String::new());
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
    let mut parts = vec![number::counted(metric.labelled, "label", "labels")];
    if metric.human_ties > 0 {
        parts.push(format!("{} of them ties, which accuracy leaves out", number::count(metric.human_ties)));
    }
    if metric.unread > 0 {
        let policy = match metric.missing {
            Missing::Drop => "left out",
            Missing::Worst => "counted as the worst",
            Missing::Tie => "counted as ties",
            Missing::Wrong => "counted as wrong",
        };
        let (is, verdicts) =
            (if metric.unread == 1 { "is" } else { "are" }, number::counted(metric.unread, "verdict", "verdicts"));
        parts.push(format!("{verdicts} could not be read and {is} {policy}"));
    }
    parts.join("; ")
}

fn measures(metric: &MetricCalibration, alpha: f64) -> Table {
    let mut table = Table::new(vec![
        left("", 9),
        right("estimate", 9),
        left(format!("{} interval", number::percent(Some(1.0 - alpha))), 9),
        right("n", 5),
        left("", 4),
    ]);
    let mut row = |name: &str, share: Option<Share>, of_cases: bool, note: String| {
        if let Some(share) = share {
            let show = |x: Option<f64>| if of_cases { number::percent(x) } else { number::plain(x, 3) };
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
        format!("{} to {} whatever the unread ones were", number::percent(Some(b.worst)), number::percent(Some(b.best)))
    });
    row("accuracy", metric.accuracy, true, bounds);
    row("Cohen's κ", metric.kappa, false, "agreement beyond chance".to_string());
    row("position consistency", metric.position_consistency, true, "the same answer wins in both orders".to_string());
    row("Spearman's ρ", metric.spearman, false, String::new());
    row("Kendall's τ-b", metric.kendall, false, String::new());
    row("Pearson's r", metric.pearson, false, String::new());
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

#[cfg(test)]
mod tests {
    use indexmap::indexmap;

    use super::*;
    use crate::analysis::{Disagreement, MissingBounds};

    fn share(estimate: f64, half: f64, n: u64) -> Option<Share> {
        Some(Share { estimate, low: Some(estimate - half), high: Some(estimate + half), n })
    }

    fn calibration() -> Calibration {
        let differs =
            |metric: &str, case: &str, about: &str, (human, judge): (&str, &str), words: Option<&str>| Disagreement {
                metric: metric.into(),
                case: case.into(),
                about: about.into(),
                human: human.into(),
                judge: judge.into(),
                distance: 0.75,
                reasoning: words.map(Into::into),
            };
        Calibration {
            metrics: indexmap! {
                "quality".into() => MetricCalibration {
                    judge: "grader".into(),
                    labelled: 126,
                    unread: 1,
                    spearman: share(0.885, 0.06, 125),
                    kendall: share(0.795, 0.07, 125),
                    absent: vec!["Pearson: every label is the same".into()],
                    ..MetricCalibration::default()
                },
                "preference".into() => MetricCalibration {
                    judge: "grader".into(),
                    labelled: 63,
                    human_ties: 13,
                    unread: 4,
                    missing: Missing::Wrong,
                    accuracy: share(0.85, 0.09, 100),
                    accuracy_bounds: Some(MissingBounds { worst: 0.82, best: 0.86 }),
                    kappa: share(0.679, 0.18, 100),
                    position_consistency: share(0.875, 0.06, 96),
                    ..MetricCalibration::default()
                },
                "tone".into() => MetricCalibration { judge: "grader".into(), ..MetricCalibration::default() },
            },
            disagreements: vec![
                differs(
                    "preference",
                    "ord-002",
                    "v1 shown first, v2 second",
                    ("v2", "v1"),
                    Some(
                        "Answer A gets the customer to the right screen in two short sentences, with the deadline, and is polite about it.",
                    ),
                ),
                differs("quality", "saf-001\n::error::x", "v2", ("1", "4"), Some("\x1b[31mfine \u{202e}eno")),
                differs("quality", "saf-003", "v1", ("2", "4"), None),
            ],
            unusable: vec!["case `a`, metric `quality`: 7 is not on the scale".into()],
        }
    }

    #[test]
    fn measures_and_disagreements() {
        let view = |columns| View { columns, colour: false, shown: 2 };
        insta::assert_snapshot!("wide", render("support (sample)", &calibration(), 0.05, &view(120)));
        let narrow = render("support (sample)", &calibration(), 0.05, &view(80));
        insta::assert_snapshot!("narrow", narrow);
        assert!(narrow.lines().all(|line| text::width(line) <= 80), "{narrow}");
        assert!(!narrow.contains('\x1b') && !narrow.contains('\u{202e}'));
        assert!(!narrow.lines().any(|line| line.trim_start().starts_with("::")));
    }
}
