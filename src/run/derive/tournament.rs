//! The replies on the pairs of a knock-out → the rows of those that met, and who went on.

use super::Rows;
use crate::dataset::Case;
use crate::judge::tournament::preferred;
use crate::model::Ask;
use crate::run::escalation::{bracket, by_tournament, cascade_of, vote};
use crate::store::{MatchRow, VerdictRow};

impl Rows<'_> {
    /// The rows of one metric about a case. `asks` begin a verdict each, on every pair that may meet. A pair that did not
    /// meet has no row.
    pub(super) fn tournament(&self, index: u64, case: &Case, asks: Vec<&Ask>) -> Vec<VerdictRow> {
        let mut rows = Vec::new();
        for ((metric, sample), mut matches) in by_tournament(asks, |ask| ask) {
            let mut bracket = bracket(self.suite, metric, &case.id, sample);
            loop {
                let pairs = bracket.round();
                if pairs.is_empty() {
                    break;
                }
                let said: Vec<Vec<VerdictRow>> =
                    pairs.iter().map(|pair| self.met(index, case, matches.remove(pair).unwrap_or_default())).collect();
                let ended = bracket.advance(&said.iter().map(|rows| worth(rows)).collect::<Vec<_>>());
                for (said, ended) in said.into_iter().zip(ended) {
                    let met = MatchRow { round: ended.round, winner: ended.winner, by_lot: ended.by_lot };
                    rows.extend(said.into_iter().map(|row| VerdictRow { met: Some(met.clone()), ..row }));
                }
            }
        }
        rows
    }

    /// The verdicts on one pair.
    fn met(&self, index: u64, case: &Case, asks: Vec<&Ask>) -> Vec<VerdictRow> {
        match asks.first().and_then(|ask| cascade_of(self.suite, ask)) {
            Some(cascade) => self.cascade(index, case, cascade, asks),
            None => asks.into_iter().filter_map(|ask| self.verdict(index, case, ask)).collect(),
        }
    }
}

/// How far the verdicts that decide prefer the first of their pair in the alphabet.
fn worth(rows: &[VerdictRow]) -> Option<f64> {
    let decides: Vec<&VerdictRow> = rows.iter().filter(|row| row.decides).collect();
    let draws = decides.chunk_by(|one, next| (&one.judge, one.verdict_sample) == (&next.judge, next.verdict_sample));
    let votes = |draw: &[&VerdictRow]| {
        let vote = |row: &&VerdictRow| vote((&row.candidate, row.second.as_deref()), row.value, row.confidence);
        draw.iter().map(vote).collect::<Vec<_>>()
    };
    preferred(&draws.map(votes).collect::<Vec<_>>())
}
