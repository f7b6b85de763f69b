//! Verdict rows of one metric → what its judge is held against: both orders of each pair, and verdicts on labelled cases.

use std::collections::BTreeMap;

use crate::suite::{CandidateName, Missing};

/// The verdicts of one metric that were answered.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// By pair, what was decided on each case.
    orders: Vec<(Pair, Vec<Orders>)>,
    names: Vec<CandidateName>,
    /// Those on cases with a label, by case.
    labelled: Vec<Labelled>,
}

/// The two candidates of a pair, in alphabetical order.
pub type Pair = (CandidateName, CandidateName);

/// What was decided on a pair: by the first verdict in alphabetical order, and by the first one in the other.
#[derive(Debug, Clone, Copy, Default)]
struct Orders {
    forward: Decided,
    back: Decided,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
enum Decided {
    #[default]
    Nothing,
    Unread,
    Tie,
    First,
    Second,
}

/// A verdict on a case with a label, in few bytes.
#[derive(Debug, Clone, Copy)]
struct Labelled {
    case: usize,
    row: usize,
    /// Places among the names.
    first: u16,
    second: Option<u16>,
    value: Option<f64>,
}

/// A verdict on a case with a label.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    /// Whose output, or whose was shown first.
    pub first: &'a CandidateName,
    /// Whose was shown second.
    pub second: Option<&'a CandidateName>,
    /// What was read; for preferences, how far the first is preferred. Absent where nothing could be read.
    pub value: Option<f64>,
    /// Its row in the table.
    pub row: usize,
}

impl Verdict<'_> {
    /// What a preference decided, in a word.
    pub fn decided(&self) -> String {
        match self.value {
            Some(v) if v > 0.5 => self.first.to_string(),
            Some(v) if v < 0.5 => self.second.map(ToString::to_string).unwrap_or_default(),
            Some(_) => "tie".to_string(),
            None => "unparsed".to_string(),
        }
    }
}

impl Verdicts {
    /// Adds an answered verdict on one of `cases`; `row` is its place in the table where the case has a label.
    pub(super) fn add(
        &mut self,
        case: usize,
        (first, second): (&str, Option<&str>),
        value: Option<f64>,
        row: Option<usize>,
        cases: usize,
    ) {
        self.add_labelled(case, (first, second), value, row);
        let Some(second) = second else { return };
        let forward = first < second;
        let (a, b) = if forward { (first, second) } else { (second, first) };
        let known = self.orders.iter().position(|(pair, _)| pair.0.as_str() == a && pair.1.as_str() == b);
        let place = known.unwrap_or_else(|| {
            self.orders.push(((a.into(), b.into()), vec![Orders::default(); cases]));
            self.orders.len() - 1
        });
        let Some(orders) = self.orders.get_mut(place).and_then(|(_, orders)| orders.get_mut(case)) else { return };
        let slot = if forward { &mut orders.forward } else { &mut orders.back };
        if *slot == Decided::Nothing {
            *slot = match value {
                None => Decided::Unread,
                Some(0.5) => Decided::Tie,
                // The first shown is the pair's first in alphabetical order, and its second in the other.
                Some(v) if (v > 0.5) == forward => Decided::First,
                Some(_) => Decided::Second,
            };
        }
    }

    /// Adds an answered verdict for its label alone, where it has one: of a judge whose orders are held against each other
    /// elsewhere.
    pub(super) fn add_labelled(
        &mut self,
        case: usize,
        (first, second): (&str, Option<&str>),
        value: Option<f64>,
        row: Option<usize>,
    ) {
        let Some(row) = row else { return };
        let (first, second) = (self.name(first), second.map(|name| self.name(name)));
        self.labelled.push(Labelled { case, row, first, second, value });
    }

    /// To be called when all have been added.
    pub(super) fn finish(mut self) -> Self {
        self.labelled.sort_by_key(|verdict| verdict.case);
        self
    }

