//! Populations → the shares of samples in which each method is wrong.

use super::super::bca::Bca;
use super::super::bootstrap::Resampling;
use super::super::bounded::BettingMean;
use super::super::clusters::singletons;
use super::super::exact::ClopperPearson;
use super::super::proportion::{Proportion, Wilson};
use super::super::rng::{below, stream};
use super::super::{Infer, Inference, Sample, ScoreKind, default_for, shown_for};
use super::populations::{Population, all};

/// What one method did on samples of one size from one population, as shares of the draws.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    pub population: &'static str,
    pub n: usize,
    pub method: &'static str,
    /// Whether it is what karat takes by itself.
    pub default: bool,
    pub draws: usize,
    pub above: f64,
    pub below: f64,
    pub equivalent: Option<f64>,
    pub holds: f64,
    pub width_to_t: f64,
}

impl Rates {
    /// The lower end of the exact 99 % interval of a share of the draws.
    pub fn least(&self, share: f64) -> f64 {
        let hits = (share * self.draws as f64).round() as usize;
        ClopperPearson(Proportion::new(hits, self.draws).unwrap()).lower(0.005)
    }
}

const ALPHA: f64 = 0.05;
/// Draws for which a bootstrap is made, and for which widths are compared.
const SLOW: usize = 2000;

/// All populations at these numbers of cases; with `others` the methods that are not the default as well.
pub fn tabulate(sizes: &[usize], draws: usize, others: bool) -> Vec<Rates> {
    let populations = all();
    let jobs: Vec<(&Population, usize)> = populations.iter().flat_map(|p| sizes.iter().map(move |n| (p, *n))).collect();
    let half = jobs.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let run = |jobs: &[(&Population, usize)]| {
            jobs.iter().flat_map(|(population, n)| study(population, *n, draws, others)).collect::<Vec<Rates>>()
        };
        let threads: Vec<_> = jobs.chunks(half).map(|part| scope.spawn(move || run(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn study(population: &Population, n: usize, draws: usize, others: bool) -> Vec<Rates> {
    let truth = population.mean();
    let mut rng = stream(n as u64, population.name);
    let mut rates: Vec<Rates> = Vec::new();
    let mut widths: Vec<f64> = Vec::new();
    for draw in 0..draws {
        let drawn: Vec<usize> = (0..n).map(|_| below(&mut rng, population.values.len())).collect();
        let methods = methods(population, &drawn, others, draw);
        for (at, (method, inference)) in methods.iter().enumerate() {
            if rates.len() == at {
                let equivalent = (truth.abs() > 1e-12).then_some(0.0);
                let default = at == 0;
                let population = population.name;
                rates.push(Rates { population, n, method, default, equivalent, ..Rates::default() });
                widths.push(0.0);
            }
            let Some(inference) = inference else { continue };
            let rates = &mut rates[at];
            let one = |wrong: bool| f64::from(u8::from(wrong));
            let (greater, less) = (inference.p_greater(truth), inference.p_less(truth));
            rates.draws += 1;
            rates.above += one(greater < ALPHA);
            rates.below += one(less < ALPHA);
            rates.holds += one(greater.min(less) >= 0.5 * ALPHA);
            if let Some(equivalent) = &mut rates.equivalent {
                *equivalent += one(inference.p_greater(-truth.abs()).max(inference.p_less(truth.abs())) < ALPHA);
            }
            if draw < SLOW / 10 && others {
                let (low, high) = inference.interval(ALPHA);
                widths[at] += high - low;
            }
        }
    }
    let t = rates.iter().position(|r| r.method == "t").map_or(f64::NAN, |at| widths[at]);
    for (rates, width) in rates.iter_mut().zip(widths) {
        let draws = rates.draws as f64;
        for share in [Some(&mut rates.above), Some(&mut rates.below), Some(&mut rates.holds), rates.equivalent.as_mut()]
        {
            share.into_iter().for_each(|share| *share /= draws);
        }
        rates.width_to_t = width / t;
    }
    rates
}

/// What decides about a sample.
pub fn deciding(population: &Population, drawn: &[usize]) -> Inference {
    methods(population, drawn, false, 0).swap_remove(0).1.unwrap()
}

type Method = (&'static str, Option<Inference>);

/// What decides first, then what is shown where that is another, then the others.
fn methods(population: &Population, drawn: &[usize], others: bool, draw: usize) -> Vec<Method> {
    let values: Vec<f64> = drawn.iter().map(|&at| population.values[at]).collect();
    let clusters = singletons(values.len());
    let (min, max) = population.range;
    let sides = population.sides(drawn);
    let kind = if population.binary { ScoreKind::Binary } else { ScoreKind::Bounded { min: min.max(0.0), max } };
    let sample = match &sides {
        Some((candidate, baseline)) => Sample::Paired { candidate, baseline },
        None => Sample::Level(&values),
    };
    let default = default_for(kind, sample, &clusters, 30).unwrap();
    let short = |method: &'static str| method.split([',', '\'']).next().unwrap_or(method);
    let mut methods = vec![(short(default.method()), Some(default))];
    if sides.is_some() && !population.binary {
        methods.push(("shown", shown_for(kind, sample, &clusters, 30).ok()));
    }
    if others {
        // Without any spread t has no answer; then it proves nothing here.
        methods.push(("t", Inference::mean(&values, &clusters).ok()));
        let how = Resampling { resamples: 1000, seed: draw as u64, name: "study" };
        methods.push((
            "BCa",
            (draw < SLOW).then(|| Bca::mean(&values, &clusters, how).ok()).flatten().map(Inference::Bca),
        ));
        methods.push(("betting", BettingMean::new(&values, &clusters, min, max).ok().map(Inference::Bounded)));
        if population.binary && sides.is_none() {
            methods.push(("Wilson", Some(Inference::Wilson(Wilson::from_values(&values).unwrap()))));
        }
        if sides.is_some() && population.binary {
            methods.push(("Gaffke", Inference::bounded_mean(&values, min, max).ok()));
        }
    }
    methods
}
