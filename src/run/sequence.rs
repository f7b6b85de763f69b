//! A sequential gate and the cases as they go by → the order in which they are judged, and after which of them it is looked.

use std::collections::HashSet;
use std::ops::Range;

use crate::dataset::{Case, Order};
use crate::store::Sequence;
use crate::suite::{Rule, Suite};

/// Late looks come after this part of the cases that were judged before, so that their number stays small. One case in
/// twenty is the most that is judged beyond need.
const PART: usize = 20;

/// Sees every case that is kept.
#[derive(Debug)]
pub(super) struct Sequencing<'a> {
    order: Order,
    batch: usize,
    /// Blocking rules about every one of some cases: these cases are judged first, since one of them may decide.
    must_pass: Vec<&'a Rule>,
    ranks: Vec<u64>,
    first: HashSet<u64>,
}

/// The order of the cases of a plan.
#[derive(Debug, Clone)]
pub(super) struct Sequenced {
    /// The place in the plan of each case that is kept.
    places: Box<[u32]>,
    /// Which of them stands at each place.
    order: Box<[u32]>,
    /// How many cases stand before each look; the last are all.
    looks: Vec<u64>,
    /// What the manifest keeps of it.
    pub sequence: Sequence,
}

impl<'a> Sequencing<'a> {
    /// For the gate of a suite; `None` where it judges all cases.
    pub fn of(suite: &'a Suite) -> Option<Self> {
        let gate = suite.gate.as_ref()?;
        let batch = gate.sequential?.batch;
        let must_pass = gate.rules.iter().filter(|rule| rule.is_must_pass());
        let order = Order::new(suite.seed);
        Some(Self { order, batch, must_pass: must_pass.collect(), ranks: Vec::new(), first: HashSet::new() })
    }

    /// Sees the next case.
    pub fn see(&mut self, case: &Case) {
        let rank = self.order.rank(case);
        let is_under = |rule: &&Rule| match rule.cases.as_slice() {
            [] => rule.slice.iter().all(|(tag, value)| case.tags.get(tag) == Some(value)),
            named => named.contains(&case.id),
        };
        if self.must_pass.iter().any(is_under) {
            self.first.insert(rank);
        }
        self.ranks.push(rank);
    }

    /// The order: the units that must pass first, then all others; a unit is a cluster, or a case without one.
    pub fn finish(self) -> Sequenced {
        let Self { batch, ranks, first, .. } = self;
        let mut order: Vec<u32> = (0..).take(ranks.len()).collect();
        let rank = |nth: &u32| ranks.get(*nth as usize).copied().unwrap_or_default();
        order.sort_by_key(|nth| (!first.contains(&rank(nth)), rank(nth), *nth));
        let mut places = vec![0_u32; order.len()];
        for (place, nth) in (0..).zip(&order) {
            if let Some(slot) = places.get_mut(*nth as usize) {
                *slot = place;
            }
        }
        let (mut looks, mut sequence, mut before) = (Vec::new(), Sequence::default(), 0);
        for unit in order.chunk_by(|a, b| rank(a) == rank(b)) {
            let size = unit.len() as u64;
            let is_first = unit.first().is_some_and(|nth| first.contains(&rank(nth)));
            if is_first {
                sequence.first += size;
            } else if before == sequence.first && before > 0 {
                looks.push(before);
            }
            before += size;
            (sequence.cases, sequence.units) = (before, sequence.units + 1);
            sequence.largest = sequence.largest.max(size);
            let last = looks.last().copied().unwrap_or(0);
            if !is_first && before - last >= (batch as u64).max(before / PART as u64) {
                looks.push(before);
            }
        }
        if looks.last() != Some(&before) {
            looks.push(before);
        }
        Sequenced { places: places.into(), order: order.into(), looks, sequence }
    }
}

impl Sequenced {
    /// The place in the plan of the nth case that is kept.
    pub fn place(&self, nth: usize) -> u64 {
        self.places.get(nth).copied().map_or(nth as u64, u64::from)
    }

    /// Which of the kept cases stands at a place of the plan.
    pub fn nth(&self, place: u64) -> u64 {
        usize::try_from(place).ok().and_then(|place| self.order.get(place)).map_or(place, |nth| u64::from(*nth))
    }

