//! A calibration → the terminal.

use super::words::{basis, early, enough, lines, slices, verdict};
use super::{Calibrated, View};
use crate::analysis::{Calibration, MetricCalibration};
use crate::report::terminal::paint::{Ink, paint};
use crate::report::terminal::table::{Table, left, right};
use crate::report::{number, several, text};

/// The measures of each judged metric, then the disagreements, the widest apart first.
pub fn render(Calibrated { suite, found, alpha, panels, cascades }: Calibrated<'_>, view: &View) -> String {
    let mut lines =
        vec![paint(view.colour, Ink::Bold, &text::line(&format!("{suite}: the judges against the human labels")))];
    lines.extend(early(found).iter().flat_map(|words| text::wrap(words, view.columns)));
    if found.metrics.is_empty() {
        lines.push("The suite has no judged metric.".to_string());
    }
    for (name, metric) in &found.metrics {
        lines.push(String::new());
        lines.push(paint(view.colour, Ink::Bold, &text::line(&format!("{name}, judged by {}", metric.judge))));
        lines.extend(text::wrap(&basis(metric), view.columns).into_iter().map(|l| paint(view.colour, Ink::Dim, &l)));
        lines.extend(measures(metric, alpha).lines(view.columns, view.colour));
        lines.extend(beside(metric, alpha, view));
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
    if let Some(more) = found.unusable.len().checked_sub(5).filter(|more| *more > 0) {
        lines.push(paint(view.colour, Ink::Unsure, &format!("and {more} more; `--json` has them all")));
    }
    disagreements(found, view, &mut lines);
    next(found, view, &mut lines);
    lines.push(String::new());
    let beside = several::render(panels, cascades, view);
    let gap = if beside.is_empty() { "" } else { "\n" };
    text::inert(&lines.join("\n")) + gap + &beside
}

/// One line for each judged metric, and one more where the run is no basis.
pub fn brief(Calibrated { found, .. }: Calibrated<'_>) -> String {
    let lines = early(found).into_iter().chain(found.metrics.iter().map(|(name, metric)| verdict(name, metric)));
    lines.map(|line| text::inert(&line) + "\n").collect()
}

fn measures(metric: &MetricCalibration, alpha: f64) -> Table {
    let mut table = Table::new(vec![
        left("", 9),
        right("estimate", 9),
        left(format!("{} interval", number::percent(Some(1.0 - alpha))), 9),
        right("n", 5),
        left("", 4),
    ]);
    for line in lines(metric) {
        table.row(vec![
            (line.name.clone(), Ink::Plain),
            (line.shown(Some(line.share.estimate)), Ink::Bold),
            (line.interval(), Ink::Plain),
            (number::count(line.share.n), Ink::Dim),
            (line.note, Ink::Dim),
        ]);
    }
    table
}

/// Who says what where, the slices, and how many labels are enough.
fn beside(metric: &MetricCalibration, alpha: f64, view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(confusion) = &metric.confusion {
        let mut head = vec![left("people say, judge says →", 9)];
        head.extend(confusion.labels.iter().map(|label| right(text::line(label), 9)));
        let mut table = Table::new(head);
        for (label, row) in confusion.labels.iter().zip(&confusion.counts) {
            let mut cells = vec![(text::line(label), Ink::Plain)];
            cells.extend(row.iter().map(|count| (number::count(*count), Ink::Plain)));
            table.row(cells);
        }
        lines.push(String::new());
        lines.extend(table.lines(view.columns, view.colour));
    }
    if let Some(rows) = slices(metric) {
        let interval = format!("{} interval", number::percent(Some(1.0 - alpha)));
        let mut table =
            Table::new(vec![left("where", 9), right("agreement", 9), left(interval, 8), right("labels", 7)]);
        for [name, agreement, range, labels] in rows {
            table.row(vec![(name, Ink::Plain), (agreement, Ink::Bold), (range, Ink::Plain), (labels, Ink::Dim)]);
        }
        lines.push(String::new());
        lines.extend(table.lines(view.columns, view.colour));
    }
    if let Some(words) = enough(metric) {
        lines.push(String::new());
        lines.extend(text::wrap(&format!("  {words}"), view.columns));
    }
    lines
}

/// What a human should label next.
fn next(found: &Calibration, view: &View, lines: &mut Vec<String>) {
    if found.next.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(paint(view.colour, Ink::Bold, "What to label next, the most telling first"));
    for one in &found.next {
        let told = text::line(&format!("{} {} ({}): {}", one.metric, one.case, one.about, one.reasons.join("; ")));
        let wrapped = text::wrap(&told, view.columns.saturating_sub(4).max(20));
        lines.extend(
            wrapped
                .iter()
                .enumerate()
                .map(|(at, line)| if at == 0 { format!("  {line}") } else { format!("    {line}") }),
        );
    }
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
