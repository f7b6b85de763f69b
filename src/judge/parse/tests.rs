//! Replies written for the tests, one a trap.

mod claims;
mod json;
mod properties;

use super::*;
use crate::suite::{Criterion, Scale, made};

fn rubric(scale: Option<Scale>, reply: ReplyForm) -> Rubric {
    Rubric { failure_categories: vec!["invented_fact".into()], ..made::rubric(scale, reply) }
}

fn five(reply: ReplyForm) -> Rubric {
    rubric(Some(Scale::Numbers { min: 1.0, max: 5.0 }), reply)
}

fn labels(reply: ReplyForm) -> Rubric {
    let labels = ["poor", "fair", "good"].map(String::from).to_vec();
    rubric(Some(Scale::Labels { labels, values: vec![1.0, 2.0, 3.0] }), reply)
}

fn yes_no(reply: ReplyForm) -> Rubric {
    rubric(Some(Scale::YesNo), reply)
}

fn pairwise(reply: ReplyForm) -> Rubric {
    rubric(None, reply)
}

fn with_criteria(mut rubric: Rubric, criteria: &[(&str, f64)]) -> Rubric {
    rubric.criteria = criteria
        .iter()
        .map(|(name, weight)| Criterion {
            name: name.to_string(),
            weight: *weight,
            description: String::new(),
            critical: false,
            levels: Default::default(),
        })
        .collect();
    rubric
}

fn pattern(expression: &str, values: &[(&str, &str)]) -> ReplyForm {
    let values = values.iter().map(|(capture, worth)| (capture.to_string(), worth.to_string())).collect();
    ReplyForm::Pattern { pattern: expression.into(), values }
}

#[track_caller]
fn finding(rubric: &Rubric, reply: &str) -> Finding {
    match read(rubric, reply) {
        Reading::Read(finding) => finding,
        other => panic!("{reply:?} → {other:?}"),
    }
}

#[track_caller]
fn reads(rubric: &Rubric, expected: f64, replies: &[&str]) {
    for reply in replies {
        assert_eq!(finding(rubric, reply).value, expected, "{reply:?}");
    }
}

#[track_caller]
fn refuses_to_read(rubric: &Rubric, replies: &[&str]) {
    for reply in replies {
        let reading = read(rubric, reply);
        assert!(matches!(reading, Reading::Unparsed(_)), "{reply:?} → {reading:?}");
    }
}

#[test]
fn bracketed() {
    let ten = rubric(Some(Scale::Numbers { min: 1.0, max: 10.0 }), ReplyForm::Bracketed);
    reads(&ten, 9.0, &["Rating: [[9]]", "[[9.0]]", "[[9/10]] … [[ 9 ]]", "see [[note]], [[A]]: [[9]]"]);
    refuses_to_read(&ten, &["Rating: [9]", "[[8]] or [[9]]", "[[11]]", "[[9/5]]", "[[]]", "[[A]]"]);
    let pair = pairwise(ReplyForm::Bracketed);
    reads(&pair, 1.0, &["[[A]]", "so [[A>B]].", "[[A >> B]]", "[[a>>b]] [[A>>B]]"]);
    reads(&pair, 0.5, &["[[C]]", "[[A=B]]"]);
    reads(&pair, 0.0, &["[[B]]", "[[B>A]]", "[[B>>A]]"]);
    refuses_to_read(&pair, &["[[A]] … [[B]]", "[[A>B]] and [[A>>B]]", "[A]", "[[7]]", "[[A]", ""]);
    reads(&labels(ReplyForm::Bracketed), 2.0, &["[[fair]]", "[[Fair]]"]);
}