    /// How many batches there are.
    pub fn batches(&self) -> usize {
        self.looks.len()
    }

    /// The places of a batch.
    pub fn batch(&self, number: usize) -> Range<u64> {
        let end = |number: usize| self.looks.get(number).copied().unwrap_or_default();
        number.checked_sub(1).map_or(0, end)..end(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequenced(batch: usize, cases: &[(String, Option<&str>)], first: &[&str]) -> (Vec<String>, Sequenced) {
        let mut sequencing =
            Sequencing { order: Order::new(3), batch, must_pass: Vec::new(), ranks: Vec::new(), first: HashSet::new() };
        for (id, cluster) in cases {
            let row = serde_json::json!({"id": id, "input": "", "cluster": cluster});
            sequencing.see(&serde_json::from_value(row).unwrap());
            if first.contains(&id.as_str()) {
                sequencing.first.extend(sequencing.ranks.last());
            }
        }
        let found = sequencing.finish();
        let mut ids: Vec<(u64, String)> =
            (0..).zip(cases).map(|(nth, (id, _))| (found.place(nth), id.clone())).collect();
        ids.sort();
        (ids.into_iter().map(|(_, id)| id).collect(), found)
    }

    fn plain(n: usize) -> Vec<(String, Option<&'static str>)> {
        (0..n).map(|i| (format!("c{i}"), None)).collect()
    }

    #[test]
    fn a_cluster_is_never_cut_by_a_look_and_every_case_has_a_place() {
        let clusters = ["x", "y", "z"];
        let cases: Vec<_> = (0..60).map(|i| (format!("c{i}"), (i % 2 == 0).then(|| clusters[i / 2 % 3]))).collect();
        let (ids, found) = sequenced(4, &cases, &[]);
        assert_eq!((found.sequence.units, found.sequence.largest, found.sequence.first), (33, 10, 0));
        let mut sorted = ids.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 60);
        let cluster = |id: &String| cases.iter().find(|(known, _)| known == id).unwrap().1;
        let mut end = 0;
        for number in 0..found.batches() {
            let batch = found.batch(number);
            assert_eq!(batch.start, end);
            end = batch.end;
            if let (Some(last), Some(next)) = (ids.get(end as usize - 1), ids.get(end as usize)) {
                assert!(cluster(last).is_none() || cluster(last) != cluster(next), "a look within a cluster at {end}");
            }
        }
        assert_eq!(end, 60);
        for nth in 0..60 {
            assert_eq!(found.nth(found.place(nth)), nth as u64);
        }
    }

    #[test]
    fn what_must_pass_comes_first_and_is_looked_at_alone() {
        let (ids, found) = sequenced(20, &plain(100), &["c7", "c50", "c99"]);
        let mut early = ids[..3].to_vec();
        early.sort();
        assert_eq!(early, ["c50", "c7", "c99"]);
        assert_eq!((found.batch(0), found.batch(1), found.sequence.first), (0..3, 3..23, 3));
        // The others keep their order.
        let (plain_ids, _) = sequenced(20, &plain(100), &[]);
        let rest = |ids: &[String]| ids.iter().filter(|id| !early.contains(id)).cloned().collect::<Vec<_>>();
        assert_eq!(rest(&ids), rest(&plain_ids));
        // All of them must pass: one look, at the end.
        let all: Vec<String> = plain(5).into_iter().map(|(id, _)| id).collect();
        let (_, found) = sequenced(2, &plain(5), &all.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((found.batches(), found.batch(0)), (1, 0..5));
    }

    #[test]
    fn late_looks_are_few() {
        let (_, found) = sequenced(10, &plain(20_000), &[]);
        assert!(found.batches() < 120, "{}", found.batches());
        assert_eq!(found.batch(0), 0..10);
        for number in 0..found.batches() {
            let Range { start, end } = found.batch(number);
            assert!(end - start <= 10.max(end / 20 + 1), "{start}..{end}");
        }
        assert_eq!(sequenced(10, &plain(0), &[]).1.batches(), 1);
    }
}
