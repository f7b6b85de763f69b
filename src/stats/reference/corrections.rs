//! Corrections of a judge by labels: Rogan-Gladen, and PPI++ with its coverage on real labels and on a simulation.

use rand::Rng;

use super::super::dist::normal_quantile;
use super::super::prediction_powered::{Case, PredictionPowered};
use super::super::rng::{below, shuffle, stream};
use super::super::rogan_gladen::{Hits, RoganGladen};
use super::super::{Infer, Inference};
use super::*;

#[test]
fn rogan_gladen() {
    let Some(block) = block("rogan_gladen") else { return };
    for case in block["cases"].as_array().unwrap() {
        let hits = |rate: &str, n: &str| Hits { rate: number(&case[rate]), n: number(&case[n]) };
        let found = RoganGladen::new(hits("p", "n"), hits("sensitivity", "m1"), hits("specificity", "m0")).unwrap();
        close(found.estimate(), &case["theta"]);
        let (low, high) = found.limits(normal_quantile(0.975));
        close(low, &case["lang_reiczigel_ci"][0]);
        close(high, &case["lang_reiczigel_ci"][1]);
        // Its delta method takes the rate before it is cut to 1.
        if number(&case["theta"]) < 1.0 {
            close(found.se().unwrap(), &case["delta_se"]);
        }
    }
}

/// Judge and oracle of the base policy; the oracle is known for 480 of 1,000.
fn base() -> Option<Vec<Case>> {
    let rows = records("cje_arena/scores.jsonl")?;
    let case = |(at, row): (usize, &Value)| Case {
        judge: number(&row["base"]),
        human: row["base_oracle"].as_f64(),
        cluster: at as u32,
    };
    Some(rows.iter().enumerate().map(case).collect())
}

#[test]
fn the_judge_of_cje_arena_is_corrected_to_the_published_level() {
    let (Some(cases), Some(block)) = (base(), block("ppi_cje_base_oracle")) else { return };
    let found = PredictionPowered::new(&cases).unwrap();
    close(found.lambda(), &block["ppi_pp_lambda"]);
    close(found.judged(), &block["judge_mean_all"]);
    let inference = found.inference();
    close(inference.estimate(), &block["ppi_pp_mean"]);
    // The package divides by n and not n - 1, and takes the normal distribution for t; with the degree for lambda that is 0.4 % of the width here.
    let width = number(&block["ppi_pp_ci95"][1]) - number(&block["ppi_pp_ci95"][0]);
    let (low, high) = inference.interval(0.05);
    assert!(((high - low) / width - 1.0).abs() < 0.006, "{low} {high}");
    eprintln!("base level corrected: {:.4} [{low:.4}, {high:.4}], lambda {:.4}", inference.estimate(), found.lambda());
    let round = |x: f64| (1e3 * x).round() / 1e3;
    assert_eq!((round(inference.estimate()), round(low), round(high)), (0.755, 0.736, 0.775));
}

/// How often the corrected 95 % interval holds the truth over samples that a function draws.
fn coverage(draws: u64, truth: f64, mut sample: impl FnMut(u64) -> Vec<Case>) -> f64 {
    let holds = |seed: u64| {
        let (low, high) = PredictionPowered::new(&sample(seed)).unwrap().inference().interval(0.05);
        usize::from(low <= truth && truth <= high)
    };
    (0..draws).map(holds).sum::<usize>() as f64 / draws as f64
}

#[test]
fn the_corrected_level_covers_real_labels() {
    let Some(cases) = base() else { return };
    let labelled: Vec<Case> = cases.into_iter().filter(|case| case.human.is_some()).collect();
    let truth = labelled.iter().filter_map(|case| case.human).sum::<f64>() / labelled.len() as f64;
    for (n, labels) in [(200, 40), (400, 100), (1000, 300)] {
        let covered = coverage(1000, truth, |seed| {
            let mut rng = stream(seed, "cases");
            let draw = |at: usize, rng: &mut _| {
                let case = labelled[below(rng, labelled.len())];
                Case { human: case.human.filter(|_| at < labels), cluster: at as u32, ..case }
            };
            (0..n).map(|at| draw(at, &mut rng)).collect()
        });
        eprintln!("level, {labels} labels of {n} cases: the corrected interval holds {:.1} %", 100.0 * covered);
        assert!(covered >= 0.94, "{labels} of {n}: {covered}");
    }
}

/// A simulation, not data: two candidates whose human scores differ by 0.05, and a judge that likes the second 0.1 too well.
#[test]
fn the_corrected_difference_covers_in_a_simulation() {
    const TRUTH: f64 = 0.05;
    let uniform = |rng: &mut rand_pcg::Pcg64| rng.next_u64() as f64 / u64::MAX as f64 - 0.5;
    for (n, labels, per_cluster) in [(200, 50, 1), (400, 120, 3)] {
        let draw = |seed: u64| {
            let mut rng = stream(seed, "simulation");
            let mut chosen: Vec<usize> = (0..n).collect();
            shuffle(&mut chosen, seed, "labelled");
            let mut shared = 0.0;
            let mut cases: Vec<Case> = (0..n)
                .map(|at| {
                    if at % per_cluster == 0 {
                        shared = 0.3 * uniform(&mut rng);
                    }
                    let human = TRUTH + shared + 0.4 * uniform(&mut rng);
                    let judge = human + 0.1 + 0.3 * uniform(&mut rng);
                    Case { judge, human: Some(human), cluster: (at / per_cluster) as u32 }
                })
                .collect();
            chosen.iter().skip(labels).for_each(|at| cases[*at].human = None);
            cases
        };
        let corrected = coverage(3000, TRUTH, draw);
        let raw = (0..200_u64).filter(|seed| {
            let cases = draw(*seed);
            let (judge, clusters): (Vec<f64>, Vec<u32>) = cases.iter().map(|case| (case.judge, case.cluster)).unzip();
            let (low, high) = Inference::mean_difference(&judge, &clusters).unwrap().interval(0.05);
            low <= TRUTH && TRUTH <= high
        });
        let raw = raw.count() as f64 / 200.0;
        eprintln!(
            "simulated difference, {labels} labels of {n}: {:.1} % (raw {:.1} %)",
            100.0 * corrected,
            100.0 * raw
        );
        assert!(corrected >= 0.94 && raw < 0.1, "{corrected} {raw}");
    }
}
