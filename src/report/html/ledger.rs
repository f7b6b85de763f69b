//! Levels, judge trust, counts, cost and provenance → plain tables.

use serde::Serialize;

use crate::analysis::{JudgeFindings, Spending, StatusCounts};
use crate::report::{Report, number, text, wording};

/// A table: its head, and rows whose first cell names them.
#[derive(Serialize)]
pub struct Grid {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Whether every cell but the first of a row is a number.
    numeric: bool,
}

impl Grid {
    /// The same, where every cell but the first of a row is a number.
    pub fn of_numbers(self) -> Self {
        Self { numeric: true, ..self }
    }
}

/// A table of words.
pub fn grid(head: &[&str], rows: Vec<Vec<String>>) -> Grid {
    Grid { head: head.iter().map(|h| (*h).to_string()).collect(), rows, numeric: false }
}

fn numbers(head: &[&str], rows: Vec<Vec<String>>) -> Grid {
    grid(head, rows).of_numbers()
}

/// Each candidate's level on each metric, with what is missing and where the level could lie.
pub fn levels(report: &Report) -> Grid {
    let metrics = report.analysis.metrics.keys();
    let found = metrics.flat_map(|metric| {
        report.analysis.candidates.iter().filter_map(move |(name, f)| f.metrics.get(metric).map(|l| (metric, name, l)))
    });
    let rows = found.map(|(metric, name, level)| {
        let unit = wording::Unit::of(report, metric);
        let missing = match level.bounds {
            Some(b) if level.missing > 0 => {
                format!(
                    "{} ({})",
                    number::count(level.missing),
                    number::interval(Some(b.worst), Some(b.best), |v| unit.level(v))
                )
            }
            _ => number::count(level.missing),
        };
        vec![
            text::line(metric),
            text::line(name),
            wording::level(report, metric, level),
            number::count(level.n),
            missing,
            text::line(&level.method),
        ]
    });
    grid(
        &["Metric", "Candidate", "Mean (interval)", "Cases", "Missing (mean if at worst, at best)", "Method"],
        rows.collect(),
    )
}

/// A board with its remarks: rankings, lengths, repeats.
#[derive(Serialize)]
pub struct Board {
    id: String,
    title: String,
    grid: Grid,
    notes: Vec<String>,
}

/// Rankings, lengths and repeats.
pub fn boards(report: &Report) -> Vec<Board> {
    wording::boards(report).into_iter().enumerate().map(|(at, of)| board(at, of)).collect()
}

/// One board, the one at a place of the page.
pub fn board(at: usize, board: wording::board::Board) -> Board {
    Board {
        id: format!("board-{at}"),
        title: board.title,
        grid: Grid { head: board.head, rows: board.rows, numeric: false },
        notes: board.notes,
    }
}

/// How far each judge can be trusted.
pub fn judges(report: &Report) -> Grid {
    let rows = report.analysis.judges.iter().map(|(metric, found)| {
        let judge = report.analysis.metrics.get(metric).and_then(|m| m.judge.as_deref()).unwrap_or(number::ABSENT);
        let agreement = match found.agreement {
            Some(s) => format!("{}, {}", wording::agreement(found), number::counted(s.n, "label", "labels")),
            None => found.no_agreement.as_deref().map_or("no human labels".to_string(), text::line),
        };
        let (position, unparsed) = (number::share(found.position_consistency), number::share(found.unparsed_rate));
        vec![text::line(metric), text::line(judge), agreement, position, unparsed, short(&found.card)]
    });
    grid(
        &["Metric", "Judge", "Against human labels", "Same winner in both orders", "Unparsed", "Judge card"],
        rows.collect(),
    )
}

/// What each judge was, and what it made of what it was shown beside the cases.
pub fn judged(report: &Report) -> Vec<String> {
    let facts = |(metric, found): (&String, &JudgeFindings)| {
        let name = text::line(metric);
        wording::facts(report, metric, found).into_iter().map(move |fact| format!("{name}: {fact}")).collect::<Vec<_>>()
    };
    report.analysis.judges.iter().flat_map(facts).collect()
}

