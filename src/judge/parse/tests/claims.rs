//! Lists of claims as judges write them → shares, and why some are none.

use indexmap::IndexMap;

use super::*;
use crate::suite::Mode;

fn claims() -> Rubric {
    let verdicts = IndexMap::from([("supported".to_string(), 1.0), ("not_found".to_string(), 0.0)]);
    Rubric {
        mode: Mode::Pointwise,
        failure_categories: vec!["invented".into()],
        ..pairwise(ReplyForm::Claims { verdicts })
    }
}

#[test]
fn the_score_is_the_share_of_the_claims() {
    let reply = r#"{"claims": [
        {"claim": "It opens at 9.", "reasoning": "So says the first.", "verdict": "supported"},
        {"claim": "It has a garden.", "verdict": "Not found"},
        {"claim": "It is in Graz.", "verdict": "supported"}], "failure": "invented"}"#;
    let Reading::Read(finding) = read(&claims(), reply) else { panic!("{:?}", read(&claims(), reply)) };
    assert!((finding.value - 2.0 / 3.0).abs() < 1e-15);
    assert_eq!(finding.failure.as_deref(), Some("invented"));
    let told =
        "supported: It opens at 9. (So says the first.);\nnot_found: It has a garden.;\nsupported: It is in Graz.";
    assert_eq!(finding.reasoning.as_deref(), Some(told));
}

#[test]
fn a_claim_that_cannot_be_read_leaves_the_whole_unparsed() {
    let why = |reply: &str| match read(&claims(), reply) {
        Reading::Unparsed(why) => why,
        other => panic!("{other:?}"),
    };
    let lines = [
        why(
            r#"{"claims": [{"claim": "It opens at 9.", "verdict": "supported"}, {"claim": "It shuts.", "verdict": "maybe"}]}"#,
        ),
        why(r#"{"claims": [{"claim": "It opens at 9."}]}"#),
        why(r#"{"claims": []}"#),
        why(r#"{"claims": "none"}"#),
        why(r#"{"score": 1}"#),
        why(
            r#"{"claims": [{"claim": "a", "verdict": "supported"}]} {"claims": [{"claim": "b", "verdict": "supported"}]}"#,
        ),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    claim 2, `It shuts.`: `maybe` is none of supported, not_found
    claim 1, `It opens at 9.`: `` is none of supported, not_found
    the list of claims is empty, so there is no share to take of them
    `claims` is not a list
    no object with `claims` in the reply
    two different lists of claims
    ");
}
