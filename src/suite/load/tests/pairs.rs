//! What is wrong with the pairs that a metric compares.

use super::changed;

fn preference(pairs: &str) -> String {
    changed("judge: grader, missing: tie}", &format!("judge: grader, missing: tie, pairs: {pairs}}}"))
}

#[test]
fn they_are_words_or_lists_of_two() {
    insta::assert_snapshot!(preference("every"));
    insta::assert_snapshot!(preference("[v1, v2]"));
    insta::assert_snapshot!(preference("[[v1, v2, v3]]"));
    insta::assert_snapshot!(preference("[[v1, v2], [v2, v2], [v2, v1]]"));
    insta::assert_snapshot!(preference("[[v1, v2], [v1, v7]]"));
    insta::assert_snapshot!(preference("[]"));
}

#[test]
fn rules_need_the_pair_of_the_gate() {
    insta::assert_snapshot!(preference("[[v1, v3], [v3, v2]]"));
}

#[test]
fn scores_have_none() {
    insta::assert_snapshot!(changed("judge: grader, missing: worst}", "judge: grader, missing: worst, pairs: all}"));
}

#[test]
fn a_tournament_is_for_several_of_which_the_better_one_wins() {
    insta::assert_snapshot!(preference("tournament"));
    insta::assert_snapshot!(changed(
        "judge: grader, missing: tie}",
        "judge: grader, goal: down, missing: drop, pairs: tournament}"
    ));
}
