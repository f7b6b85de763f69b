//! What selections keep, and what they refuse.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn cases(n: usize) -> Vec<Case> {
    let topics = ["orders", "refunds", "safety"];
    (0..n)
        .map(|at| json!({"id": format!("c{at}"), "input": "", "tags": {"topic": topics[at % 3], "hard": (at % 2 == 0).to_string()}}))
        .map(|case| serde_json::from_value(case).unwrap())
        .collect()
}

fn positions(selection: &Selection, cases: &[Case]) -> Result<Vec<usize>, Diagnostics> {
    let mut sieve = Sieve::new(selection);
    let known: Vec<usize> = (0..cases.len()).filter(|at| sieve.see(&cases[*at])).collect();
    let all = cases.to_vec();
    let kept = sieve.finish(|| Ok(Box::new(all.into_iter().map(Ok))))?;
    let positions: Vec<usize> = kept.positions().collect();
    assert!(known.is_empty() || known == positions, "all are known as they go by, or none is");
    Ok(positions)
}

fn filtered(filters: &[&str]) -> Result<Vec<usize>, Diagnostics> {
    let filter = filters.iter().map(|f| parse_filter(f).unwrap()).collect();
    positions(&Selection { filter, ..Selection::default() }, &cases(9))
}

#[test]
fn every_filter_must_pass_and_a_comma_means_either() {
    assert_eq!(filtered(&[]).unwrap().len(), 9);
    assert_eq!(filtered(&["topic=safety"]).unwrap(), [2, 5, 8]);
    assert_eq!(filtered(&["topic=safety", "hard=true"]).unwrap(), [2, 8]);
    assert_eq!(filtered(&["topic=safety, refunds", "hard=true"]).unwrap(), [2, 4, 8]);
    assert_eq!(filtered(&["id=c3,c1"]).unwrap(), [1, 3]);
}

#[test]
fn a_value_that_holds_a_comma_is_meant_as_it_stands() {
    let mut cases = cases(3);
    // Whole wherever it stands, and though there are cases with its parts.
    for (at, value) in ["a", "a,b", "b"].into_iter().enumerate() {
        cases[at].tags.insert("topic".to_string(), value.to_string());
    }
    let selection = Selection { filter: vec![("topic".into(), "a,b".into())], ..Selection::default() };
    assert_eq!(positions(&selection, &cases).unwrap(), [1]);
}

#[test]
fn a_sample_is_drawn_before_the_limit_and_keeps_the_order_of_the_file() {
    let cases = cases(9);
    let sample = Selection { sample: Some(4), seed: 1, ..Selection::default() };
    let ids = |selection: &Selection| {
        positions(selection, &cases).unwrap().into_iter().map(|at| cases[at].id.to_string()).collect::<Vec<_>>()
    };
    insta::assert_snapshot!(ids(&sample).join(" "), @r"c0 c1 c7 c8");
    assert_eq!(ids(&Selection { limit: Some(2), ..sample.clone() }), ids(&sample)[..2]);
    assert_ne!(ids(&sample), ids(&Selection { seed: 2, ..sample.clone() }));
}

#[test]
fn what_no_case_has_is_told_with_what_there_is() {
    insta::assert_snapshot!(parse_filter("topic").unwrap_err(), @r"
    error: `--filter topic`: expected a tag and its value
     |
     = help: as in `--filter topic=safety`, or `--filter topic=safety,refunds` for either
    ");
    insta::assert_snapshot!(filtered(&["topci=safety", "topic=safty"]).unwrap_err(), @r"
    error: `--filter topci=safety`: no case has the tag `topci`
     |
     = help: did you mean `topic`? the tags are `hard`, `topic`

    error: `--filter topic=safty`: no case has this value: `safty`
     |
     = help: did you mean `safety`? the values of `topic` are `orders`, `refunds`, `safety`
    ");
    insta::assert_snapshot!(filtered(&["topic=safety,else"]).unwrap_err(), @r"
    error: `--filter topic=safety,else`: no case has this value: `else`
     |
     = help: the values of `topic` are `orders`, `refunds`, `safety`
    ");
    insta::assert_snapshot!(filtered(&["id=x"]).unwrap_err(), @r"
    error: `--filter id=x`: no case has this id: `x`
     |
     = help: the values of `id` are `c0`, `c1`, `c2`, `c3`, `c4`, `c5`, `c6`, `c7`, `c8`
    ");
    insta::assert_snapshot!(filtered(&["topic=safety", "topic=refunds"]).unwrap_err(), @r"
    error: the selection leaves none of the 9 cases
     |
     = help: a case passes every filter: for either of two values write `--filter topic=safety,refunds`
    ");
    insta::assert_snapshot!(positions(&Selection { limit: Some(0), ..Selection::default() }, &cases(1)).unwrap_err(), @r"
    error: the selection leaves none of the 1 cases
     |
     = help: `--limit` and `--sample` take a number from 1
    ");
}

proptest! {
    #[test]
    fn a_sample_does_not_depend_on_the_order_and_holds_every_smaller_one(n in 1_usize..40, size in 1_usize..40, seed: u64) {
        let (forward, mut backward) = (cases(n), cases(n));
        backward.reverse();
        let ids = |cases: &[Case], size| {
            let kept = positions(&Selection { sample: Some(size), seed, ..Selection::default() }, cases).unwrap();
            kept.into_iter().map(|at| cases[at].id.to_string()).collect::<BTreeSet<_>>()
        };
        let sample = ids(&forward, size);
        prop_assert_eq!(sample.len(), size.min(n));
        prop_assert_eq!(&sample, &ids(&backward, size));
        prop_assert!(sample.is_subset(&ids(&forward, size + 1)));
    }
}