#[test]
fn letter() {
    let pair = pairwise(ReplyForm::Letter);
    reads(
        &pair,
        1.0,
        &[
            "Output (a)",
            "**Output (a)**",
            "output (A).",
            "Output (a) (as it follows the instruction)",
            "Therefore, Output (a) is better.",
            "Output (a) is better.\n\nOutput (b) is not better, as it is long.",
            "Output (a) is slightly better than Output (b).",
            "Assistant (b) argues that Output (b) is better. Therefore, Output (a) is better.",
            "While Output (b) does not fail, Output (a) is better.",
            "In terms of style, Output (b) is better. Overall, Output (a) is better.",
            "**Output (a)**\nshort\n**Output (b)**\nlong\n\nTherefore, Output (a) is better.",
        ],
    );
    reads(&pair, 0.0, &["# Output (b) is better.", "Which is better, Output (a) or Output (b)?\r\nOutput (b)"]);
    refuses_to_read(
        &pair,
        &[
            "Therefore, neither output is better.",
            "Neither Output (a) nor Output (b) is better.",
            "One cannot say that Output (a) is better.",
            "I do not think that Output (a) is better.",
            "Is it clear whether Output (a) is better?",
            "Output (a) is not better.",
            "Output (a) is better if brevity matters.",
            "Output (a) is better. Therefore, Output (b) is better.",
            "Both Output (a) and Output (b) are good.",
            "Assistant (a) claims that Output (a) is better",
            "Therefore, Output (b)",
            "Output (a):\ntext\nOutput (b):\ntext",
            "Output (c)",
            "(a)",
        ],
    );
}

#[test]
fn rating() {
    let five = five(ReplyForm::Rating);
    reads(
        &five,
        4.0,
        &[
            "Rating: 4",
            "**Rating:** 4",
            "Rating: **4/5**",
            "Rating:\r\n4",
            "Score: 4/5.",
            "I rate it a 4",
            "I'd rate the whole answer as 4 out of 5.",
            "…, earning a score of 4 for coherence.",
            "I would give it a four.",
            "4",
            "4 (good)",
            "4.0",
            "four stars",
            "It is good.\n\n4/5",
            "The summary is a 4 out of 5 in terms of coherence.",
            "On a scale of 1-5, I rate it a 4.",
            "Rating (1-5): 4",
            "Clarity is a 3 out of 5. Final score: 4",
            "Score: 2 for tone. Score: 5 for facts. Overall rating: 4",
            "Not a score of 5. Rating: 4",
            "A score of 5 means perfect. Score: 4",
            "<think>maybe a 2? Rating: 2</think>Rating: 4",
            "The 3 goals of the 2-1 win are there. Score: 4",
        ],
    );
    reads(&five, 4.5, &["Final score: 4.5", "Final score: 4.5/5", "4.5"]);
    refuses_to_read(
        &five,
        &[
            "Assign a rating of 1-3.",
            "Assign a rating score of 1, 2, or 3.",
            "The rating is between 1 and 5.",
            "Rating: 3-4",
            "Rating: 3 or 4",
            "Rating: 3. Rating: 4",
            "Final score: 3. Final score: 4",
            "Rating: 8",
            "Score: 4/10",
            "Final score: 2-1 for the home team",
            "It would not earn a 5.",
            "It falls short of a score of 5.",
            "It gives the sum as 4.",
            "The sum is:\n4",
            "The correct answer is 3/5.",
            "2. The response is fine.",
            "1. Facts\n2. Tone",
            "Rating: good",
            "Rating:",
            "five-star hotel",
            "scored 3 goals",
        ],
    );
    reads(&labels(ReplyForm::Rating), 3.0, &["Rating: good", "Good", "Final rating: **Good**. It was fair."]);
    refuses_to_read(&labels(ReplyForm::Rating), &["Rating: goodish", "It is good.", "Rating: good. Rating: fair"]);
    reads(&yes_no(ReplyForm::Rating), 1.0, &["Yes.", "Score: 1", "Rating: yes"]);
    refuses_to_read(&yes_no(ReplyForm::Rating), &["Score: 0.5", "Yes, but no", "Score: 10"]);
    let named = with_criteria(self::five(ReplyForm::Rating), &[("Coherence", 1.0)]);
    reads(&named, 4.0, &["- Coherence: 4", "coherence = 4", "1. Coherence:\n4", "Coherence score: 4/5"]);
}

