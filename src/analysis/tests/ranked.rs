//! Rankings with ties as outcomes of their own, and freed of the looks of outputs, from scores made by hand.

use super::*;
use crate::analysis::made::cases;
use crate::analysis::ranking::{Looks, rankings};
use crate::analysis::{Lengths, Ranked, Ranking, Styles};
use crate::suite::made::Folder;
use crate::suite::{Control, RankingSpec, TieModel};

const NAMES: [&str; 3] = ["v1", "v2", "v3"];

/// Headers, list items and bold passages.
type Marks = [usize; 3];

/// Three candidates; `worth` says what a case is worth to v2 and v3 against v1.
fn ranked(
    spec: RankingSpec,
    n: usize,
    worth: impl Fn(usize, &str) -> f64,
    looks: impl Fn(usize, &str) -> (usize, Marks),
) -> Ranking {
    let folder = Folder::new();
    folder.change("karat.yaml", "metrics:", "  v3: {prompt: v2.j2, model: demo}\nmetrics:");
    let suite = Suite { ranking: spec, ..folder.suite() };
    let worths = |name: &str| (0..n).map(|case| Some(worth(case, name))).collect::<Vec<_>>();
    let mut data = cases(n).preferred("preference", &worths("v2"));
    let scores = data.metrics.get_mut("preference").unwrap();
    scores.preferences.insert(("v1".into(), "v3".into()), worths("v3").into_iter().collect());
    let lengths = Lengths::made(n, &NAMES, |case, name| looks(case, name).0);
    let styles = Styles::made(n, &NAMES, |case, name| looks(case, name).1);
    rankings(&suite, &data, Looks { lengths: &lengths, styles: &styles }, 0.05).remove(0)
}

fn of<'a>(found: &'a Ranking, name: &str) -> &'a Ranked {
    found.candidates.iter().find(|candidate| candidate.candidate == name).unwrap()
}

fn spec(ties: TieModel, control: &[Control]) -> RankingSpec {
    RankingSpec { ties, control: control.to_vec() }
}

/// The same text of every candidate, so that there is nothing to take out.
fn alike(_: usize, _: &str) -> (usize, Marks) {
    (100, [1, 1, 1])
}

/// v2 wins six of ten cases, ties two and loses two; v3 wins three, ties two and loses five.
fn with_ties(case: usize, name: &str) -> f64 {
    let at = case * 7 % 10;
    let wins = if name == "v2" { 6 } else { 3 };
    if at < wins {
        1.0
    } else if at < wins + 2 {
        0.5
    } else {
        0.0
    }
}

#[test]
fn each_model_of_ties_gives_the_win_rates_that_were_seen() {
    let half = ranked(spec(TieModel::Half, &[]), 200, with_ties, alike);
    assert!(half.ties.is_none() && half.freed.is_none());
    for model in [TieModel::Davidson, TieModel::RaoKupper] {
        let found = ranked(spec(model, &[]), 200, with_ties, alike);
        let ties = found.ties.unwrap();
        // As many ties as there were; between equals there would be more.
        assert!((0.2..0.3).contains(&ties.between_equals) && ties.parameter > 0.0, "{ties:?}");
        for (name, seen) in [("v2", 0.7), ("v3", 0.4)] {
            let (ours, plain) = (of(&found, name).chance.unwrap(), of(&half, name).chance.unwrap());
            assert!((plain.estimate - seen).abs() < 1e-9, "{plain:?}");
            // The models bind ties to strengths, so the two pairs are not fitted one by one.
            assert!((ours.estimate - seen).abs() < 0.01, "{model:?} {ours:?}");
            let (low, high) = (ours.low.unwrap(), ours.high.unwrap());
            let width = plain.high.unwrap() - plain.low.unwrap();
            assert!(
                low < ours.estimate && ours.estimate < high && ((high - low) / width - 1.0).abs() < 0.1,
                "{ours:?}"
            );
        }
        assert!(found.method.contains("ties by"), "{}", found.method);
    }
}

#[test]
fn a_model_of_ties_counts_a_case_by_the_side_on_which_its_verdicts_lie() {
    let leaning = |case: usize, name: &str| match with_ties(case, name) {
        1.0 => 0.75,
        0.0 => 1.0 / 3.0,
        tie => tie,
    };
    let davidson = spec(TieModel::Davidson, &[]);
    let (whole, found) = (ranked(davidson.clone(), 200, with_ties, alike), ranked(davidson, 200, leaning, alike));
    assert_eq!(found.candidates, whole.candidates);
}

