//! Each probe of an audit → one number a case.

use std::collections::BTreeMap;

use super::{ProbeState, Probed, Values};
use crate::analysis::data::MetricScores;
use crate::analysis::findings::Share;
use crate::analysis::gather::Gathered;
use crate::analysis::repeats::Repeats;
use crate::analysis::scores::Scores;
use crate::analysis::verdicts::Verdicts;
use crate::run::{RIVAL, Variant};
use crate::stats::Infer;
use crate::stats::test_retest::Icc;
use crate::suite::{CandidateName, MetricName, Missing, Probe};

/// The name of the outputs as they are.
const ORIGINAL: &str = "original";

/// Scores within rounding of each other are the same.
const SAME: f64 = 1e-9;

/// The verdicts of one judge in an audit.
pub(super) struct Probes<'a> {
    scores: &'a MetricScores,
    repeats: Option<&'a Repeats>,
    verdicts: Option<&'a Verdicts>,
    clusters: &'a [u32],
    alpha: f64,
}

impl<'a> Probes<'a> {
    pub fn new(gathered: &'a Gathered, metric: &MetricName, alpha: f64) -> Option<Self> {
        Some(Self {
            scores: gathered.data.metrics.get(metric)?,
            repeats: gathered.repeats.get(metric),
            verdicts: gathered.verdicts.get(metric),
            clusters: &gathered.data.cases.clusters,
            alpha,
        })
    }

    pub fn probe(&self, probe: Probe, limit: f64) -> Probed {
        match probe {
            Probe::TestRetest => self.test_retest(limit),
            Probe::Position => self.position(limit),
            Probe::Canaries => self.canaries(limit),
            Probe::Drift | Probe::SelfPreference => {
                Probed::absent(probe, limit, "it is measured on the audited run".to_string())
            }
            Probe::Length | Probe::Formatting | Probe::Authority | Probe::Injection => self.gain(probe, limit),
        }
    }

    fn is_pairwise(&self) -> bool {
        self.scores.is_pairwise()
    }

    fn cluster(&self, case: usize) -> u32 {
        self.clusters.get(case).copied().unwrap_or_default()
    }

    /// The share of cases on which two verdicts on the same outputs say something else.
    fn test_retest(&self, limit: f64) -> Probed {
        let (of, against) = if self.is_pairwise() { (self.opponent(), Some(ORIGINAL)) } else { (ORIGINAL, None) };
        let mut by_case: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (case, value) in self
            .repeats
            .and_then(|repeats| repeats.on(of, against))
            .into_iter()
            .flat_map(|nested| nested.cases.iter().copied().zip(nested.values.iter().copied()).collect::<Vec<_>>())
        {
            by_case.entry(case).or_default().push(value);
        }
        by_case.retain(|_, values| values.len() > 1);
        let mut values = Values { cases: by_case.len(), ..Values::default() };
        for (case, said) in &by_case {
            // Of preferences it counts who wins, of scores what they are.
            let same = |a: f64, b: f64| {
                if self.is_pairwise() {
                    (a - 0.5).total_cmp(&0.0) == (b - 0.5).total_cmp(&0.0)
                } else {
                    (a - b).abs() < SAME
                }
            };
            let moved = said.iter().any(|value| said.first().is_some_and(|first| !same(*value, *first)));
            values.push(f64::from(u8::from(moved)), self.cluster(*case as usize));
        }
        let mut found = Probed::of(Probe::TestRetest, &values, (0.0, 1.0), self.alpha, limit);
        if !self.is_pairwise()
            && let Ok(icc) = Icc::new(&by_case.into_values().collect::<Vec<_>>())
        {
            let (low, high) = icc.interval(self.alpha);
            let share = Share { estimate: icc.estimate(), low: Some(low), high: Some(high), n: icc.n() as u64 };
            found.parts.insert("correlation with itself (ICC)".to_string(), share);
        }
        found
    }

