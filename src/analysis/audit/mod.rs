//! The tables of an audit → how often a judge falls for what it should not, each with its bound and its limit.

mod drift;
mod family;
mod probes;

use indexmap::IndexMap;
use serde::Serialize;

pub use drift::{Side, drift};
pub use family::{family, self_preference};

use super::findings::Share;
use super::gather::Gathered;
use crate::stats::{CannotEstimate, Infer, Sample, ScoreKind, default_for};
use crate::suite::{MetricName, Probe, Suite};

/// What an audit found of the judge of one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricAudit {
    /// The judge's model key.
    pub judge: String,
    /// Each probe.
    pub probes: Vec<Probed>,
    /// What is known of the judge without any call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What one probe found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probed {
    /// The probe.
    pub probe: Probe,
    /// Whether the judge stays within the limit.
    pub state: ProbeState,
    /// The rate: a share of cases; for what the judge prefers the share that gains less the share that loses; for drift
    /// and self-preference a part of the scale's width.
    pub rate: Option<f64>,
    /// Lower end of the two-sided interval at 1 − alpha.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The one-sided upper bound at alpha, which is held against the limit.
    pub bound: Option<f64>,
    /// The most that is borne.
    pub limit: f64,
    /// Cases.
    pub n: u64,
    /// How the bound was got, or why there is none.
    pub method: String,
    /// What it is made of: canaries by kind, the correlation of a judge with itself.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub parts: IndexMap<String, Share>,
}

/// What became of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeState {
    /// Shown to be within the limit.
    Pass,
    /// Shown to be beyond it.
    Fail,
    /// Neither: it takes more cases.
    Inconclusive,
    /// Nothing was measured.
    Absent,
}

/// One number a case, of which the mean is the rate.
#[derive(Debug, Default)]
struct Values {
    values: Vec<f64>,
    clusters: Vec<u32>,
    cases: usize,
}

impl Values {
    fn push(&mut self, value: f64, cluster: u32) {
        self.values.push(value);
        self.clusters.push(cluster);
    }

    fn infer(&self, (min, max): (f64, f64)) -> Result<crate::stats::Inference, CannotEstimate> {
        let binary = (min, max) == (0.0, 1.0) && self.values.iter().all(|value| *value == 0.0 || *value == 1.0);
        let kind = if binary { ScoreKind::Binary } else { ScoreKind::Bounded { min, max } };
        default_for(kind, Sample::Level(&self.values), &self.clusters, 1)
    }
}

impl Probed {
    /// The mean of values within a range, held against a limit.
    fn of(probe: Probe, values: &Values, range: (f64, f64), alpha: f64, limit: f64) -> Self {
        let blank = Self::absent(probe, limit, String::new());
        let inference = match values.infer(range) {
            Ok(inference) => inference,
            Err(why) => return Self { method: why.to_string(), ..blank },
        };
        let (low, high) = inference.interval(alpha);
        let bound = inference.upper(alpha);
        let state = if bound <= limit {
            ProbeState::Pass
        } else if inference.lower(alpha) > limit {
            ProbeState::Fail
        } else {
            ProbeState::Inconclusive
        };
        Self {
            state,
            rate: Some(inference.estimate()),
            low: Some(low),
            high: Some(high),
            bound: Some(bound),
            n: values.cases as u64,
            method: inference.method().to_string(),
            ..blank
        }
    }

    /// Nothing was measured, for this reason.
    pub fn absent(probe: Probe, limit: f64, why: String) -> Self {
        Self {
            probe,
            state: ProbeState::Absent,
            rate: None,
            low: None,
            high: None,
            bound: None,
            limit,
            n: 0,
            method: why,
            parts: IndexMap::new(),
        }
    }
}

/// What canaries found of the judge of each metric, shown beside the cases of a run.
pub fn canaries(suite: &Suite, gathered: &Gathered, alpha: f64, limit: f64) -> IndexMap<MetricName, Probed> {
    let found = |name: &MetricName| {
        Some((name.clone(), probes::Probes::new(gathered, name, alpha)?.probe(Probe::Canaries, limit)))
    };
    suite.metrics.keys().filter_map(found).collect()
}

/// What an audit's run found, by judged metric. `limit` says what is borne.
pub fn audited(
    suite: &Suite,
    gathered: &Gathered,
    alpha: f64,
    limit: impl Fn(&MetricName, Probe) -> f64,
) -> IndexMap<MetricName, MetricAudit> {
    let mut found = IndexMap::new();
    for (name, spec) in &suite.metrics {
        let Some(judged) = spec.rubric() else { continue };
        let Some(of) = probes::Probes::new(gathered, name, alpha) else { continue };
        let probes = Probe::ALL.iter().filter(|(_, probe)| !probe.is_of_both_runs());
        let probes = probes.map(|(_, probe)| of.probe(*probe, limit(name, *probe))).collect();
        found.insert(name.clone(), MetricAudit { judge: judged.judge.told(), probes, warnings: Vec::new() });
    }
    found
}
