//! A suite's judged metrics → what the calls for their verdicts have in common, and who answers them.

use std::collections::BTreeMap;

use crate::judge::Briefing;
use crate::model::Ask;
use crate::suite::{MetricName, MetricSpec, ModelName, Suite};

/// What the calls for the verdicts of each judged metric have in common.
#[derive(Debug, Clone, Default)]
pub struct Briefings {
    by_metric: BTreeMap<MetricName, Vec<Briefing>>,
    fence_key: [u8; 32],
}

impl Briefings {
    /// The briefings of a suite's rubrics.
    pub fn new(suite: &Suite) -> Self {
        let briefings =
            |(name, metric): (&MetricName, &MetricSpec)| Some((name.clone(), Briefing::of(&metric.rubric()?.rubric)));
        Self { by_metric: suite.metrics.iter().filter_map(briefings).collect(), fence_key: fence_key(suite) }
    }

    /// The key under which untrusted text is fenced.
    pub fn fence_key(&self) -> &[u8; 32] {
        &self.fence_key
    }

    /// Those of the calls that make one verdict: one for each criterion that is judged on its own, or one for all.
    pub fn of(&self, metric: &MetricName) -> &[Briefing] {
        self.by_metric.get(metric).map_or(&[], Vec::as_slice)
    }

    /// That of a call.
    pub fn about(&self, ask: &Ask) -> Option<&Briefing> {
        self.of(ask.metric()?).iter().find(|briefing| briefing.criterion.as_deref() == ask.criterion())
    }

    /// Whether a call is the first of those that make one verdict, which then stands for it.
    pub fn begins(&self, ask: &Ask) -> bool {
        let first = ask.metric().and_then(|metric| self.of(metric).first());
        first.is_some_and(|briefing| briefing.criterion.as_deref() == ask.criterion())
    }
}

/// It follows from the seed, so that a replay fences alike.
fn fence_key(suite: &Suite) -> [u8; 32] {
    blake3::derive_key("karat 2026 fence around untrusted text", &suite.seed.to_le_bytes())
}

/// The model that answers an ask for a verdict.
pub fn judge_of<'a>(suite: &'a Suite, ask: &Ask) -> Option<&'a ModelName> {
    let metric = suite.metrics.get(ask.metric()?)?;
    match metric.rubric() {
        Some(judged) => judged.judge.named(ask.judge()),
        None => metric.program(),
    }
}
