//! Scores by case → one number with its inference: a level, or a difference between two candidates.

use indexmap::IndexMap;

use super::cases::{Cases, Rows};
use super::controls::Shift;
use super::data::{Data, MetricScores};
use super::findings::MissingBounds;
use super::policy::{StoodIn, turned};
use super::sequence::Turns;
use crate::stats::planning::{self, Shape};
use crate::stats::{CannotEstimate, Infer, Inference, Sample, ScoreKind, default_for, shown_beside};
use crate::suite::{CandidateName, MetricName};

/// A level or a difference, before it is put into words.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The plain mean, which needs no bounds to be told; absent where nothing was measured.
    pub mean: Option<f64>,
    /// What rules decide by: the estimate with bounds that hold for scores of any shape, or why there are none.
    pub inference: Result<Inference, CannotEstimate>,
    /// What reports show in its place, where that is another method.
    pub beside: Option<Inference>,
    /// How the differences lie, as planning has to know it for the method that is shown; for differences only.
    pub spread: Option<planning::Scores>,
    /// The same with every missing value at its worst and at its best for the candidate; absent where nothing is
    /// missing, or nothing at all was measured of a metric without a range.
    pub extremes: Option<(Result<Inference, CannotEstimate>, Result<Inference, CannotEstimate>)>,
    /// Cases with a value, or with one that the policy put in the place of a verdict that could not be read.
    pub n: usize,
    /// Independent clusters among them.
    pub clusters: usize,
    /// Cases without one: they are left out.
    pub missing: usize,
    /// Cases won, drawn and lost by the candidate; for a level all zero.
    pub record: Record,
}

/// Why there is no interval of what a model made of the verdicts that it is fitted to.
pub(super) const FITTED: &str = "the panel's model is fitted to these very verdicts, and no interval of it is known";

/// Cases won, drawn and lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// The candidate did better.
    pub wins: usize,
    /// No difference.
    pub ties: usize,
    /// The candidate did worse.
    pub losses: usize,
}

/// Differences smaller than this are rounding of floats, not differences.
const NO_DIFFERENCE: f64 = 1e-9;

impl Measured {
    /// The estimate with the interval that reports show.
    pub fn shown(&self) -> Option<&Inference> {
        self.beside.as_ref().or(self.inference.as_ref().ok())
    }

    /// A difference whose sides two judges scored, less how far the judges differ. Whether a case was won cannot be said then.
    fn less(self, shift: &Shift) -> Self {
        let taken = |end: Result<Inference, CannotEstimate>| end.map(|end| shift.taken_from(end));
        Self {
            mean: self.mean.map(|mean| mean - shift.decides.estimate()),
            inference: taken(self.inference),
            beside: self.beside.map(|shown| shift.taken_from(shown)),
            spread: None,
            extremes: self.extremes.map(|(worst, best)| (taken(worst), taken(best))),
            record: Record::default(),
            ..self
        }
    }

    /// The plain mean alone.
    fn unbounded(self) -> Self {
        Self { inference: Err(CannotEstimate::Undefined(FITTED)), beside: None, spread: None, extremes: None, ..self }
    }

    /// The estimate, with bounds or without.
    pub fn estimate(&self) -> Option<f64> {
        self.inference.as_ref().ok().map(Infer::estimate).or(self.mean)
    }

    /// Where the estimate would lie with every missing value at its worst and at its best.
    pub fn bounds(&self) -> Option<MissingBounds> {
        let (worst, best) = self.extremes.as_ref()?;
        Some(MissingBounds { worst: worst.as_ref().ok()?.estimate(), best: best.as_ref().ok()?.estimate() })
    }

    /// How the number that is shown was got, or why it could not be, in words.
    pub fn method(&self) -> String {
        match (self.shown(), &self.inference) {
            (Some(shown), _) => shown.method().to_string(),
            (None, Err(why)) => format!("cannot be estimated: {why}"),
            (None, Ok(_)) => String::new(),
        }
    }
}

