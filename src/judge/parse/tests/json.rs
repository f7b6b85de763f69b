//! Objects: found, broken, contradicting, by criterion, and in every scale.

use super::*;

#[test]
fn json_is_found_wherever_it_stands() {
    reads(
        &five(ReplyForm::Json),
        4.0,
        &[
            r#"{"reasoning": "fine", "score": 4}"#,
            "```json\n{\"reasoning\": \"fine\", \"score\": 4}\n```\nI hope this helps!",
            "Here is my verdict:\r\n```\r\n{\r\n  \"score\": 4\r\n}\r\n```",
            r#"<think>{"score": 1} or maybe {"score": 2}?</think>{"score": 4}"#,
            r#"so {"score": 1} it is? No.</think> {"score": 4.0}"#,
            r#"<thinking>hm</thinking> <reasoning>hm</reasoning> {"score": "4"}"#,
            r#"{"score": "4/5"}"#,
            r#"{"score": "4 out of 5"}"#,
            r#"{"score": 4} and once more: {"score": 4, "reasoning": "…"}"#,
            r#"The set {x} has braces { and so } on. {"score": 4}"#,
            r#"The answer was {"name": "x"}, so: {"score": 4}"#,
            r#"{"reasoning": "the answer ends in \"}\" and {\"score\": 1}", "score": 4}"#,
            "{\"reasoning\": \"two\nlines\tof it\", \"score\": 4}",
            r#"{"reasoning": "it writes </think> and <think>", "score": 4}"#,
            "\u{feff}{\"reasoning\": \"gut 👍 – très bien\", \"score\": 4}",
            r#"{"score": 4, "score": 4}"#,
            r#"I'm sorry to be strict. {"score": 4}"#,
        ],
    );
}

#[test]
fn json_that_is_unclear_is_unparsed() {
    refuses_to_read(
        &five(ReplyForm::Json),
        &[
            r#"{"score": 4} or {"score": 5}"#,
            r#"{"score": 4, "score": 5}"#,
            r#"{"score": 6}"#,
            r#"{"score": "4/10"}"#,
            r#"{"score": null}"#,
            r#"{"score": true}"#,
            r#"{"score": [4]}"#,
            r#"{"score": {"correct": 4}}"#,
            r#"{"score": "NaN"}"#,
            r#"{"score": 1e400}"#,
            r#"{"verdict": 4}"#,
            r#"Score: 4"#,
            // A quoted verdict inside a reply that never gets to its own.
            r#"{"reasoning": "the answer contains {"score": 5} and"#,
            r#"{"reasoning": "the answer contains {"score": 5} and", "score": 2}"#,
            "{\"reasoning\": \"the answer contains\n{\"score\": 5}",
            r#"{'score': 4} {"score": 5}"#,
            r#"<think>{"score": 4}"#,
        ],
    );
}

#[test]
fn json_criteria_are_weighted_and_all_there() {
    let rubric = with_criteria(five(ReplyForm::Json), &[("correct", 2.0), ("tone", 1.0)]);
    let found = finding(
        &rubric,
        r#"{"score": {"correct": {"reasoning": "yes", "score": 5}, "Tone": "2/5"}, "failure": "invented_fact"}"#,
    );
    assert_eq!((found.value, found.criteria["correct"], found.criteria["tone"]), (4.0, 5.0, 2.0));
    assert_eq!((found.reasoning.as_deref(), found.failure.as_deref()), (Some("correct: yes"), Some("invented_fact")));
    refuses_to_read(
        &rubric,
        &[
            r#"{"score": {"correct": 5}}"#,
            r#"{"score": {"correct": 5, "tone": null}}"#,
            r#"{"score": {"correct": 5, "tone": 6}}"#,
            r#"{"score": {"correct": 5, "tone": {"reasoning": "…"}}}"#,
            r#"{"score": 4}"#,
            r#"{"score": {"correct": 5, "tone": 2}} {"score": {"correct": 4, "tone": 4}}"#,
        ],
    );
    let one = with_criteria(five(ReplyForm::Json), &[("correct", 2.0)]);
    reads(&one, 4.0, &[r#"{"score": 4}"#, r#"{"score": {"correct": 4}}"#, r#"{"score": {"correct": {"score": 4}}}"#]);
    let weightless = with_criteria(five(ReplyForm::Json), &[("correct", 0.0), ("tone", 0.0)]);
    refuses_to_read(&weightless, &[r#"{"score": {"correct": 5, "tone": 2}}"#]);
}

#[test]
fn json_speaks_labels_yes_no_and_preferences() {
    reads(&labels(ReplyForm::Json), 3.0, &[r#"{"label": "Good"}"#, r#"{"score": "good"}"#]);
    refuses_to_read(
        &labels(ReplyForm::Json),
        &[r#"{"label": "great"}"#, r#"{"label": 3}"#, r#"{"label": "good", "score": "fair"}"#],
    );
    let by_criterion = with_criteria(labels(ReplyForm::Json), &[("a", 1.0), ("b", 1.0)]);
    reads(&by_criterion, 2.0, &[r#"{"label": {"a": "poor", "b": {"reasoning": "", "label": "good"}}}"#]);

    let yes = yes_no(ReplyForm::Json);
    reads(&yes, 1.0, &[r#"{"verdict": "Yes"}"#, r#"{"score": true}"#, r#"{"label": "1"}"#, r#"{"score": 1}"#]);
    reads(&yes, 0.0, &[r#"{"verdict": "no"}"#, r#"{"score": 0}"#, r#"{"score": "False"}"#]);
    refuses_to_read(&yes, &[r#"{"score": 0.5}"#, r#"{"score": "yes", "verdict": "no"}"#]);

    let pair = pairwise(ReplyForm::Json);
    reads(&pair, 1.0, &[r#"{"preference": "A"}"#, r#"{"preference": "a"}"#, r#"{"preference": 1}"#]);
    reads(&pair, 0.5, &[r#"{"preference": "tie"}"#, r#"{"preference": 0.5}"#]);
    reads(&pair, 0.125, &[r#"{"preference": 0.125}"#, r#"{"preference": "0.125"}"#]);
    refuses_to_read(
        &pair,
        &[r#"{"preference": "C"}"#, r#"{"preference": "equal"}"#, r#"{"preference": 2}"#, r#"{"score": 1}"#],
    );
}

#[test]
fn json_keeps_the_judges_words_and_known_failures_only() {
    let found = finding(&five(ReplyForm::Json), r#"{"explanation": "so", "score": 2, "failure": "Invented_Fact"}"#);
    assert_eq!((found.reasoning.as_deref(), found.failure.as_deref()), (Some("so"), Some("invented_fact")));
    for failure in [r#""made_up""#, "null"] {
        let reply = format!(r#"{{"score": 2, "failure": {failure}}}"#);
        assert_eq!(finding(&five(ReplyForm::Json), &reply).failure, None);
    }
}
