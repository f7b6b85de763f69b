//! The replies of one judge after another → the rows of their verdicts, and which of them decide.

use super::Rows;
use crate::dataset::Case;
use crate::judge::cascade::{Then, confidence, first, then};
use crate::model::Ask;
use crate::run::escalation::{by_output, has_label, vote};
use crate::store::VerdictRow;
use crate::suite::Cascade;

impl Rows<'_> {
    /// The rows of one metric about a case. `asks` begin a verdict each. A judge that was not needed has no row.
    pub(super) fn cascade(&self, index: u64, case: &Case, cascade: &Cascade, asks: Vec<&Ask>) -> Vec<VerdictRow> {
        let mut rows = Vec::new();
        for asks in by_output(asks, |ask| ask) {
            let is_labelled = asks.first().is_some_and(|ask| has_label(case, ask));
            for (at, judge) in cascade.cascade.iter().enumerate().skip(first(cascade, is_labelled)) {
                let own = asks.iter().filter(|ask| ask.judge() == Some(judge));
                let mut said: Vec<VerdictRow> = own.filter_map(|ask| self.verdict(index, case, ask)).collect();
                let votes: Vec<_> = said
                    .iter()
                    .map(|row| vote((&row.candidate, row.second.as_deref()), row.value, row.confidence))
                    .collect();
                let sure = confidence(cascade, &votes);
                let next = then(cascade, at, sure);
                let is_last = at + 1 == cascade.cascade.len();
                for row in &mut said {
                    row.decides = next == Then::Decides;
                    row.confidence = if is_last { row.confidence } else { Some(sure) };
                }
                rows.extend(said);
                if next == Then::Decides {
                    break;
                }
            }
        }
        rows
    }
}