impl Data {
    /// One candidate's mean over the cases of a slice, in the metric's own units.
    pub fn level(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Measured> {
        let scores = self.metrics.get(metric)?;
        let measured = self.mean_of(scores, slice, candidate, min_cases)?;
        Some(if scores.fitted { measured.unbounded() } else { measured })
    }

    /// The same of other numbers by case: what a limit is on.
    pub fn mean_of(
        &self,
        scores: &MetricScores,
        slice: &IndexMap<String, String>,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Measured> {
        let values = scores.of(candidate)?;
        let among = self.among(slice);
        let infer = |fill: Option<f64>| {
            let value = |case| values.get(case).or(fill);
            if let Some(turns) = &self.turns {
                return among.in_turn(turns, scores.possible_levels(), value);
            }
            let (values, clusters) = among.columns(value);
            default_for(scores.kind_of(values.iter().copied()), Sample::Level(&values), &clusters, min_cases)
        };
        let plain = among.plain(|case| values.get(case));
        let measured = plain.with(|fill| infer(fill).map(Inferred::alone), scores.ends());
        Some(Measured { record: Record::default(), ..measured })
    }

    /// The candidate against the baseline over the cases of a slice that both have a value for; positive is better.
    /// Scores: the mean of the paired differences. Pairwise metrics: win rate − ½.
    pub fn difference(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &CandidateName,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Measured> {
        let scores = self.metrics.get(metric)?;
        let among = self.among(slice);
        if let Some(worths) = scores.worths(baseline, candidate) {
            let measured = win_rate(&among, worths, self.turns.as_ref(), min_cases);
            return Some(if scores.fitted { measured.unbounded() } else { measured });
        }
        let sides = (scores.of(candidate)?, scores.of(baseline)?);
        let measured = paired(&among, sides, scores, (self.turns.as_ref(), self.shown_decides), min_cases);
        Some(match scores.bridges.get(baseline) {
            _ if scores.fitted => measured.unbounded(),
            Some(shift) => measured.less(shift),
            None => measured,
        })
    }

    fn among(&self, slice: &IndexMap<String, String>) -> Among<'_> {
        Among { rows: self.rows(slice), cases: &self.cases }
    }

    /// The cases of a slice that count.
    pub(super) fn rows(&self, slice: &IndexMap<String, String>) -> Rows<'_> {
        let rows = self.cases.within(slice);
        match &self.turns {
            Some(turns) => turns.among(&rows, self.cases.len()),
            None => rows,
        }
    }
}

/// Some of the cases.
struct Among<'a> {
    rows: Rows<'a>,
    cases: &'a Cases,
}

impl Among<'_> {
    /// The cases of which there is something, with their clusters.
    fn with<T>(&self, value: impl Fn(usize) -> Option<T>) -> impl Iterator<Item = (T, u32)> {
        self.rows.iter().filter_map(move |case| Some((value(case)?, *self.cases.clusters.get(case)?)))
    }

    /// The mean over these cases, in the order in which they were judged.
    fn in_turn(
        &self,
        turns: &Turns,
        range: Option<(f64, f64)>,
        value: impl Fn(usize) -> Option<f64>,
    ) -> Result<Inference, CannotEstimate> {
        let here = |case: usize| match &self.rows {
            Rows::All(_) => true,
            Rows::Some(places) => u32::try_from(case).is_ok_and(|case| places.binary_search(&case).is_ok()),
        };
        turns.mean(self.cases, range, |case| if here(case) { value(case) } else { None })
    }

    /// The same, taken apart. Memory for all cases is taken at once, so that it does not grow to twice as much.
    fn columns(&self, value: impl Fn(usize) -> Option<f64>) -> (Vec<f64>, Vec<u32>) {
        let (mut values, mut clusters) = (Vec::with_capacity(self.rows.count()), Vec::with_capacity(self.rows.count()));
        for (value, cluster) in self.with(value) {
            values.push(value);
            clusters.push(cluster);
        }
        (values, clusters)
    }

    /// What can be said of one number a case without any inference.
    fn plain(&self, value: impl Fn(usize) -> Option<f64>) -> Plain {
        let mut plain = Plain { mean: None, n: 0, clusters: 0, missing: 0, record: Record::default() };
        let mut clusters = Vec::with_capacity(self.rows.count());
        let mut sum = 0.0;
        for (value, cluster) in self.with(value) {
            sum += value;
            plain.record.add(value);
            clusters.push(cluster);
        }
        plain.n = clusters.len();
        plain.missing = self.rows.count() - plain.n;
        plain.mean = Some(sum / plain.n as f64).filter(|mean| mean.is_finite());
        if !clusters.is_sorted() {
            clusters.sort_unstable();
        }
        clusters.dedup();
        plain.clusters = clusters.len();
        plain
    }
}