    /// Whom the original is shown beside where a real pair is wanted: another candidate, else itself with padding.
    fn opponent(&self) -> &'static str {
        let pair = (CandidateName::from(ORIGINAL), CandidateName::from(RIVAL));
        if self.scores.preferences.contains_key(&pair) { RIVAL } else { "longer" }
    }

    /// The share of pairs of two candidates in which another output wins when the order is turned round.
    fn position(&self, limit: f64) -> Probed {
        if !self.is_pairwise() {
            return Probed::absent(Probe::Position, limit, "the judge sees one output at a time".to_string());
        }
        if self.opponent() != RIVAL {
            return Probed::absent(
                Probe::Position,
                limit,
                "the run has no second candidate to show beside".to_string(),
            );
        }
        let pairs = self.verdicts.map(|v| v.consistent_on(ORIGINAL, RIVAL, Missing::Drop)).unwrap_or_default();
        if pairs.is_empty() {
            return Probed::absent(Probe::Position, limit, "no pair was judged in both orders".to_string());
        }
        let mut values = Values { cases: pairs.len(), ..Values::default() };
        pairs.iter().for_each(|(case, same)| values.push(1.0 - same, self.cluster(*case)));
        Probed::of(Probe::Position, &values, (0.0, 1.0), self.alpha, limit)
    }

    /// The share of outputs that gain by a change that says nothing, less the share that lose by it: a judge that only
    /// wavers does as much of one as of the other.
    fn gain(&self, probe: Probe, limit: f64) -> Probed {
        let mut values = Values::default();
        for (name, _) in Variant::ALL.iter().filter(|(_, variant)| variant.probe() == Some(probe)) {
            for case in 0..self.clusters.len() {
                let Some(gained) = self.against_original(name, case) else { continue };
                values.push(if gained.abs() < SAME { 0.0 } else { gained.signum() }, self.cluster(case));
                values.cases += 1;
            }
        }
        Probed::of(probe, &values, (-1.0, 1.0), self.alpha, limit)
    }

    /// How much better than the original a changed output is, in the judge's eyes.
    fn against_original(&self, name: &str, case: usize) -> Option<f64> {
        if self.is_pairwise() {
            return Some(self.worth(name, case)? - 0.5);
        }
        let level = |name: &str| self.scores.levels.get(&CandidateName::from(name))?.get(case);
        Some(self.scores.sign() * (level(name)? - level(ORIGINAL)?))
    }

    fn worth(&self, name: &str, case: usize) -> Option<f64> {
        let pair = (CandidateName::from(ORIGINAL), CandidateName::from(name));
        self.scores.preferences.get(&pair).and_then(|worths: &Scores| worths.get(case))
    }

    /// The share of what is no answer that gets the better half of the scale or, in pairs, is not beaten by the answer.
    /// In pairs the original against itself is one more: it passes where it wins.
    fn canaries(&self, limit: f64) -> Probed {
        let mut kinds: Vec<&str> =
            Variant::ALL.iter().filter(|(_, v)| v.probe() == Some(Probe::Canaries)).map(|(name, _)| *name).collect();
        if self.is_pairwise() {
            kinds.push("again");
        }
        let (mut all, mut parts, mut cases) = (Values::default(), Vec::new(), 0);
        let (mut loud, each) = (false, 0.5 * self.alpha / kinds.len().max(1) as f64);
        for name in kinds {
            let mut own = Values::default();
            for case in 0..self.clusters.len() {
                let Some(passes) = self.passes(name, case) else { continue };
                own.push(f64::from(u8::from(passes)), self.cluster(case));
                all.push(f64::from(u8::from(passes)), self.cluster(case));
                own.cases += 1;
            }
            cases = cases.max(own.cases);
            parts.extend(own.infer((0.0, 1.0)).ok().map(|inference| {
                // One kind that passes often must not be hidden by others that never do; of so many, one may by chance.
                loud |= inference.lower(each) > limit;
                let (low, high) = inference.interval(self.alpha);
                let share =
                    Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: own.cases as u64 };
                (name.replace('_', " "), share)
            }));
        }
        all.cases = cases;
        let mut found = Probed::of(Probe::Canaries, &all, (0.0, 1.0), self.alpha, limit);
        if loud && found.state != ProbeState::Absent {
            found.state = ProbeState::Fail;
        }
        found.parts.extend(parts);
        found
    }

    fn passes(&self, name: &str, case: usize) -> Option<bool> {
        if self.is_pairwise() {
            let worth = self.worth(name, case)?;
            return Some(if name == "again" { (worth - 0.5).abs() > SAME } else { worth >= 0.5 - SAME });
        }
        let (min, max) = self.scores.possible_levels()?;
        let score = self.scores.levels.get(&CandidateName::from(name))?.get(case)?;
        // Half way up is no longer a failure on a scale of three; above half is a pass on any.
        Some(self.scores.sign() * (score - 0.5 * (min + max)) > SAME)
    }
}
