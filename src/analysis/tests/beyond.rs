//! Rankings, lengths and repeats, from tables made by hand.

use super::*;
use crate::analysis::made::{ONE_TO_FIVE, cases, known};
use crate::analysis::ranking::{Looks, rankings};
use crate::analysis::{Analysed, HowMany, LengthEffect, Lengths, Ranking, Study, Styles, VarianceSplit, analyse};
use crate::run::pairs;
use crate::suite::made::Folder;

fn analysed(suite: &Suite, rows: &Rows) -> Analysed {
    let tables = rows.tables();
    let told = HowMany { worst: 0, best: 0 };
    let (pairs, cards) = (pairs(suite), cards(&["quality", "preference", "right"]));
    analyse(Study {
        suite,
        pairs: &pairs,
        cards: &cards,
        tables: &tables,
        sequence: None,
        earlier: None,
        controls: &[],
        reference: &Default::default(),
        run: "r",
        told,
    })
    .unwrap()
}

/// Three candidates; outputs of the lengths that `length` gives, and preferences that `worth` gives in both orders.
fn three(n: usize, length: impl Fn(usize, &str) -> usize, worth: impl Fn(usize, &str) -> Option<f64>) -> (Suite, Rows) {
    let folder = Folder::new();
    folder.change("karat.yaml", "metrics:", "  v3: {prompt: v2.j2, model: demo}\nmetrics:");
    let mut rows = Rows::of(n);
    rows.outputs.clear();
    for index in 0..n {
        for candidate in ["v1", "v2", "v3"] {
            let text = "é".repeat(length(index, candidate));
            rows.outputs.push(output(index, candidate, 0, &text));
        }
        for second in ["v2", "v3"] {
            let worth = worth(index, second);
            rows.preference(index, "v1", second, worth.map(|worth| 1.0 - worth));
            rows.preference(index, second, "v1", worth);
        }
    }
    (folder.suite(), rows)
}

fn output(index: usize, candidate: &str, sample: u32, text: &str) -> OutputRow {
    OutputRow {
        index: index as u64,
        case: format!("c{index}").into(),
        candidate: candidate.into(),
        sample,
        status: Status::Ok,
        text: Some(text.to_string()),
        error: None,
        trace: None,
        call: CallRow::default(),
    }
}

fn looks<'a>(lengths: &'a Lengths, styles: &'a Styles) -> Looks<'a> {
    Looks { lengths, styles }
}

