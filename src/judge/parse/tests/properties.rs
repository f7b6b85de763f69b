//! What holds for every reply.

use proptest::prelude::*;

use super::*;

fn any_rubric() -> impl Strategy<Value = Rubric> {
    let forms = prop_oneof![
        Just(ReplyForm::Json),
        Just(ReplyForm::Bracketed),
        Just(ReplyForm::Letter),
        Just(ReplyForm::Rating),
        Just(pattern(r"(?i)([a-z0-9./-]+)\W*$", &[])),
    ];
    (forms, 0..4).prop_map(|(form, scale)| match (scale, &form) {
        (_, ReplyForm::Letter) | (0, _) => pairwise(form),
        (1, _) => five(form),
        (2, _) => labels(form),
        _ => yes_no(form),
    })
}

/// Text that is likely to hit a grammar, mixed with any text.
fn any_reply() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("{\"score\": ".to_string()),
        Just("{\"label\": \"good\"}".to_string()),
        Just("{\"preference\": ".to_string()),
        Just("}".to_string()),
        Just("[[".to_string()),
        Just("]]".to_string()),
        Just("A>B".to_string()),
        Just("Rating: ".to_string()),
        Just("Final score of ".to_string()),
        Just("I give it a ".to_string()),
        Just(" out of ".to_string()),
        Just(" stars".to_string()),
        Just("Output (a) is better. ".to_string()),
        Just("Output (b)\n".to_string()),
        Just("<think>".to_string()),
        Just("</think>".to_string()),
        Just("I’m sorry".to_string()),
        (-3i32..12).prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        any::<String>(),
        "[ -~\\n]{0,12}",
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn whatever_is_read_is_on_the_scale(rubric in any_rubric(), reply in any_reply()) {
        if let Reading::Read(found) = read(&rubric, &reply) {
            let (min, max) = rubric.scale.as_ref().map_or((0.0, 1.0), Scale::bounds);
            prop_assert!((min..=max).contains(&found.value), "{} from {reply:?}", found.value);
        }
    }

    #[test]
    fn a_weighted_mean_is_on_the_scale(a in 1.0..=5.0f64, b in 1.0..=5.0f64, v in 0.001..1e6f64, w in 0.001..1e6f64) {
        let rubric = with_criteria(five(ReplyForm::Json), &[("a", v), ("b", w)]);
        let found = finding(&rubric, &serde_json::json!({"score": {"a": a, "b": b}}).to_string());
        prop_assert!((a.min(b)..=a.max(b)).contains(&found.value));
    }

    #[test]
    fn a_json_verdict_survives_any_prose(
        score in 1.0..=5.0f64,
        reasoning in any::<String>(),
        before in "[^{}<`]{0,80}",
        after in "[^{}<`]{0,80}",
    ) {
        let object = serde_json::json!({"reasoning": reasoning, "score": score});
        let found = finding(&five(ReplyForm::Json), &format!("{before}{object}{after}"));
        prop_assert_eq!(found.value, score);
        prop_assert_eq!(found.reasoning.as_deref(), Some(reasoning.as_str()));
    }
}
