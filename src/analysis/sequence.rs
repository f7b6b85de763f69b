//! The order in which a sequential gate judges → the cases whose turn has come, and means whose bounds hold whenever one looks.

use serde::Deserialize;

use super::AnalysisError;
use super::cases::{Cases, Rows};
use super::tables::{Tables, texts};
use crate::dataset::Order;
use crate::stats::sequential::{SequentialMean, Setting};
use crate::stats::{CannotEstimate, Inference};
use crate::store::Sequence;
use crate::suite::{About, Suite};

/// The cases that count by now, in the order that was fixed before any was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Turns {
    /// Their places in the plan.
    order: Vec<u32>,
    /// How they are added up.
    pub(super) terms: Terms,
}

/// What is known of a sequence beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The independent units of the gold set, where that alone is what rules claim something about.
    pub population: Option<usize>,
    /// Cases of the largest unit.
    pub largest: f64,
}

/// What is read of a case's body.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    cluster: Option<String>,
}

impl Turns {
    /// Of the cases that a run has judged.
    ///
    /// # Errors
    /// A table that is damaged, or a case that cannot be read.
    pub fn of(sequence: Sequence, suite: &Suite, tables: &Tables) -> Result<Self, AnalysisError> {
        let about = suite.gate.as_ref().and_then(|gate| gate.sequential).map(|sequential| sequential.about);
        let population = (about == Some(About::GoldSet)).then(|| usize::try_from(sequence.units).unwrap_or(usize::MAX));
        let terms = Terms { population, largest: sequence.largest.max(1) as f64 };
        let judged = tables.cases.len();
        let all = judged as u64 >= sequence.cases;
        // Cases that must pass are judged before their turn, and count when it comes.
        let order = match sequence.first {
            0 => (0..).take(judged).collect(),
            first => reached(&ranks(suite, tables)?, usize::try_from(first).unwrap_or(usize::MAX), all),
        };
        Ok(Self { order, terms })
    }

    /// The first so many cases of a plan, each of which is a unit of its own.
    #[cfg(test)]
    pub fn first(cases: usize, population: Option<usize>) -> Self {
        Self { order: (0..).take(cases).collect(), terms: Terms { population, largest: 1.0 } }
    }

    /// How many cases count.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Those of some cases that count.
    pub(super) fn among(&self, rows: &Rows<'_>, cases: usize) -> Rows<'static> {
        let mut wanted = marked(rows.iter(), cases);
        for (place, is_wanted) in wanted.iter_mut().zip(marked(self.order.iter().map(|at| *at as usize), cases)) {
            *place &= is_wanted;
        }
        Rows::Some((0..).zip(wanted).filter(|(_, wanted)| *wanted).map(|(place, _)| place).collect())
    }

    /// The mean over the units in order. Units of which there is no value count as seen.
    ///
    /// # Errors
    /// No value at all, or no range.
    pub(super) fn mean(
        &self,
        cases: &Cases,
        range: Option<(f64, f64)>,
        value: impl Fn(usize) -> Option<f64>,
    ) -> Result<Inference, CannotEstimate> {
        let cluster = |place: &u32| cases.clusters.get(*place as usize).copied();
        let units = self.order.chunk_by(|a, b| cluster(a) == cluster(b));
        self.terms.mean(range, units.map(|unit| unit.iter().filter_map(|place| value(*place as usize))))
    }
}

impl Terms {
    /// The mean over units, each with the values that it has.
    ///
    /// # Errors
    /// No value at all, or no range.
    pub(super) fn mean<U: Iterator<Item = f64>>(
        self,
        range: Option<(f64, f64)>,
        units: impl Iterator<Item = U>,
    ) -> Result<Inference, CannotEstimate> {
        let unbounded = "the run may have ended early, and scores without a known range have no bounds that hold then";
        let (min, max) = range.ok_or(CannotEstimate::Undefined(unbounded))?;
        let mut mean = SequentialMean::new(Setting { min, max, population: self.population })?;
        let mut any = false;
        for unit in units {
            let (sum, count) = unit.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            if count > 0.0 {
                any = true;
                // A mean of values within a range lies within it, but for its last bits.
                mean.push((sum / count).clamp(min, max), (count / self.largest).min(1.0))?;
            } else {
                mean.push(min, 0.0)?;
            }
        }
        if any { Ok(Inference::Sequential(mean)) } else { Err(CannotEstimate::TooFew("one case")) }
    }
}

/// Of places that stand in order but for the `first`: those whose turn has come by the last one of the rest.
fn reached(ranks: &[u64], first: usize, all: bool) -> Vec<u32> {
    let last = ranks.iter().skip(first).max().copied();
    let turn = |rank: u64| all || last.is_some_and(|last| rank <= last);
    let mut order: Vec<(u64, u32)> = ranks.iter().copied().zip(0..).filter(|(rank, _)| turn(*rank)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, place)| place).collect()
}

/// Where each judged case stands in the order of the seed.
fn ranks(suite: &Suite, tables: &Tables) -> Result<Vec<u64>, AnalysisError> {
    let order = Order::new(suite.seed);
    let mut ranks = Vec::with_capacity(tables.cases.len());
    for frame in tables.cases.frames(&["case", "body"]) {
        let frame = frame?;
        let column = |name| texts(&frame, name).map_err(|why| tables.cases.damaged(&why));
        for (id, body) in column("case")?.iter().zip(column("body")?.iter()) {
            let body: Body =
                serde_json::from_str(body.unwrap_or_default()).map_err(|e| AnalysisError::Case(e.to_string()))?;
            ranks.push(order.rank_of(id.unwrap_or_default(), body.cluster.as_deref()));
        }
    }
    Ok(ranks)
}

fn marked(places: impl Iterator<Item = usize>, cases: usize) -> Vec<bool> {
    let mut marked = vec![false; cases];
    for place in places {
        marked.get_mut(place).into_iter().for_each(|mark| *mark = true);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Infer;

    #[test]
    fn what_was_judged_early_counts_when_its_turn_comes() {
        // The first two were judged early; the others stand in order.
        let ranks = [35, 12, 10, 20, 30];
        assert_eq!(reached(&ranks, 2, false), [2, 1, 3, 4]);
        assert_eq!(reached(&ranks[..3], 2, false), [2]);
        assert!(reached(&ranks[..2], 2, false).is_empty());
        assert_eq!(reached(&ranks[..2], 2, true), [1, 0]);
        assert_eq!(reached(&ranks, 2, true), [2, 1, 3, 4, 0]);
    }

    #[test]
    fn clusters_count_once_and_the_mean_is_that_of_all_values() {
        let terms = Terms { population: None, largest: 3.0 };
        let units = [vec![1.0, 0.5, 0.0], vec![], vec![1.0]];
        let mean = terms.mean(Some((0.0, 1.0)), units.iter().map(|unit| unit.iter().copied())).unwrap();
        assert!((mean.estimate() - 2.5 / 4.0).abs() < 1e-12);
        assert_eq!(mean.n(), 2);
        let none = [vec![], vec![]];
        assert!(terms.mean(Some((0.0, 1.0)), none.iter().map(|unit: &Vec<f64>| unit.iter().copied())).is_err());
        assert!(terms.mean(None, units.iter().map(|unit| unit.iter().copied())).is_err());
    }
}
