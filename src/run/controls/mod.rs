//! A plan → what is shown to its judges beside its cases, to see whether they can be trusted: small runs within the run.
//!
//! Each has a folder in that of the run, with a manifest, a journal and tables of its own. So the engine, resuming and replay
//! know nothing of controls, and no number of the run can count them.

mod anchors;
mod canaries;
mod carry_out;
mod few;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::json;

pub use anchors::{ANCHOR, ANCHOR_PAIR};
pub use carry_out::{Controlled, execute_with_controls};
pub use tables::{control_folders, tabulate_controls};

use super::Plan;
use super::briefings::Briefings;
use super::cases::Intake;
use super::foresight::Prompts;
use super::plan::{cards, hash};
use super::programs::Programs;
use crate::dataset::{Case, Kept, Outputs, Source};
use crate::diagnostic::Diagnostics;
use crate::store::StoreError;
use crate::suite::{
    CandidateName, CandidateSource, CandidateSpec, Lookup, MetricName, MetricSpec, Mode, Pairs, Scorer, Suite,
};

/// What is shown to which judges. Judges of scores and judges of pairs are shown different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlKind {
    /// What is no answer, to judges that score.
    CanariesOfScores,
    /// The same beside an answer, to judges that compare.
    CanariesOfPairs,
    /// Outputs that are judged in each run, to judges that score.
    AnchorsOfScores,
    /// Two of them, to judges that compare.
    AnchorsOfPairs,
}

impl ControlKind {
    /// All of them, in the order in which they are carried out.
    pub const ALL: [Self; 4] =
        [Self::CanariesOfScores, Self::CanariesOfPairs, Self::AnchorsOfScores, Self::AnchorsOfPairs];

    /// Its folder in that of the run.
    pub fn folder(self) -> &'static str {
        match self {
            Self::CanariesOfScores => "canaries-scores",
            Self::CanariesOfPairs => "canaries-pairs",
            Self::AnchorsOfScores => "anchors-scores",
            Self::AnchorsOfPairs => "anchors-pairs",
        }
    }

    /// Whether it shows outputs that are judged in each run.
    pub fn is_of_anchors(self) -> bool {
        matches!(self, Self::AnchorsOfScores | Self::AnchorsOfPairs)
    }

    fn mode(self) -> Mode {
        match self {
            Self::CanariesOfScores | Self::AnchorsOfScores => Mode::Pointwise,
            Self::CanariesOfPairs | Self::AnchorsOfPairs => Mode::Pairwise,
        }
    }
}

/// One of these small runs, as it is planned.
#[derive(Debug)]
pub struct Control {
    /// What it is.
    pub kind: ControlKind,
    /// What it asks. Texts that are known before the run are there already.
    pub plan: Plan,
    texts: Texts,
}

/// Where the texts come from.
#[derive(Debug)]
enum Texts {
    /// They are all there.
    Known,
    /// Some are made of answers of the run.
    Drawn(canaries::Drawn),
}

impl Control {
    /// All that a plan's suite wants.
    ///
    /// # Errors
    /// A dataset that is not what it was when the plan was made; every mistake in the file of anchors.
    pub fn all(plan: &Plan, environment: Lookup<'_>) -> Result<Vec<Self>, Diagnostics> {
        let mut all = canaries::all(plan)?;
        all.extend(anchors::all(plan, environment)?);
        Ok(all)
    }

    /// The plan with texts in the place of those that only the run can tell, as long as an answer is expected to be.
    pub fn foreseen(&self) -> Plan {
        let mut plan = self.plan.clone();
        if let Texts::Drawn(drawn) = &self.texts {
            drawn.stand_in(&mut plan);
        }
        plan
    }

    /// The plan with the texts that the run has by now.
    ///
    /// # Errors
    /// A journal of the run that cannot be read.
    fn filled(self, journal: &Path) -> Result<Plan, StoreError> {
        let mut plan = self.plan;
        if let Texts::Drawn(drawn) = &self.texts {
            drawn.fill(&mut plan, journal)?;
        }
        Ok(plan)
    }
}

/// The judged metrics of a mode that are wanted.
fn judged(suite: &Suite, mode: Mode, wanted: impl Fn(&MetricName) -> bool) -> IndexMap<MetricName, MetricSpec> {
    let is = |(name, spec): &(&MetricName, &MetricSpec)| {
        spec.rubric().is_some_and(|judged| judged.rubric.mode == mode) && wanted(name)
    };
    let shown = |(name, spec): (&MetricName, &MetricSpec)| {
        let mut spec = spec.clone();
        if let Scorer::Rubric(judged) = &mut spec.scorer {
            // What is shown first is compared with each other, whatever candidates the suite compares.
            judged.pairs = Pairs::Baseline;
        }
        (name.clone(), spec)
    };
    suite.metrics.iter().filter(is).map(shown).collect()
}

/// A plan within a plan: these metrics on these outputs of these cases.
fn plan_within(
    of: &Plan,
    kind: ControlKind,
    metrics: IndexMap<MetricName, MetricSpec>,
    cases: Vec<Case>,
    outputs: BTreeMap<CandidateName, Outputs>,
    order: &[CandidateName],
) -> Plan {
    let source = |name: &CandidateName| {
        (name.clone(), CandidateSpec { source: CandidateSource::Outputs("what the run has".to_string()) })
    };
    let suite = Suite {
        candidates: order.iter().map(source).collect(),
        metrics,
        gate: None,
        canaries: None,
        anchors: None,
        repeat: 1,
        ..of.suite.clone()
    };
    let mut intake = Intake::new(&suite, Prompts::default());
    cases.iter().for_each(|case| intake.see(case));
    let (dataset_digest, kept) = (intake.digest().to_string(), Kept::First(cases.len()));
    let cases = intake.cases(Arc::new(few::Few::new(cases)) as Arc<dyn Source>, kept);
    Plan {
        cases,
        outputs,
        stored: None,
        selection: String::new(),
        dataset_digest,
        corpora: Vec::new(),
        mapped: Vec::new(),
        ignored: Vec::new(),
        notes: Vec::new(),
        // None of these metrics is a program.
        cards: cards(&suite, &Programs::new()),
        programs: Programs::new(),
        briefings: Briefings::new(&suite),
        digest: hash(&json!({"of": of.digest, "control": kind.folder()})),
        suite,
    }
}
