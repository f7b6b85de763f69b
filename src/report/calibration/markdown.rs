//! A calibration → Markdown.

use super::Calibrated;
use super::words::{basis, early, enough, lines, slices};
use crate::report::markdown::cell;
use crate::report::{number, several, text};

/// The same as Markdown: for a pull request, or a page that labellers read.
pub fn markdown(of: Calibrated<'_>, shown: usize) -> String {
    let Calibrated { suite, found, alpha, panels, cascades } = of;
    let mut out = format!("# {}: the judges against the human labels\n", cell(suite));
    out.extend(early(found).map(|words| format!("\n{words}.\n")));
    let interval = format!("{} interval", number::percent(Some(1.0 - alpha)));
    for (name, metric) in &found.metrics {
        out.push_str(&format!("\n## {}, judged by {}\n\n{}.\n", cell(name), cell(&metric.judge), cell(&basis(metric))));
        let measures = lines(metric);
        if !measures.is_empty() {
            out.push_str(&format!("\n| Measure | Estimate | {interval} | n |  |\n|---|---:|---|---:|---|\n"));
        }
        for line in measures {
            let estimate = line.shown(Some(line.share.estimate));
            let (range, n) = (line.interval(), number::count(line.share.n));
            out.push_str(&format!("| {} | {estimate} | {range} | {n} | {} |\n", cell(&line.name), cell(&line.note)));
        }
        if let Some(confusion) = &metric.confusion {
            let labels: Vec<String> = confusion.labels.iter().map(|label| cell(label)).collect();
            let rule = "---:|".repeat(labels.len());
            out.push_str(&format!("\n| People say, judge says → | {} |\n|---|{rule}\n", labels.join(" | ")));
            for (label, row) in labels.iter().zip(&confusion.counts) {
                let counts: Vec<String> = row.iter().map(|count| number::count(*count)).collect();
                out.push_str(&format!("| {label} | {} |\n", counts.join(" | ")));
            }
        }
        if let Some(rows) = slices(metric) {
            out.push_str(&format!("\n| Where | Agreement | {interval} | Labels |\n|---|---:|---|---:|\n"));
            for row in rows {
                out.push_str(&format!("| {} |\n", row.map(|text| cell(&text)).join(" | ")));
            }
        }
        if let Some(words) = enough(metric) {
            out.push_str(&format!("\n{}.\n", cell(&words)));
        }
        for absent in &metric.absent {
            out.push_str(&format!("\n- {}\n", cell(absent)));
        }
    }
    for board in several::boards(panels, cascades) {
        let row =
            |cells: &[String]| format!("| {} |\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "));
        out.push_str(&format!(
            "\n## {}\n\n{}|{}\n",
            cell(&board.title),
            row(&board.head),
            "---|".repeat(board.head.len())
        ));
        out.extend(board.rows.iter().map(|cells| row(cells)));
        out.extend(board.notes.iter().map(|note| format!("\n{}.\n", cell(note))));
    }
    if shown > 0 && !found.disagreements.is_empty() {
        out.push_str("\n## Where judge and human differ\n\n| Metric | Case | Of | Human | Judge | The judge's words |\n|---|---|---|---|---|---|\n");
        for one in found.disagreements.iter().take(shown) {
            let words = text::cut(&text::line(one.reasoning.as_deref().unwrap_or_default()), 240);
            let cells = [&one.metric, &one.case, &one.about, &one.human, &one.judge, &words].map(|text| cell(text));
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    if !found.next.is_empty() {
        out.push_str("\n## What to label next\n\n| Metric | Case | Of | Why |\n|---|---|---|---|\n");
        for one in &found.next {
            let cells = [&one.metric, &one.case, &one.about, &one.reasons.join("; ")].map(|text| cell(text));
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    out
}
