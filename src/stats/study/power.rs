//! Planned power against that of the very rules on samples of real judgments.

use super::super::Infer;
use super::super::clusters::singletons;
use super::super::planning::{Claim, Rule, Scores, Shape};
use super::super::rng::{below, stream};
use super::populations::{Population, all};
use super::rates::deciding;

const ALPHA: f64 = 0.05;
/// What is planned for.
const WANTED: f64 = 0.8;

/// What was planned and what was found, for one rule on samples of one size.
#[derive(Debug)]
pub struct Planned {
    pub population: &'static str,
    pub n: usize,
    pub margin: f64,
    pub planned: f64,
    pub found: f64,
}

/// `not_worse_by` and `at_least` with the margin that is planned to be passed with 80 % at each number of cases, held
/// against samples of the population.
pub fn planned(sizes: &[usize], draws: usize) -> Vec<Planned> {
    let populations = all();
    let real = populations.iter().filter(|population| !population.name.starts_with("made up"));
    let mut found = Vec::new();
    for (population, n) in real.flat_map(|population| sizes.iter().map(move |n| (population, *n))) {
        found.extend(one(population, n, draws));
    }
    found
}

fn one(population: &Population, n: usize, draws: usize) -> Option<Planned> {
    let (truth, cases) = (population.mean(), n as f64);
    let rule = |x: f64| Rule { scores: scores(population), claim: Claim::Above(x), alpha: ALPHA };
    // The threshold below the truth that such a sample just reaches.
    let (mut near, mut far) = (truth, population.range.0.max(truth - 1.0));
    if population.binary && population.sides(&[]).is_none() {
        far = 0.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (near + far);
        if rule(middle).power(truth, cases).ok()? >= WANTED { far = middle } else { near = middle }
    }
    let planned = rule(far).power(truth, cases).ok()?;
    let mut rng = stream(n as u64, population.name);
    let passed = (0..draws).filter(|_| {
        let drawn: Vec<usize> = (0..n).map(|_| below(&mut rng, population.values.len())).collect();
        deciding(population, &drawn).p_greater(far) < ALPHA
    });
    let found = passed.count() as f64 / draws as f64;
    Some(Planned { population: population.name, n, margin: truth - far, planned, found })
}

fn scores(population: &Population) -> Scores {
    let values = &population.values;
    let share = |wanted: fn(f64) -> bool| values.iter().filter(|v| wanted(**v)).count() as f64 / values.len() as f64;
    let everything: Vec<usize> = (0..values.len()).collect();
    match (population.binary, population.sides(&everything)) {
        (true, None) => Scores::Rate,
        (true, Some((new, old))) => {
            let neither = new.iter().zip(&old).filter(|(new, old)| **new == 0.0 && **old == 0.0).count();
            Scores::Pairs { discordant: share(|v| v != 0.0), neither: neither as f64 / values.len() as f64 }
        }
        (false, _) => {
            let Shape { sd, skewness } = Shape::of_run(values, &singletons(values.len())).unwrap();
            let (min, max) = population.range;
            Scores::Bounded { sd, skewness, min, max }
        }
    }
}
