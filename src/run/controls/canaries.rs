//! A plan → its canaries: what is no answer, shown to its judges on some of its cases.
//!
//! The cases are drawn by the seed. What the answers to them are is known when the run has ended: another case's answer, and in
//! pairs the answer that a canary stands beside.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::Plan;
use super::super::audit::Variant;
use super::super::work::can_be_judged;
use super::{Control, ControlKind, Texts, judged, plan_within};
use crate::dataset::{Case, Output, Outputs};
use crate::diagnostic::Diagnostics;
use crate::model::{Ask, EXPECTED_OUTPUT};
use crate::store::{Event, EventIndex, Events, StoreError};
use crate::suite::{Canaries, Canary, CandidateName, CaseId};

/// What stands before the id of a case in that of its canaries, so that no recorded verdict on the case is taken for one.
const PREFIX: &str = "canary:";

/// An answer of the run that canaries stand beside.
pub(super) const ORIGINAL: &str = "original";

/// Whose answers, and where the drawn cases stand in the plan.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    candidate: CandidateName,
    places: Vec<u64>,
    ids: Vec<CaseId>,
    kinds: Vec<(CandidateName, Variant)>,
}

/// The canaries of a plan, for judges that score and for those that compare.
pub(super) fn all(plan: &Plan) -> Result<Vec<Control>, Diagnostics> {
    let Some(spec) = &plan.suite.canaries else { return Ok(Vec::new()) };
    let gated = plan.suite.gate.as_ref().map(|gate| gate.candidate.clone());
    let Some(candidate) = gated.or_else(|| plan.suite.candidates.keys().last().cloned()) else { return Ok(Vec::new()) };
    let (places, cases): (Vec<u64>, Vec<Case>) = drawn(plan, spec.each)?.into_iter().unzip();
    let mut controls = Vec::new();
    for kind in [ControlKind::CanariesOfScores, ControlKind::CanariesOfPairs] {
        let metrics = judged(&plan.suite, kind.mode(), |metric| spec.are_for(metric));
        let kinds = kinds(spec, kind);
        if metrics.is_empty() || kinds.is_empty() {
            continue;
        }
        let ids = cases.iter().map(|case| case.id.clone()).collect();
        let drawn = Drawn { candidate: candidate.clone(), places: places.clone(), ids, kinds };
        let order: Vec<CandidateName> = drawn.kinds.iter().map(|(name, _)| name.clone()).collect();
        let outputs = drawn.texts(&vec![None; cases.len()]);
        let plan = plan_within(plan, kind, metrics, cases.clone(), outputs, &order);
        controls.push(Control { kind, plan, texts: Texts::Drawn(drawn) });
    }
    Ok(controls)
}

/// What the judges of a kind are shown, the answer that the others are held against first.
fn kinds(spec: &Canaries, kind: ControlKind) -> Vec<(CandidateName, Variant)> {
    let pairs = kind == ControlKind::CanariesOfPairs;
    let variant = |canary: &Canary| match canary {
        Canary::Empty => Some("empty"),
        Canary::Constant => Some("constant"),
        Canary::Shuffled => Some("shuffled"),
        Canary::MasterKey => Some("master_key"),
        Canary::Itself => pairs.then_some("again"),
    };
    let named = |name: &str| Variant::ALL.iter().find(|(known, _)| *known == name).map(|(_, variant)| *variant);
    let wanted: Vec<&str> = spec.kinds.iter().filter_map(variant).collect();
    let original = (pairs && !wanted.is_empty()).then_some(ORIGINAL);
    let all = original.into_iter().chain(wanted);
    all.filter_map(|name| Some((CandidateName::from(name), named(name)?))).collect()
}

/// So many cases of the plan, with their places: those that a keyed hash puts first, or the first that a sequential gate judges,
/// which are drawn by the seed too. Labels are about other outputs, and left out.
fn drawn(plan: &Plan, most: usize) -> Result<Vec<(u64, Case)>, Diagnostics> {
    let in_turn = plan.cases.sequence().is_some();
    let mut first: BTreeMap<([u8; 32], u64), Case> = BTreeMap::new();
    for case in plan.cases.read()? {
        let (place, case) = case?;
        let rank = if in_turn {
            [0; 32]
        } else {
            *blake3::hash(format!("canary {} {}", plan.suite.seed, case.id).as_bytes()).as_bytes()
        };
        first.insert((rank, place), case);
        if first.len() > most {
            first.pop_last();
        }
    }
    let canary = |((_, place), case): (([u8; 32], u64), Case)| {
        let id = CaseId::from(format!("{PREFIX}{}", case.id).as_str());
        (place, Case { id, labels: BTreeMap::new(), ..case })
    };
    let mut drawn: Vec<(u64, Case)> = first.into_iter().map(canary).collect();
    drawn.sort_by_key(|(place, _)| *place);
    Ok(drawn)
}

impl Drawn {
    /// Puts a text as long as an answer is expected to be in the place of each that only the run can tell.
    pub fn stand_in(&self, plan: &mut Plan) {
        let length = 4 * usize::try_from(EXPECTED_OUTPUT).unwrap_or_default();
        // They differ, so that each is another one's.
        let text = |n: usize| Some(format!("{n} {}", "x".repeat(length)));
        plan.outputs = self.texts(&(0..self.ids.len()).map(text).collect::<Vec<_>>());
    }

    /// Puts in the texts that the run has by now.
    pub fn fill(&self, plan: &mut Plan, journal: &Path) -> Result<(), StoreError> {
        let index = EventIndex::read(journal)?;
        let mut events = Events::open(journal, &index)?;
        let mut texts = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let answer = events.of(*place)?.into_iter().rev().find_map(|event| match event {
                Event::Reply { ask: Ask::Output { candidate, sample: 0, .. }, reply, .. }
                    if candidate == self.candidate && can_be_judged(&reply) =>
                {
                    Some(reply.text).filter(|text| !text.trim().is_empty())
                }
                _ => None,
            });
            texts.push(answer);
        }
        plan.outputs = self.texts(&texts);
        Ok(())
    }

    /// The texts of all kinds, given the answer to each case where there is one. A kind that takes an answer has no text
    /// without.
    fn texts(&self, answers: &[Option<String>]) -> BTreeMap<CandidateName, Outputs> {
        let text = |variant: Variant, at: usize| {
            let own = answers.get(at).cloned().flatten();
            match variant {
                Variant::Empty | Variant::Constant | Variant::MasterKey => Some(variant.of("", "", at)),
                Variant::Shuffled => {
                    let others = answers.iter().cycle().skip(at + 1).take(answers.len().saturating_sub(1));
                    others.flatten().find(|other| Some(*other) != own.as_ref()).cloned()
                }
                _ => own.map(|own| variant.of(&own, "", at)),
            }
        };
        let of_kind = |(name, variant): &(CandidateName, Variant)| {
            let texts = self.ids.iter().enumerate().filter_map(|(at, id)| {
                Some(((id.clone(), 0), Output { text: text(*variant, at)?, ..Output::default() }))
            });
            (name.clone(), texts.collect())
        };
        self.kinds.iter().map(of_kind).collect()
    }
}