    /// The verdicts on a case with a label, in the order of the table.
    pub fn of(&self, case: usize) -> impl Iterator<Item = Verdict<'_>> {
        let from = self.labelled.partition_point(|verdict| verdict.case < case);
        let own = self.labelled.iter().skip(from).take_while(move |verdict| verdict.case == case);
        own.filter_map(|verdict| {
            let name = |place: u16| self.names.get(usize::from(place));
            let second = verdict.second.and_then(name);
            Some(Verdict { first: name(verdict.first)?, second, value: verdict.value, row: verdict.row })
        })
    }

    /// The same, by pair.
    pub fn pairs(&self, case: usize) -> BTreeMap<Pair, Vec<Verdict<'_>>> {
        let mut pairs: BTreeMap<Pair, Vec<Verdict<'_>>> = BTreeMap::new();
        for verdict in self.of(case) {
            let Some(second) = verdict.second else { continue };
            let (a, b) = (verdict.first.clone(), second.clone());
            pairs.entry(if a < b { (a, b) } else { (b, a) }).or_default().push(verdict);
        }
        pairs
    }

    /// Whether the same output wins in both orders, 1 or 0, for each case and pair where both can be told.
    ///
    /// Under [`Missing::Wrong`] a verdict that could not be read is an answer of its own: two of them agree, one and a
    /// readable one do not. That is the rule of the LLMBar authors.
    pub fn consistent(&self, missing: Missing) -> impl Iterator<Item = (usize, f64)> + '_ {
        let of = move |orders: &Orders| match (orders.forward, orders.back) {
            (Decided::Nothing, _) | (_, Decided::Nothing) => None,
            (Decided::Unread, _) | (_, Decided::Unread) if missing != Missing::Wrong => None,
            (one, other) => Some(f64::from(u8::from(one == other))),
        };
        let all = self.orders.iter().flat_map(|(_, cases)| cases.iter().enumerate());
        all.filter_map(move |(case, orders)| Some((case, of(orders)?)))
    }

    /// The same of one pair, in either order of its names.
    pub fn consistent_on(&self, one: &str, other: &str, missing: Missing) -> Vec<(usize, f64)> {
        let is_it = |pair: &Pair| {
            let names = (pair.0.as_str(), pair.1.as_str());
            names == (one, other) || names == (other, one)
        };
        let among = Self {
            orders: self.orders.iter().filter(|(pair, _)| is_it(pair)).cloned().collect(),
            names: Vec::new(),
            labelled: Vec::new(),
        };
        among.consistent(missing).collect()
    }

    fn name(&mut self, name: &str) -> u16 {
        let known = self.names.iter().position(|known| known.as_str() == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_each_order_counts() {
        let mut verdicts = Verdicts::default();
        let shown = |forward| if forward { ("a", Some("b")) } else { ("b", Some("a")) };
        let both = [
            (Some(1.0), Some(0.0)),
            (Some(1.0), Some(1.0)),
            (Some(0.5), Some(0.5)),
            (Some(0.7), Some(0.2)),
            (Some(0.5), Some(0.1)),
            (None, None),
            (None, Some(0.5)),
        ];
        for (case, (forward, back)) in both.into_iter().enumerate() {
            verdicts.add(case, shown(false), back, None, 8);
            verdicts.add(case, shown(true), forward, Some(case), 8);
            // A second sample.
            verdicts.add(case, shown(true), Some(0.0), None, 8);
        }
        verdicts.add(7, shown(true), Some(1.0), None, 8);
        let verdicts = verdicts.finish();
        let consistent = |missing| verdicts.consistent(missing).map(|(_, same)| same).collect::<Vec<_>>();
        assert_eq!(consistent(Missing::Drop), [1.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(consistent(Missing::Wrong), [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
        let decided = |case| verdicts.of(case).map(|v| v.decided()).collect::<Vec<_>>();
        assert_eq!(
            (decided(0), decided(2), decided(5), decided(7)),
            (vec!["a".into()], vec!["tie".into()], vec!["unparsed".into()], vec![])
        );
    }
}