fn ranking(n: usize, worth: impl Fn(usize, &str) -> Option<f64>) -> Ranking {
    let (suite, rows) = three(n, |index, name| if name == "v1" { 20 } else { 10 + index % 21 }, worth);
    let mut found = analysed(&suite, &rows).analysis.ranking;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// v2 wins in two of three cases, v3 in one of three.
fn mixed(index: usize, second: &str) -> Option<f64> {
    Some(f64::from(u8::from(index % 3 < if second == "v2" { 2 } else { 1 })))
}

#[test]
fn candidates_are_ranked_with_their_chances_and_ranges() {
    let found = ranking(120, mixed);
    let order: Vec<&str> = found.candidates.iter().map(|c| c.candidate.as_str()).collect();
    assert_eq!(order, ["v2", "v1", "v3"]);
    assert_eq!((found.n, found.clusters, found.baseline.as_str()), (240, 120, "v1"));
    let best = &found.candidates[0];
    let chance = best.chance.unwrap();
    // Against the common baseline the strengths say what the win rates say.
    assert!((chance.estimate - 2.0 / 3.0).abs() < 1e-9 && chance.n == 120);
    assert!((best.strength - 2_f64.ln()).abs() < 1e-9);
    assert!(chance.low.unwrap() > 0.5 && chance.low.unwrap() < chance.estimate && chance.high.unwrap() < 0.8);
    assert_eq!((best.rank, best.best_rank, best.worst_rank), (1, Some(1), Some(1)));
    assert!(found.candidates[1].chance.is_none() && found.candidates[1].rank == 2);
    // Of a length of its own in each case, it is not the length that wins.
    let effect = found.freed.as_ref().unwrap().effects[0].log_odds;
    assert!(effect.low.unwrap() < 0.0 && effect.high.unwrap() > 0.0);
    assert!(found.candidates.iter().all(|c| c.at_equal.is_some_and(|at| at.rank == c.rank && at.se.is_some())));
    assert_eq!(ranking(120, mixed), found);
}

#[test]
fn what_cannot_be_ranked_is_said_with_names() {
    let always = ranking(40, |index, second| if second == "v3" { Some(1.0) } else { mixed(index, second) });
    assert!(always.candidates.is_empty());
    assert!(
        always.method.contains("in the order v3 > v1, v2, none ever lost to or tied with one behind it"),
        "{always:?}"
    );
    let apart = ranking(40, |index, second| if second == "v3" { None } else { mixed(index, second) });
    assert!(apart.method.contains("joins v1, v2 with v3"), "{}", apart.method);
    let one = ranking(1, mixed);
    assert!(one.candidates.is_empty() && !one.method.is_empty());
}

#[test]
fn many_clusters_are_summed_in_groups() {
    // More than the groups there are: every group has two or three cases.
    let n = 25_000;
    let worths = |wins: usize| (0..n).map(|i| Some(f64::from(u8::from(i * 7 % 10 < wins)))).collect::<Vec<_>>();
    let mut data = cases(n).preferred("preference", &worths(6));
    let scores = data.metrics.get_mut("preference").unwrap();
    scores.preferences.insert(("v1".into(), "v3".into()), worths(3).into_iter().collect());
    let (suite, _) = three(1, |_, _| 1, |_, _| None);
    let found = rankings(&suite, &data, looks(&Lengths::default(), &Styles::default()), 0.05).remove(0);
    assert_eq!((found.n, found.clusters), (50_000, 10_000));
    let chances: Vec<f64> = found.candidates.iter().filter_map(|c| c.chance).map(|c| c.estimate).collect();
    assert!((chances[0] - 0.6).abs() < 1e-9 && (chances[1] - 0.3).abs() < 1e-9);
}

#[test]
#[ignore = "takes half a minute without optimisation"]
fn a_million_cases_do_not_take_minutes() {
    let n = 1_000_000;
    let worths = |wins: usize| (0..n).map(|i| Some(f64::from(u8::from(i * 7 % 10 < wins)))).collect::<Vec<_>>();
    let mut data = cases(n).preferred("preference", &worths(6));
    let scores = data.metrics.get_mut("preference").unwrap();
    scores.preferences.insert(("v1".into(), "v3".into()), worths(3).into_iter().collect());
    let (suite, _) = three(1, |_, _| 1, |_, _| None);
    let lengths =
        Lengths::made(n, &["v1", "v2", "v3"], |case, name| if name == "v1" { 100 } else { 75 + case * 31 % 61 });
    let begun = std::time::Instant::now();
    let ranking = rankings(&suite, &data, looks(&lengths, &Styles::default()), 0.05);
    let ranked = begun.elapsed();
    let effects = crate::analysis::length::effects(&suite, &data, &lengths, &pairs(&suite), 0.05);
    eprintln!("a million cases, three candidates: ranking {ranked:.1?}, length {:.1?}", begun.elapsed() - ranked);
    assert!(ranking[0].candidates.iter().all(|candidate| candidate.at_equal.is_some()));
    assert!(effects.iter().all(|effect| effect.controlled_win_rate.is_some_and(|share| share.low.is_some())));
    assert!(effects.iter().all(|effect| (2500..5100).contains(&effect.n)), "{effects:?}");
    assert!(begun.elapsed().as_secs() < 60);
}

fn lengths(
    n: usize,
    length: impl Fn(usize, &str) -> usize,
    worth: impl Fn(usize, &str) -> Option<f64>,
) -> LengthEffect {
    let (suite, rows) = three(n, length, worth);
    let found = analysed(&suite, &rows).analysis.length;
    let pairs: Vec<_> = found.iter().map(|e| (e.metric.as_str(), e.candidate.as_str())).collect();
    // No case has a score of `quality`.
    assert_eq!(pairs, [("preference", "v2"), ("preference", "v3")]);
    found.into_iter().next().unwrap()
}

#[test]
fn what_length_wins_is_taken_off() {
    // The longer output wins, but for every fifth case; the candidate is longer in two of three.
    let longer = |index: usize| !index.is_multiple_of(3);
    let length = |index: usize, name: &str| {
        100 + if name == "v1" {
            0
        } else if longer(index) {
            7 * (index % 9 + 1)
        } else {
            0
        } - if name != "v1" && !longer(index) { 30 } else { 0 }
    };
    let found = lengths(200, length, |index, _| Some(f64::from(u8::from(longer(index) != index.is_multiple_of(5)))));
    let controlled = found.controlled_win_rate.unwrap();
    assert!(found.win_rate.unwrap() > 0.58 && controlled.estimate < found.win_rate.unwrap() - 0.05, "{found:?}");
    assert!(controlled.low.unwrap() < controlled.estimate && controlled.estimate < controlled.high.unwrap());
    assert!(found.coefficient.unwrap() > 1.0 && found.extrapolates == Some(false) && found.problem.is_none());
    assert!((found.longer.unwrap() - 2.0 / 3.0).abs() < 0.01);
    assert!(found.correlation.is_none() && found.n == 200);
}

#[test]
fn lengths_that_tell_nothing_are_said() {
    let same = lengths(60, |_, _| 50, mixed);
    assert!(same.controlled_win_rate.is_none() && same.win_rate.is_some());
    assert!(same.problem.unwrap().contains("differ in length by the same"));
    let always = lengths(60, |index, name| 50 + if name == "v1" { 0 } else { index % 7 }, |_, _| Some(1.0));
    assert!(always.problem.is_some() && always.controlled_win_rate.is_none(), "{always:?}");
    let seldom = lengths(
        60,
        |index, name| 50 + if name == "v1" { 3 } else { index % 7 },
        |index, _| Some(f64::from(u8::from(index % 15 != 0))),
    );
    assert!(seldom.problem.unwrap().contains("five wins and five losses"));
    assert!(seldom.controlled_win_rate.is_some_and(|share| share.low.is_none()));
    let never = lengths(60, |index, name| if name == "v1" { 10 } else { 11 + 9 * (index % 7) }, mixed);
    assert!(never.problem.unwrap().contains("the longer one in every case"));
    assert!(never.controlled_win_rate.is_none() && never.shorter == Some(0.0));
    let beyond = lengths(60, |index, name| if name == "v1" { 14 } else { 11 + 9 * (index % 7) }, mixed);
    assert!(beyond.extrapolates == Some(true) && beyond.controlled_win_rate.is_some(), "{beyond:?}");
}

#[test]
fn scores_may_go_with_length() {
    let mut rows = Rows::of(80);
    rows.outputs.clear();
    for index in 0..80 {
        let (length, noise) = (index * 13 % 40, (index * 7 % 5) as f64 / 4.0);
        rows.outputs.push(output(index, "v1", 0, &"x".repeat(20)));
        rows.outputs.push(output(index, "v2", 0, &"x".repeat(length)));
        rows.score(index, "v1", Some(2.0));
        rows.score(index, "v2", Some(1.0 + length as f64 / 20.0 + noise));
    }
    let found = analysed(&Folder::new().suite(), &rows).analysis.length;
    assert_eq!(found.len(), 1);
    let share = found[0].correlation.unwrap();
    assert!(share.low.unwrap() > 0.5 && share.estimate < 0.99 && found[0].win_rate.is_none());
}

/// Scores of which a part belongs to the case, one to the output and one to the verdict.
fn repeated(case: f64, output: f64, verdict: f64) -> Vec<VarianceSplit> {
    let folder = Folder::new();
    folder.change("karat.yaml", "seed: 1", "seed: 1\nrepeat: 3");
    let suite =
        folder.change("karat.yaml", "quality.yaml, judge: demo", "quality.yaml, judge: demo, repeat: 2").suite();
    let mut rows = Rows::of(50);
    let noise = |seed: usize| ((seed * 7919 + 104_729) % 1013) as f64 / 1013.0 - 0.5;
    for index in 0..50 {
        for (side, name) in ["v1", "v2"].into_iter().enumerate() {
            for sample in 0..3 {
                for vote in 0..2 {
                    let of_output = noise(1000 + (index * 3 + sample) * 2 + side);
                    let of_verdict = noise(9000 + ((index * 3 + sample) * 2 + vote) * 2 + side);
                    let own = if side == 1 { noise(index) } else { 0.0 };
                    let value = 3.0 + case * own + output * of_output + verdict * of_verdict;
                    let row = rows.score(index, name, Some(value));
                    (row.sample, row.verdict_sample) = (sample as u32, vote as u32);
                }
            }
        }
    }
    analysed(&suite, &rows).analysis.variance
}

#[test]
fn the_spread_is_split_where_there_are_repeats() {
    let found = repeated(3.0, 0.2, 0.2);
    assert_eq!(found.len(), 1, "{found:?}");
    let split = &found[0];
    assert_eq!((split.metric.as_str(), split.baseline.as_deref(), split.n), ("quality", Some("v1"), (50, 300, 600)));
    let of_cases = 9.0 / 12.0;
    assert!((split.case.unwrap() / of_cases - 1.0).abs() < 0.25, "{split:?}");
    let next = split.next.as_ref().unwrap();
    // Only more cases help: the interval is 50 cases wide whatever is repeated.
    assert_eq!((next.samples, next.votes), (1, 1));
    assert!(next.cases > 50 && next.least_by_repeats > next.wanted && next.usd.is_none());
    assert_eq!(next.calls, next.cases * 4);
    assert_eq!((next.wanted_by, next.wanted), ("margin", 0.1));
}

#[test]
fn noise_of_the_judge_asks_for_votes_or_cases_and_a_part_below_zero_is_said() {
    let split = repeated(0.0, 0.0, 3.0).remove(0);
    assert!(split.verdict.unwrap() > 10.0 * split.case.unwrap(), "{split:?}");
    assert!(split.below_zero.iter().all(|part| ["case", "output"].contains(part)));
    let next = split.next.unwrap();
    assert!(next.least_by_repeats < next.wanted, "{next:?}");
}

#[test]
fn nothing_is_split_or_ranked_without_repeats_or_rivals() {
    let data = cases(10).pair("quality", ONE_TO_FIVE, &known(&[2.0; 10]), &known(&[3.0; 10]));
    assert!(data.metrics.contains_key("quality"));
    let mut rows = Rows::of(4);
    for index in 0..4 {
        rows.both(index, Some(1.0), Some(0.0));
        rows.score(index, "v1", Some(2.0));
    }
    let found = analysed(&Folder::new().suite(), &rows).analysis;
    assert!(found.ranking.is_empty() && found.variance.is_empty());
    assert!(found.length.iter().all(|effect| effect.controlled_win_rate.is_none() && effect.problem.is_some()));
}
