//! What the judges of a run said of its anchors → how far they moved since an earlier run, and what bridges them to another judge.

use std::collections::{BTreeMap, HashMap};

use super::super::data::MetricScores;
use super::super::error::AnalysisError;
use super::super::findings::{AnchorFindings, Versions};
use super::super::gather::Gathered;
use super::super::tables::texts;
use super::ControlTables;
use crate::run::{ANCHOR, ANCHOR_PAIR};
use crate::stats::bridge::bridged;
use crate::stats::{Infer, Inference, Sample, ScoreKind, default_for, shown_beside};
use crate::store::{AnchorRecord, AnchorScore, Anchors, JudgeVersions};
use crate::suite::{CandidateName, CaseId, MetricName};

/// Fewer anchors than this bridge nothing.
pub const FEWEST: usize = 10;

/// A judge's mean change over the anchors that it, or another one before it, judged in two runs.
#[derive(Debug, Clone)]
pub struct Shift {
    /// The earlier run.
    pub since: String,
    /// With bounds that hold for scores of any shape.
    pub decides: Inference,
    /// The t interval, where it covers as it says.
    pub beside: Option<Inference>,
    /// Anchors that both runs have a score of.
    pub n: usize,
    /// Whether the judge answered as another version of its model.
    pub reversioned: bool,
}

