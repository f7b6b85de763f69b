//! Plans, journals and runs of a small suite.

mod changing;
mod deriving;
mod estimating;
mod journaling;
mod planning;
mod resuming;
mod tabulating;

use std::collections::BTreeMap;

use crate::model::Ask;
use crate::run::{Derived, Deriver};
use crate::store::Event;
use crate::suite::{CandidateName, Suite};

/// The rows of all cases that have events here, in plan order.
fn derive(suite: &Suite, events: impl IntoIterator<Item = Event>) -> Vec<Derived> {
    let mut by_case: BTreeMap<u64, Vec<Event>> = BTreeMap::new();
    for event in events {
        if let Event::Case { index, .. } | Event::Reply { index, .. } | Event::Failed { index, .. } = &event {
            by_case.entry(*index).or_default().push(event);
        }
    }
    let deriver = Deriver::new(suite);
    by_case.into_values().filter_map(|events| deriver.derive(events)).collect()
}

/// The place of the cases `c0`, `c1` … in the plan.
fn place(ask: &Ask) -> u64 {
    ask.case().as_str().trim_start_matches('c').parse().unwrap()
}

/// What asks for an output.
fn output(case: &str, candidate: &str, sample: u32) -> Ask {
    Ask::Output { candidate: candidate.into(), case: case.into(), sample }
}

/// What asks for a score of `quality`.
fn score(case: &str, candidate: &str, sample: u32) -> Ask {
    Ask::Score {
        metric: "quality".into(),
        case: case.into(),
        candidate: candidate.into(),
        sample,
        verdict_sample: 0,
        attempt: 0,
        judge: None,
        criterion: None,
    }
}

/// What asks for a preference.
fn preference(case: &str, first: &str, second: &str, sample: u32) -> Ask {
    Ask::Preference {
        metric: "preference".into(),
        case: case.into(),
        first: first.into(),
        second: second.into(),
        sample,
        verdict_sample: 0,
        attempt: 0,
        judge: None,
        criterion: None,
    }
}

/// `v1` and `v2`.
fn pair() -> Vec<(CandidateName, CandidateName)> {
    vec![("v1".into(), "v2".into())]
}
