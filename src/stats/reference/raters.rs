//! Agreement of many raters, and of a judge with itself: the published alphas, and a model judged twice.

use std::collections::BTreeMap;

use super::super::Infer;
use super::super::bootstrap::Resampling;
use super::super::krippendorff::{Distance, Ratings};
use super::super::test_retest::Icc;
use super::*;

#[test]
fn nine_published_alphas() {
    let Some(sets) = records("human_agreement/multi_rater.jsonl.gz") else { return };
    assert_eq!(sets.len(), 9);
    for set in &sets {
        let units: Vec<Vec<f64>> = set["ratings"].as_array().unwrap().iter().map(numbers).collect();
        let ratings = Ratings::new(&units).unwrap();
        let level = if set["level"] == "nominal" { Distance::Nominal } else { Distance::Ordinal };
        let (ours, published) = (ratings.alpha(level).unwrap(), number(&set["published_alpha"]));
        assert!((ours - published).abs() < 1e-14, "{}: {ours} against {published}", set["metric"]);
        let interval = ratings.alpha(Distance::Interval).unwrap();
        assert!((interval - number(&set["alpha_interval"])).abs() < 1e-13, "{}: {interval}", set["metric"]);
        if ours < 1.0 && units.len() <= 500 {
            let how = Resampling { resamples: 200, ..Resampling::default() };
            let (low, high) = ratings.bootstrap(level, how).unwrap().interval(0.05);
            assert!(low < ours && ours < high && high - low < 0.3, "{}: {low} {high}", set["metric"]);
        }
    }
}

#[test]
fn one_model_judged_twice() {
    let Some(rows) = records("mt_bench_single/judgments.jsonl.gz") else { return };
    let mut answers: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["model"] == "mistral-orpo" && row["kind"] == "single") {
        let answer = (row["question_id"].to_string(), format!("{} {}", row["turn"], row["judge"]));
        answers.entry(answer).or_default().push(number(&row["score"]));
    }
    let scores: Vec<Vec<f64>> = answers.into_values().collect();
    assert_eq!((scores.len(), scores.iter().all(|scores| scores.len() == 2)), (160, true));
    let icc = Icc::new(&scores).unwrap();
    let same = scores.iter().filter(|scores| scores[0] == scores[1]).count();
    let (low, high) = icc.interval(0.05);
    eprintln!("judged twice: {same} of 160 the same, ICC(1) {:.3} [{low:.3}, {high:.3}]", icc.estimate());
    // With two scores each, ICC(1) is 1 - MSW / (MSW + (MSB - MSW)/2), here by the sums themselves.
    let grand = scores.iter().flatten().sum::<f64>() / 320.0;
    let within = scores.iter().map(|s| (s[0] - s[1]).powi(2) / 2.0).sum::<f64>() / 160.0;
    let between = scores.iter().map(|s| 2.0 * (0.5 * (s[0] + s[1]) - grand).powi(2)).sum::<f64>() / 159.0;
    within_of(icc.estimate(), (between - within) / (between + within));
    assert!((icc.within() - within.sqrt()).abs() < 1e-12);
}

#[track_caller]
fn within_of(ours: f64, reference: f64) {
    within(ours, reference, 1e-9);
}