/// What became of every output and verdict; the parts add up to the total.
pub fn counts(report: &Report) -> Grid {
    let row = |name: String, c: &StatusCounts| {
        std::iter::once(name)
            .chain([c.total, c.ok, c.error, c.unparsed, c.refused, c.skipped].map(number::count))
            .collect::<Vec<_>>()
    };
    let counts = &report.analysis.counts;
    let mut rows = vec![row("Outputs".into(), &counts.outputs)];
    rows.extend(
        report
            .analysis
            .candidates
            .iter()
            .map(|(name, found)| row(format!("Outputs of {}", text::line(name)), &found.outputs)),
    );
    rows.push(row("Verdicts and checks".into(), &counts.verdicts));
    numbers(&["", "Total", "OK", "Error", "Unparsed", "Refused", "Skipped"], rows)
}

/// What it cost, by candidate and by judge.
pub fn cost(report: &Report) -> Grid {
    let known = |n: Option<u64>| n.map_or_else(|| number::ABSENT.to_string(), number::count);
    let row = |name: String, s: &Spending| {
        vec![name, number::count(s.replies), known(s.input_tokens), known(s.output_tokens), number::money(s.usd)]
    };
    let cost = &report.analysis.cost;
    let mut rows: Vec<_> =
        cost.candidates.iter().map(|(name, spent)| row(format!("Candidate {}", text::line(name)), spent)).collect();
    rows.extend(cost.judges.iter().map(|(name, spent)| row(format!("Judge of {}", text::line(name)), spent)));
    let mut all = row("All".into(), &cost.total);
    if let (Some(known), false, Some(cell)) = (wording::known_cost(cost).0, wording::known_cost(cost).1, all.last_mut())
    {
        *cell = format!("at least {}", number::money(Some(known)));
    }
    rows.push(all);
    numbers(&["", "Outputs or verdicts", "Tokens read", "Tokens written", "US dollars"], rows)
}

/// A digest's first digits, which tell it from any other that a reader will meet; `summary.json` has all of it.
fn short(digest: &str) -> String {
    text::line(digest).chars().take(16).collect()
}

/// Where all this came from.
pub fn provenance(report: &Report) -> Vec<(String, String)> {
    let (suite, meta) = (&report.suite, &report.meta);
    let mut out = vec![
        ("Run".to_string(), meta.run.clone()),
        ("Planned at".to_string(), meta.planned_at.clone()),
        ("Suite".to_string(), format!("{} ({})", suite.name, short(&suite.digest))),
        ("Dataset".to_string(), format!("{} ({})", suite.dataset, short(&suite.dataset_digest))),
        (
            "Selection".to_string(),
            if suite.selection.is_empty() { "all cases".to_string() } else { suite.selection.clone() },
        ),
        ("Seed".to_string(), suite.seed.to_string()),
        ("Commit".to_string(), meta.commit.clone().unwrap_or_else(|| "not under version control".to_string())),
        ("karat".to_string(), meta.karat.clone()),
        ("Calls of this command".to_string(), number::count(meta.calls)),
        ("Seconds of this command".to_string(), number::plain(Some(meta.seconds), 1)),
    ];
    if let Some(run) = &meta.outputs_of {
        out.insert(1, ("Outputs of run".to_string(), run.clone()));
    }
    if meta.resumed > 0 {
        out.push(("Taken from the interrupted run".to_string(), number::counted(meta.resumed, "reply", "replies")));
    }
    if meta.cached > 0 {
        out.push(("Taken from the cache".to_string(), number::counted(meta.cached, "reply", "replies")));
    }
    // It holds what no output does: a person who was played, vectors of a corpus; and what is in the cache costs nothing.
    if meta.cached > 0 || (meta.calls > 0 && meta.spent_usd.is_some() && suite.recorded.is_empty()) {
        out.push(("Spent by this command".to_string(), number::money(meta.spent_usd)));
    }
    if meta.recorded_unasked > 0 {
        out.push(("Recorded replies that nothing asked for".to_string(), number::count(meta.recorded_unasked)));
    }
    out.extend(
        meta.latency_ms
            .iter()
            .map(|(model, ms)| (format!("Median reply of {model}"), format!("{} ms", number::count(*ms)))),
    );
    out.into_iter().map(|(name, value)| (text::line(&name), text::line(&value))).collect()
}
