//! The analysis held against tables and scores made by hand.

mod beyond;
mod comparing;
mod gathering;
mod measuring;
mod properties;
mod ranked;
mod scale;
mod telling;

use std::collections::BTreeMap;

use super::gather::Gathered;
use super::made::case;
use super::tables::Tables;
use crate::dataset::Case;
use crate::store::{CallRow, CaseRow, OutputRow, Row, Status, TableWriter, VerdictKind, VerdictRow};
use crate::suite::{CandidateName, Suite};

/// The rows of a run, before they are tables.
#[derive(Debug, Clone, Default)]
struct Rows {
    cases: Vec<Case>,
    outputs: Vec<OutputRow>,
    verdicts: Vec<VerdictRow>,
}

/// `v1` and `v2`.
fn pair() -> (CandidateName, CandidateName) {
    ("v1".into(), "v2".into())
}

impl Rows {
    /// So many cases, `c0` first, and an output of each candidate.
    fn of(cases: usize) -> Self {
        let mut rows = Self { cases: (0..cases).map(|i| case(&format!("c{i}"))).collect(), ..Self::default() };
        for index in 0..cases {
            for candidate in ["v1", "v2"] {
                rows.outputs.push(OutputRow {
                    index: index as u64,
                    case: format!("c{index}").into(),
                    candidate: candidate.into(),
                    sample: 0,
                    status: Status::Ok,
                    text: Some(format!("{candidate} on c{index}")),
                    error: None,
                    trace: None,
                    call: CallRow::default(),
                });
            }
        }
        rows
    }

    fn verdict(&mut self, index: usize, metric: &str, kind: VerdictKind, candidate: &str) -> &mut VerdictRow {
        self.verdicts.push(VerdictRow {
            index: index as u64,
            case: format!("c{index}").into(),
            metric: metric.into(),
            kind,
            candidate: candidate.into(),
            second: None,
            sample: 0,
            verdict_sample: 0,
            judge: None,
            decides: true,
            met: None,
            status: Status::Unparsed,
            value: None,
            method: None,
            mass: None,
            confidence: None,
            criteria: None,
            reasoning: Some("because".to_string()),
            failure: None,
            error: None,
            alarm: None,
            repaired: false,
            call: CallRow::default(),
        });
        self.verdicts.last_mut().unwrap()
    }

    /// A judge's score of `quality`; `None` could not be read.
    fn score(&mut self, index: usize, candidate: &str, value: Option<f64>) -> &mut VerdictRow {
        let row = self.verdict(index, "quality", VerdictKind::Pointwise, candidate);
        (row.value, row.status) = (value, value.map_or(Status::Unparsed, |_| Status::Ok));
        row
    }

    /// How far a judge preferred the one it was shown first; `None` could not be read.
    fn preference(&mut self, index: usize, first: &str, second: &str, value: Option<f64>) -> &mut VerdictRow {
        let row = self.verdict(index, "preference", VerdictKind::Pairwise, first);
        (row.value, row.status) = (value, value.map_or(Status::Unparsed, |_| Status::Ok));
        row.second = Some(second.into());
        row
    }

    /// The preferences of one case in both orders: `v1` first, then `v2` first.
    fn both(&mut self, index: usize, v1_first: Option<f64>, v2_first: Option<f64>) {
        self.preference(index, "v1", "v2", v1_first);
        self.preference(index, "v2", "v1", v2_first);
    }

    /// The rows as tables.
    fn tables(&self) -> Tables {
        let row = |(index, case): (usize, &Case)| CaseRow {
            index: index as u64,
            case: case.id.clone(),
            digest: format!("d{index}"),
            cluster: case.cluster.clone(),
            body: serde_json::to_string(case).unwrap(),
        };
        // An open table stays readable when its folder is gone.
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), self.cases.iter().enumerate().map(row));
        write(folder.path(), self.outputs.iter().cloned());
        write(folder.path(), self.verdicts.iter().cloned());
        Tables::read(folder.path()).unwrap()
    }

    /// What is kept of the tables.
    fn gathered(&self, suite: &Suite) -> Gathered {
        Gathered::read(suite, &[pair()], &self.tables()).unwrap()
    }
}

fn write<R: Row>(folder: &std::path::Path, rows: impl Iterator<Item = R>) {
    let mut table = TableWriter::create(folder).unwrap();
    rows.for_each(|row| table.push(row).unwrap());
    table.finish().unwrap();
}

/// Cards that say that every metric was measured the same way.
fn cards(metrics: &[&str]) -> BTreeMap<crate::suite::MetricName, String> {
    metrics.iter().map(|metric| ((*metric).into(), "card".to_string())).collect()
}