#[test]
fn without_a_tie_the_models_agree_and_with_nothing_else_they_say_so() {
    let decided = |case: usize, name: &str| with_ties(case, name).round();
    let half = ranked(spec(TieModel::Half, &[]), 100, decided, alike);
    let davidson = ranked(spec(TieModel::Davidson, &[]), 100, decided, alike);
    assert_eq!(davidson.candidates, half.candidates);
    assert_eq!(davidson.ties.map(|ties| (ties.parameter, ties.between_equals)), Some((0.0, 0.0)));
    let tied = ranked(spec(TieModel::RaoKupper, &[]), 100, |_, _| 0.5, alike);
    assert!(tied.candidates.is_empty() && tied.method.contains("every case is a tie"), "{}", tied.method);
}

/// v2 is wordy in every second case, v3 bold in every third, in patterns of their own.
fn dressed(case: usize, name: &str) -> (usize, Marks) {
    let bold = if name == "v3" { [2, 0, 1, 0, 3][case % 5] } else { case * 5 % 3 };
    let length = if name == "v2" { 60 + case * 13 % 90 } else { 100 };
    (length, [0, case * 3 % 4, bold])
}

/// The judge takes whoever holds more bold passages, but for every sixth case, and cares for nothing else.
fn for_bold(case: usize, name: &str) -> f64 {
    let (own, other) = (dressed(case, name).1[2], dressed(case, "v1").1[2]);
    let liked = if own == other { case.is_multiple_of(2) } else { own > other };
    f64::from(u8::from(liked != (case * 7).is_multiple_of(6)))
}

#[test]
fn what_marks_win_is_taken_off_and_named() {
    let found = ranked(spec(TieModel::Half, &[Control::Length, Control::Style]), 300, for_bold, dressed);
    let freed = found.freed.as_ref().unwrap();
    assert_eq!((freed.of.as_str(), &freed.problem), ("length and style", &None));
    let effects: Vec<&str> = freed.effects.iter().map(|effect| effect.of.as_str()).collect();
    assert_eq!(effects, ["length", "bold passages"]);
    // No output has a header, and all of a case as many list items.
    assert_eq!(
        freed.left_out,
        ["headers: both outputs of every pair hold as many", "list items: both outputs of every pair hold as many"]
    );
    let (length, bold) = (freed.effects[0].log_odds, freed.effects[1].log_odds);
    assert!(length.low.unwrap() < 0.0 && length.high.unwrap() > 0.0, "{length:?}");
    assert!(bold.low.unwrap() > 0.5, "{bold:?}");
    for candidate in &found.candidates {
        let at_equal = candidate.at_equal.unwrap();
        assert!(at_equal.strength.abs() < candidate.strength.abs() + 0.3 && at_equal.se.unwrap() > 0.0);
        assert_eq!(at_equal.chance.is_some(), candidate.chance.is_some());
    }
    // Freed of length alone, the liking for bold stays in the strengths.
    let by_length = ranked(spec(TieModel::Half, &[Control::Length]), 300, for_bold, dressed);
    let strength = |found: &Ranking, name: &str| of(found, name).at_equal.unwrap().strength;
    assert!((strength(&by_length, "v3") - strength(&found, "v3")).abs() > 0.05);
    let both = ranked(spec(TieModel::Davidson, &[Control::Style]), 300, for_bold, dressed);
    assert_eq!(both.freed.as_ref().unwrap().of, "style");
    assert!(both.candidates.iter().all(|candidate| candidate.at_equal.is_some()));
}

#[test]
fn what_cannot_be_taken_out_is_said() {
    let found = ranked(spec(TieModel::Half, &[Control::Length, Control::Style]), 90, with_ties, alike);
    let freed = found.freed.unwrap();
    assert_eq!((freed.left_out.len(), freed.problem.as_deref()), (4, Some("nothing could be taken out")));
    assert!(found.candidates.iter().all(|candidate| candidate.at_equal.is_none()));
    let longer = |_: usize, name: &str| (if name == "v1" { 10 } else { 90 }, [0, 0, 0]);
    let found = ranked(spec(TieModel::Half, &[Control::Length]), 90, with_ties, longer);
    assert_eq!(found.freed.unwrap().left_out, ["length: one side of nearly all pairs is the longer one"]);
}
