//! A calibration → one self-contained HTML page, in the looks of a report's.

use minijinja::Value;
use serde::Serialize;

use super::Calibrated;
use super::words::{basis, early, enough, lines, slices};
use crate::analysis::{Disagreement, MetricCalibration};
use crate::report::html::{Board, Grid, board, grid, page_of};
use crate::report::{RenderError, number, several, text};

/// The page.
#[derive(Serialize)]
struct Page {
    style: Value,
    suite: String,
    metrics: Vec<Metric>,
    boards: Vec<Board>,
    unusable: Vec<String>,
    /// How many disagreements there are, and those that are told.
    differ: usize,
    told: Vec<Told>,
    next: Grid,
}

/// One judged metric.
#[derive(Serialize)]
struct Metric {
    name: String,
    judge: String,
    basis: String,
    measures: Grid,
    confusion: Option<Grid>,
    slices: Option<Grid>,
    notes: Vec<String>,
}

/// One verdict that differs from the human's.
#[derive(Serialize)]
struct Told {
    metric: String,
    case: String,
    about: String,
    human: String,
    judge: String,
    words: Option<String>,
}

/// The page, with so many disagreements.
///
/// # Errors
/// Where a template fails; no known calibration does that.
pub fn html(of: Calibrated<'_>, shown: usize) -> Result<String, RenderError> {
    let Calibrated { suite, found, alpha, panels, cascades } = of;
    let next = |one: &crate::analysis::NextLabel| {
        [&one.metric, &one.case, &one.about, &one.reasons.join("; ")].map(|said| text::line(said)).to_vec()
    };
    let early = early(found);
    page_of("calibration", |style| Page {
        style,
        suite: text::line(suite),
        metrics: found
            .metrics
            .iter()
            .map(|(name, metric)| of_metric(name, metric, (alpha, early.as_deref())))
            .collect(),
        boards: several::boards(panels, cascades).into_iter().enumerate().map(|(at, of)| board(at, of)).collect(),
        unusable: found.unusable.iter().map(|why| text::line(why)).collect(),
        differ: found.disagreements.len(),
        told: found.disagreements.iter().take(shown).map(told).collect(),
        next: grid(&["Metric", "Case", "Of", "Why"], found.next.iter().map(next).collect()),
    })
}

fn of_metric(name: &str, metric: &MetricCalibration, (alpha, early): (f64, Option<&str>)) -> Metric {
    let interval = format!("{} interval", number::percent(Some(1.0 - alpha)));
    let measure = |line: super::words::Line| {
        vec![
            line.name.clone(),
            line.shown(Some(line.share.estimate)),
            line.interval(),
            number::count(line.share.n),
            line.note.clone(),
        ]
    };
    let confusion = metric.confusion.as_ref().map(|table| {
        let labels: Vec<String> = table.labels.iter().map(|label| text::line(label)).collect();
        let head: Vec<&str> =
            std::iter::once("People say, judge says →").chain(labels.iter().map(String::as_str)).collect();
        let row = |(label, counts): (&String, &Vec<u64>)| {
            std::iter::once(label.clone()).chain(counts.iter().map(|count| number::count(*count))).collect()
        };
        grid(&head, labels.iter().zip(&table.counts).map(row).collect()).of_numbers()
    });
    Metric {
        name: text::line(name),
        judge: text::line(&metric.judge),
        basis: text::line(&basis(metric)),
        measures: grid(
            &["Measure", "Estimate", &interval, "n", "What it is"],
            lines(metric).into_iter().map(measure).collect(),
        ),
        confusion,
        slices: slices(metric).map(|rows| {
            grid(&["Where", "Agreement", &interval, "Labels"], rows.into_iter().map(|row| row.to_vec()).collect())
        }),
        notes: early
            .map(str::to_string)
            .into_iter()
            .chain(enough(metric))
            .chain(metric.absent.iter().map(|why| text::line(why)))
            .collect(),
    }
}

fn told(one: &Disagreement) -> Told {
    Told {
        metric: text::line(&one.metric),
        case: text::line(&one.case),
        about: text::line(&one.about),
        human: text::line(&one.human),
        judge: text::line(&one.judge),
        words: one.reasoning.as_deref().map(text::visible),
    }
}