/// What can be said of one number a case without any inference.
#[derive(Clone, Copy)]
struct Plain {
    mean: Option<f64>,
    n: usize,
    clusters: usize,
    missing: usize,
    record: Record,
}

impl Plain {
    /// What `infer` makes of it, with the gaps left out and with them at either end.
    fn with<E>(self, infer: impl Fn(Option<E>) -> Result<Inferred, CannotEstimate>, ends: Option<(E, E)>) -> Measured {
        let extremes = ends.filter(|_| self.missing > 0);
        let (inference, beside, spread) = match infer(None) {
            Ok(Inferred { decides, beside, spread }) => (Ok(decides), beside, spread),
            Err(why) => (Err(why), None, None),
        };
        let decides = |fill| infer(Some(fill)).map(|inferred| inferred.decides);
        Measured {
            mean: self.mean,
            inference,
            beside,
            spread,
            extremes: extremes.map(|(worst, best)| (decides(worst), decides(best))),
            n: self.n,
            clusters: self.clusters,
            missing: self.missing,
            record: self.record,
        }
    }
}

/// What is concluded from one sample.
struct Inferred {
    decides: Inference,
    beside: Option<Inference>,
    spread: Option<planning::Scores>,
}

impl Inferred {
    /// What decides is shown as well, and nothing is planned by it.
    fn alone(decides: Inference) -> Self {
        Self { decides, beside: None, spread: None }
    }

    /// The same with what is shown deciding too.
    fn decided_as_shown(self) -> Self {
        match self.beside {
            Some(shown) => Self { decides: shown, beside: None, ..self },
            None => self,
        }
    }

    /// Of differences; those of which some values are made up only have to decide.
    fn of(
        kind: ScoreKind,
        sample: Sample<'_>,
        clusters: &[u32],
        min_cases: usize,
        made_up: bool,
    ) -> Result<Self, CannotEstimate> {
        let decides = default_for(kind, sample, clusters, min_cases)?;
        if made_up {
            return Ok(Self::alone(decides));
        }
        let beside = shown_beside(&decides, sample, clusters, min_cases);
        let spread = spread(beside.as_ref().unwrap_or(&decides), kind, sample, clusters);
        Ok(Self { decides, beside, spread })
    }
}