impl Shift {
    /// Of the scores of `now` less those of `then`, turned round where less is better.
    ///
    /// # Errors
    /// Why nothing can be said, in words.
    fn of(now: &AnchorRecord, then: &AnchorRecord, sign: f64, min_cases: usize) -> Result<Self, String> {
        let (mut new, mut old, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
        let mut known: HashMap<&str, u32> = HashMap::new();
        for (nth, (id, score)) in (0..).zip(&now.scores) {
            let Some(before) = then.scores.get(id).filter(|before| before.digest == score.digest) else { continue };
            new.push(sign * score.score);
            old.push(sign * before.score);
            clusters.push(match &score.cluster {
                Some(name) => *known.entry(name).or_insert(nth),
                None => nth,
            });
        }
        if new.len() < FEWEST {
            return Err(format!("the two runs have {} anchors in common, and {FEWEST} are wanted", new.len()));
        }
        let kind = match now.range {
            Some((min, max)) if sign > 0.0 => ScoreKind::Bounded { min, max },
            Some((min, max)) => ScoreKind::Bounded { min: -max, max: -min },
            None => ScoreKind::Unbounded,
        };
        let sample = Sample::Paired { candidate: &new, baseline: &old };
        let decides = default_for(kind, sample, &clusters, min_cases).map_err(|why| why.to_string())?;
        let beside = shown_beside(&decides, sample, &clusters, min_cases);
        let reversioned = !same_versions(&now.versions, &then.versions);
        Ok(Self { since: then.run.clone(), decides, beside, n: new.len(), reversioned })
    }

    /// What is shown.
    pub fn shown(&self) -> &Inference {
        self.beside.as_ref().unwrap_or(&self.decides)
    }

    /// A difference that holds this shift, without it.
    pub(in crate::analysis) fn taken_from(&self, within: Inference) -> Inference {
        let is_t = matches!(within, Inference::Mean(_));
        bridged(within, if is_t { self.shown() } else { &self.decides }.clone())
    }
}

/// Whether two judges answered as the same versions, as far as both are known.
pub(in crate::analysis) fn same_versions(now: &JudgeVersions, then: &JudgeVersions) -> bool {
    now.iter().all(|(judge, versions)| then.get(judge).is_none_or(|before| before == versions))
}

/// The versions of findings, without their counts.
pub fn versions_of(served: &indexmap::IndexMap<String, Versions>) -> JudgeVersions {
    served.iter().map(|(judge, versions)| (judge.clone(), versions.keys().cloned().collect())).collect()
}

/// What a run's judges said of its anchors. `cards` are those of the run.
///
/// # Errors
/// Tables that are damaged.
pub fn anchors(
    run: &str,
    cards: &BTreeMap<MetricName, String>,
    controls: &[ControlTables],
) -> Result<Anchors, AnalysisError> {
    let mut found = Anchors::new();
    for control in controls.iter().filter(|control| control.kind.is_of_anchors()) {
        let gathered = Gathered::read(&control.suite, &crate::run::pairs(&control.suite), &control.tables)?;
        let names = names(control)?;
        for (metric, scores) in &gathered.data.metrics {
            let Some(card) = cards.get(metric) else { continue };
            let pair = ANCHOR_PAIR.map(CandidateName::from);
            let [first, second] = pair;
            let (values, range) = match scores.preferences.get(&(first, second)) {
                Some(worths) => (Some(worths), Some((0.0, 1.0))),
                None => (scores.levels.get(&CandidateName::from(ANCHOR)), scores.possible_levels()),
            };
            let score = |(place, (id, digest, cluster)): (usize, &(CaseId, String, Option<String>))| {
                let score = values?.get(place)?;
                Some((id.clone(), AnchorScore { digest: digest.clone(), cluster: cluster.clone(), score }))
            };
            let record = AnchorRecord {
                run: run.to_string(),
                card: card.clone(),
                range,
                versions: versions_of(&gathered.tally.served(metric.as_str())),
                scores: names.iter().enumerate().filter_map(score).collect(),
            };
            found.insert(metric.clone(), record);
        }
    }
    Ok(found)
}

/// The id, digest and cluster of each anchor, in order.
fn names(control: &ControlTables) -> Result<Vec<(CaseId, String, Option<String>)>, AnalysisError> {
    let table = &control.tables.cases;
    let mut names = Vec::new();
    for frame in table.frames(&["case", "digest", "cluster"]) {
        let frame = frame?;
        let column = |name| texts(&frame, name).map_err(|why| table.damaged(&why));
        let (ids, digests, clusters) = (column("case")?, column("digest")?, column("cluster")?);
        for row in 0..frame.height() {
            let text = |of: Option<&str>| of.unwrap_or_default().to_string();
            let id = CaseId::from(text(ids.get(row)).as_str());
            names.push((id, text(digests.get(row)), clusters.get(row).map(ToString::to_string)));
        }
    }
    Ok(names)
}

/// How far each judge moved since the run that its anchors are held against: `reference`. A judge with another card did not
/// drift: it is another one.
pub fn drifts(now: &Anchors, reference: &Anchors, min_cases: usize) -> BTreeMap<MetricName, Result<Shift, String>> {
    let drift = |(metric, record): (&MetricName, &AnchorRecord)| {
        let found = match reference.get(metric) {
            None => Err("no earlier run of this judge judged the anchors".to_string()),
            Some(then) if then.card != record.card => Err(format!(
                "run {} had another judge: another model, parameters, rubric or version of karat",
                then.run
            )),
            Some(then) => Shift::of(record, then, 1.0, min_cases),
        };
        (metric.clone(), found)
    };
    now.iter().map(drift).collect()
}

/// What a report tells of them.
pub(super) fn findings(now: &AnchorRecord, drift: Option<&Result<Shift, String>>, alpha: f64) -> AnchorFindings {
    let blank = AnchorFindings {
        n: now.scores.len() as u64,
        since: None,
        compared: 0,
        shift: None,
        low: None,
        high: None,
        moved: false,
        reversioned: false,
        method: String::new(),
    };
    match drift {
        None => AnchorFindings { method: "they were held against no earlier run".to_string(), ..blank },
        Some(Err(why)) => AnchorFindings { method: why.clone(), ..blank },
        Some(Ok(shift)) => {
            let shown = shift.shown();
            let (low, high) = shown.interval(alpha);
            AnchorFindings {
                since: Some(shift.since.clone()),
                compared: shift.n as u64,
                shift: Some(shown.estimate()),
                low: Some(low),
                high: Some(high),
                moved: low > 0.0 || high < 0.0,
                reversioned: shift.reversioned,
                method: shown.method().to_string(),
                ..blank
            }
        }
    }
}

/// The shift between two judges of a metric, for the difference of their scores; or why nothing bridges them.
///
/// # Errors
/// Why not, in words.
pub(in crate::analysis) fn bridge(
    scores: &MetricScores,
    now: Option<&AnchorRecord>,
    then: Option<&AnchorRecord>,
    min_cases: usize,
) -> Result<Shift, String> {
    if scores.is_pairwise() {
        return Err("two judges that compare cannot be bridged".to_string());
    }
    let (Some(now), Some(then)) = (now, then) else {
        return Err("anchors that both have judged would bridge them".to_string());
    };
    if now.range != then.range {
        return Err("their scales differ, so that no anchors bridge them".to_string());
    }
    Shift::of(now, then, scores.sign(), min_cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(run: &str, shift: impl Fn(usize) -> f64, n: usize) -> AnchorRecord {
        let score = |i: usize| {
            let score =
                AnchorScore { digest: format!("d{i}"), cluster: None, score: 2.0 + 0.1 * (i % 7) as f64 + shift(i) };
            (CaseId::from(format!("a{i}").as_str()), score)
        };
        let versions = JudgeVersions::from([("grader".to_string(), [format!("model of {run}")].into())]);
        AnchorRecord {
            run: run.into(),
            card: "c".into(),
            range: Some((1.0, 5.0)),
            versions,
            scores: (0..n).map(score).collect(),
        }
    }

    fn of(record: AnchorRecord) -> Anchors {
        Anchors::from([("quality".into(), record)])
    }

    #[test]
    fn a_judge_that_moved_is_told_from_one_that_wavers() {
        let then = of(record("r1", |_| 0.0, 40));
        let wavers = of(record("r2", |i| if i % 2 == 0 { 0.3 } else { -0.3 }, 40));
        let moved = of(record("r2", |i| if i % 2 == 0 { 0.9 } else { 0.3 }, 40));
        let found = |now: &Anchors| {
            let drift = drifts(now, &then, 30);
            findings(&now["quality"], drift.get("quality"), 0.05)
        };
        assert!(!found(&wavers).moved && found(&moved).moved);
        let told = found(&moved);
        assert!((told.shift.unwrap() - 0.6).abs() < 1e-9 && told.low.unwrap() > 0.4 && told.reversioned, "{told:?}");
        assert_eq!((told.compared, told.since.as_deref()), (40, Some("r1")));
    }

    #[test]
    fn what_is_not_the_same_is_not_compared() {
        let now = of(record("r2", |_| 0.5, 40));
        let mut edited = record("r1", |_| 0.0, 40);
        edited.scores.values_mut().skip(5).for_each(|score| score.digest = "other".into());
        let why = drifts(&now, &of(edited), 30)["quality"].clone().map(drop).unwrap_err();
        assert_eq!(why, "the two runs have 5 anchors in common, and 10 are wanted");
        let other = AnchorRecord { card: "other".into(), ..record("r1", |_| 0.0, 40) };
        assert!(drifts(&now, &of(other), 30)["quality"].as_ref().unwrap_err().contains("had another judge"));
        assert!(drifts(&now, &Anchors::new(), 30)["quality"].is_err());
    }
}
