//! What is wrong with `ranking:`, and what it reads as.

use super::{Folder, GOOD, PREFERENCE, changed, replaced};
use crate::suite::{Control, RankingSpec, TieModel};

fn with(ranking: &str) -> String {
    replaced(GOOD, "\nseed:", &format!("\nranking: {ranking}\nseed:"))
}

fn mistakes(ranking: &str) -> String {
    changed("\nseed:", &format!("\nranking: {ranking}\nseed:"))
}

#[test]
fn its_words_are_known() {
    insta::assert_snapshot!(mistakes("{ties: davison, control: [size, length, length]}"));
    insta::assert_snapshot!(mistakes("{tie: half}"));
    insta::assert_snapshot!(mistakes("{control: style}"));
}

#[test]
fn something_has_to_be_ranked() {
    let listed =
        replaced(&with("{ties: davidson}"), "judge: grader, missing: tie}", "judge: grader, pairs: [[v1, v2]]}");
    insta::assert_snapshot!(Folder::new().write("karat.yaml", &listed).errors());
}

#[test]
fn graded_verdicts_are_more_than_a_model_of_ties_reads() {
    let folder = Folder::new();
    let graded = PREFERENCE.lines().filter(|line| !line.starts_with("reply")).collect::<Vec<_>>().join("\n");
    folder.write("rubrics/preference.yaml", &format!("{graded}\nreply: bracketed\ngraded: true\n"));
    insta::assert_snapshot!(folder.write("karat.yaml", &with("{ties: rao_kupper}")).errors());
}

#[test]
fn it_is_read_and_by_default_frees_of_length() {
    let read = |ranking: &str| Folder::new().write("karat.yaml", &with(ranking)).load().unwrap().ranking;
    let spec = |ties, control: &[Control]| RankingSpec { ties, control: control.to_vec() };
    let all = read("{ties: rao_kupper, control: [length, style]}");
    assert_eq!(all, spec(TieModel::RaoKupper, &[Control::Length, Control::Style]));
    assert_eq!(read("{control: []}"), spec(TieModel::Half, &[]));
    assert_eq!(read("{ties: half}"), RankingSpec::default());
}
