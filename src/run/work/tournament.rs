//! What judges are asked in a knock-out, round after round, until one candidate comes first.

use futures_util::future::join_all;

use super::Work;
use super::cascade::Said;
use crate::judge::Shown;
use crate::judge::tournament::preferred;
use crate::model::Ask;
use crate::run::escalation::{Matches, bracket, cascade_of, draw_of};
use crate::store::StoreError;
use crate::suite::MetricName;

impl Work {
    /// Plays a tournament on one output of each candidate. The matches of a round are judged at the same time.
    pub(super) async fn tournament(
        &self,
        metric: &MetricName,
        sample: u32,
        mut matches: Matches<(&Ask, Vec<Shown<'_>>)>,
    ) -> Result<(), StoreError> {
        let mut bracket = bracket(&self.engine.plan.suite, metric, &self.case.id, sample);
        loop {
            let pairs = bracket.round();
            if pairs.is_empty() {
                return Ok(());
            }
            let played = pairs.iter().map(|pair| self.played(matches.remove(pair).unwrap_or_default()));
            let ends = join_all(played).await.into_iter().collect::<Result<Vec<_>, _>>()?;
            bracket.advance(&ends);
        }
    }

    /// How far the verdicts on one pair prefer its first in the alphabet.
    async fn played(&self, asks: Vec<(&Ask, Vec<Shown<'_>>)>) -> Result<Option<f64>, StoreError> {
        let suite = &self.engine.plan.suite;
        let said: Vec<Said<'_>> = match asks.first().and_then(|(ask, _)| cascade_of(suite, ask)) {
            Some(cascade) => self.cascade(cascade, asks).await?,
            None => {
                let of = |(ask, shown)| async move { Ok((ask, self.verdict(ask, shown).await?)) };
                join_all(asks.into_iter().map(of)).await.into_iter().collect::<Result<_, StoreError>>()?
            }
        };
        let draws = said.chunk_by(|one, next| draw_of(one.0) == draw_of(next.0));
        Ok(preferred(&draws.map(|draw| self.votes(draw)).collect::<Vec<_>>()))
    }
}