/// How differences lie; `None` where they have no spread.
fn spread(shown: &Inference, kind: ScoreKind, sample: Sample<'_>, clusters: &[u32]) -> Option<planning::Scores> {
    let differences: Vec<f64>;
    let (values, paired) = match sample {
        Sample::Level(values) => (values, false),
        Sample::Paired { candidate, baseline } => {
            differences = candidate.iter().zip(baseline).map(|(new, old)| new - old).collect();
            (&differences[..], true)
        }
    };
    if let (Inference::NewcombePaired(_), Sample::Paired { candidate, .. }) = (shown, sample) {
        let share = |count: usize| count as f64 / values.len() as f64;
        let discordant = values.iter().filter(|d| **d != 0.0).count();
        let neither = values.iter().zip(candidate).filter(|(d, new)| **d == 0.0 && **new == 0.0).count();
        return (discordant > 0)
            .then(|| planning::Scores::Pairs { discordant: share(discordant), neither: share(neither) });
    }
    let Shape { sd, skewness } = Shape::of_run(values, clusters).ok()?;
    let (min, max) = match kind {
        ScoreKind::Binary => (0.0, 1.0),
        ScoreKind::Bounded { min, max } => (min, max),
        ScoreKind::Unbounded => return Some(planning::Scores::Unbounded { sd }),
    };
    let (min, max) = if paired { (min - max, max - min) } else { (min, max) };
    Some(match shown {
        Inference::Gaffke(_) => planning::Scores::Bounded { sd, skewness, min, max },
        _ => planning::Scores::Unbounded { sd },
    })
}

/// The mean of paired differences, turned round for a metric whose goal is down.
fn paired(
    among: &Among<'_>,
    (of, base): (StoodIn<'_>, StoodIn<'_>),
    scores: &MetricScores,
    (turns, shown_decides): (Option<&Turns>, bool),
    min_cases: usize,
) -> Measured {
    let sign = scores.sign();
    let infer = |fill: Option<(f64, f64)>| {
        let of = |case| of.get(case).or(fill.map(|f| f.0));
        let base = |case| base.get(case).or(fill.map(|f| f.1));
        if let Some(turns) = turns {
            let difference = |case| Some(sign * (of(case)? - base(case)?));
            return among.in_turn(turns, scores.possible_differences(), difference).map(Inferred::alone);
        }
        let (mut new, clusters) = among.columns(|case| base(case).and(of(case)).map(|value| sign * value));
        let (mut old, _) = among.columns(|case| of(case).and(base(case)).map(|value| sign * value));
        let kind = turned(scores.kind_of(new.iter().chain(&old).map(|v| v * sign)), sign);
        // Newcombe's interval is for zeros and ones; turned round they are no longer, so the sides change places.
        let sample = if kind == ScoreKind::Binary && sign < 0.0 {
            new.iter_mut().chain(&mut old).for_each(|v| *v = -*v);
            Sample::Paired { candidate: &old, baseline: &new }
        } else {
            Sample::Paired { candidate: &new, baseline: &old }
        };
        let inferred = Inferred::of(kind, sample, &clusters, min_cases, fill.is_some() && !shown_decides)?;
        Ok(if shown_decides { inferred.decided_as_shown() } else { inferred })
    };
    // The worst that can be for the candidate is the best for the baseline.
    let ends = scores.ends().map(|(worst, best)| ((worst, best), (best, worst)));
    among.plain(|case| Some(sign * (of.get(case)? - base.get(case)?))).with(infer, ends)
}

/// Win rate − ½ from what each case is worth to the candidate.
fn win_rate(among: &Among<'_>, worths: StoodIn<'_>, turns: Option<&Turns>, min_cases: usize) -> Measured {
    let infer = |fill: Option<f64>| {
        let margin = |case| Some(worths.get(case).or(fill)? - 0.5);
        if let Some(turns) = turns {
            return among.in_turn(turns, Some((-0.5, 0.5)), margin).map(Inferred::alone);
        }
        let (margins, clusters) = among.columns(margin);
        let kind = ScoreKind::Bounded { min: -0.5, max: 0.5 };
        Inferred::of(kind, Sample::Level(&margins), &clusters, min_cases, fill.is_some())
    };
    among.plain(|case| Some(worths.get(case)? - 0.5)).with(infer, Some((0.0, 1.0)))
}

impl Record {
    fn add(&mut self, difference: f64) {
        if difference.abs() < NO_DIFFERENCE {
            self.ties += 1;
        } else if difference > 0.0 {
            self.wins += 1;
        } else {
            self.losses += 1;
        }
    }
}