#[test]
fn patterns() {
    let ranked = pattern(r#""model": "(m|M)", "rank": 1\b"#, &[("m", "A"), ("M", "B")]);
    reads(&pairwise(ranked), 1.0, &[r#"[{"model": "M", "rank": 2}, {"model": "m", "rank": 1}]"#]);
    reads(&five(pattern(r"Grade ([A-E])|points (\d)", &[("A", "5")])), 5.0, &["Grade B, no: Grade A"]);
    reads(&five(pattern(r"Grade ([A-E])|points (\d)", &[("A", "5")])), 3.0, &["Grade A or points 3"]);
    reads(&five(pattern(r"\d", &[])), 2.0, &["1 2"]);
    refuses_to_read(&five(pattern(r"\d", &[])), &["none", "1 then 9"]);
    refuses_to_read(&five(pattern("(", &[])), &["(1)"]);
}

#[test]
fn refusals_are_told_from_verdicts() {
    let every = [
        five(ReplyForm::Json),
        pairwise(ReplyForm::Bracketed),
        pairwise(ReplyForm::Letter),
        five(ReplyForm::Rating),
        five(pattern(r"Grade (\d)", &[])),
    ];
    for rubric in &every {
        for reply in ["I'm sorry, but I can’t help with that.", "As an AI, I do not judge.", "I cannot compare these."]
        {
            assert_eq!(read(rubric, reply), Reading::Refused, "{reply}");
        }
    }
    reads(&five(ReplyForm::Rating), 2.0, &["I'm sorry, this is weak. Rating: 2"]);
    refuses_to_read(&five(ReplyForm::Rating), &["I'm sorry, rating: 9", "This is beyond me; I'm sorry."]);
}

#[test]
fn every_reason() {
    let two = with_criteria(five(ReplyForm::Json), &[("correct", 2.0), ("tone", 1.0)]);
    let replies: Vec<(Rubric, &str)> = vec![
        (five(ReplyForm::Json), ""),
        (five(ReplyForm::Json), "<think>hm"),
        (five(ReplyForm::Json), "a fine answer"),
        (labels(ReplyForm::Json), "a fine answer"),
        (five(ReplyForm::Json), r#"{"reasoning": "because"#),
        (five(ReplyForm::Json), r#"{"score": 4,}"#),
        (five(ReplyForm::Json), r#"{"score": 4, "score": 5}"#),
        (five(ReplyForm::Json), r#"{"score": 4} {"score": 5}"#),
        (five(ReplyForm::Json), r#"{"score": 9}"#),
        (five(ReplyForm::Json), r#"{"score": "4/10"}"#),
        (five(ReplyForm::Json), r#"{"score": "a rather long word for what should have been a number"}"#),
        (five(ReplyForm::Json), r#"{"score": null}"#),
        (two.clone(), r#"{"score": 4}"#),
        (two.clone(), r#"{"score": {"correct": 4}}"#),
        (two.clone(), r#"{"score": {"correct": 4, "tone": {}}}"#),
        (two.clone(), r#"{"score": {"correct": 4, "tone": 9}}"#),
        (two, r#"{"score": {"correct": 4, "tone": 4}} {"score": {"correct": 5, "tone": 2}}"#),
        (labels(ReplyForm::Json), r#"{"label": "great"}"#),
        (labels(ReplyForm::Json), r#"{"label": "good", "score": "fair"}"#),
        (yes_no(ReplyForm::Json), r#"{"score": "maybe"}"#),
        (pairwise(ReplyForm::Json), r#"{"preference": "C"}"#),
        (pairwise(ReplyForm::Bracketed), "neither"),
        (pairwise(ReplyForm::Bracketed), "[[A]] [[B]]"),
        (five(ReplyForm::Bracketed), "[[9]]"),
        (pairwise(ReplyForm::Letter), "neither"),
        (pairwise(ReplyForm::Letter), "Output (a) is better. So Output (b) is better."),
        (five(ReplyForm::Rating), "fine"),
        (five(ReplyForm::Rating), "Rating: 3. Rating: 4."),
        (five(ReplyForm::Rating), "Rating: 4/10"),
        (five(pattern(r"Grade (\w)", &[])), "fine"),
        (five(pattern(r"Grade (\w)", &[])), "Grade Q"),
        (five(pattern("(", &[])), "fine"),
    ];
    let reasons: Vec<String> =
        replies.iter().map(|(rubric, reply)| format!("{reply:?}: {:?}", read(rubric, reply))).collect();
    insta::assert_snapshot!(reasons.join("\n"));
}
