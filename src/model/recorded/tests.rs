//! Recorded files as people write them, right and wrong.

use super::*;
use crate::model::Finish;

fn open(text: impl AsRef<[u8]>) -> Result<Recorded, crate::diagnostic::Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replies.jsonl");
    std::fs::write(&path, text).unwrap();
    Book::open(&path, "replies.jsonl").map(|book| Recorded::new(Arc::new(book), "grader".into()))
}

fn output(candidate: &str, case: &str, sample: u32) -> Ask {
    Ask::Output { candidate: candidate.into(), case: case.into(), sample }
}

fn score(case: &str, attempt: u32) -> Ask {
    let (metric, case, candidate) = ("quality".into(), case.into(), "v2".into());
    Ask::Score { metric, case, candidate, sample: 0, verdict_sample: 0, attempt, judge: None, criterion: None }
}

#[test]
fn each_kind_of_row_answers_its_ask() {
    let recorded = open(concat!(
        "\u{feff}{\"case\":\"a\",\"candidate\":\"v1\",\"text\":\"hello\",\"finish\":\"length\",\"latency_ms\":12.4,\"model\":\"m\"}\r\n",
        "\r\n",
        "{\"case\":7,\"candidate\":\"v1\",\"sample\":1,\"text\":\"\",\"note\":\"ours\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\r\n",
        "{\"case\":\"a\",\"metric\":\"quality\",\"candidate\":\"v2\",\"text\":\"4\"}\n",
        "{\"case\":\"a\",\"metric\":\"quality\",\"candidate\":\"v2\",\"criterion\":\"tone\",\"text\":\"5\"}\n",
        "   \n",
        "{\"case\":\"a\",\"metric\":\"p\",\"first\":\"v1\",\"second\":\"v2\",\"text\":\"A\"}",
    ))
    .unwrap();
    let reply = recorded.reply(&output("v1", "a", 0)).unwrap();
    assert_eq!((reply.text.as_str(), reply.finish, reply.latency_ms), ("hello", Finish::Length, Some(12)));
    assert_eq!(reply.model.as_deref(), Some("m"));
    assert_eq!(recorded.reply(&output("v1", "7", 1)).unwrap().usage.unwrap().output_tokens, 2);
    assert_eq!(recorded.unasked(), 3);
    assert!(recorded.has(&score("a", 0)));
    assert!(!recorded.has(&score("a", 1)));
    assert_eq!(recorded.unasked(), 2, "a row that was looked for counts as asked for");
    let tone = score("a", 0).with(Some(&"grader".into()), Some("tone"));
    assert_eq!(recorded.reply(&tone).unwrap().text, "5");
    let orders = |a: &str, b: &str| recorded.orders_for(&"p".into(), &"a".into(), &a.into(), &b.into());
    assert_eq!(orders("v1", "v2"), RecordedOrders::AsGiven);
    assert_eq!(orders("v2", "v1"), RecordedOrders::Swapped);
    assert_eq!(orders("v2", "v3"), RecordedOrders::Neither);
    assert_eq!(recorded.unasked(), 1, "to look for orders asks for nothing");
}

#[test]
fn what_is_not_recorded_is_named_and_never_made_up() {
    let recorded = open("{\"case\":\"a\",\"candidate\":\"v1\",\"text\":\"hello\"}").unwrap();
    let failure = recorded.reply(&score("ord-001", 0)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotRecorded);
    assert_eq!(failure.message, "no recorded reply for metric `quality`, case `ord-001`, candidate `v2`");
}

#[test]
fn a_row_for_one_judge_goes_before_a_row_for_all() {
    let text = r#"
        {"case":"a","metric":"quality","candidate":"v2","text":"for all"}
        {"case":"a","metric":"quality","candidate":"v2","judge":"grader","text":"for grader"}
        {"case":"b","metric":"quality","candidate":"v2","judge":"other","text":"for other"}"#;
    let recorded = open(text).unwrap();
    assert_eq!(recorded.reply(&score("a", 0)).unwrap().text, "for grader");
    assert!(!recorded.has(&score("b", 0)));
    let other = Recorded::new(recorded.book.clone(), "other".into());
    assert_eq!(other.reply(&score("a", 0)).unwrap().text, "for all");
    assert_eq!(other.reply(&score("b", 0)).unwrap().text, "for other");
}

#[test]
fn every_broken_row_is_named_at_once() {
    let mut text = b"{\"case\":\"\xc3\xa4\",\"candidate\":5,\"text\":\"x\"}\n".to_vec();
    text.extend_from_slice(
        concat!(
            "{\"case\":\"a\",\"candidate\":\"v1\"}\n",
            "{\"case\":\"a\",\"metric\":\"p\",\"first\":\"v1\",\"text\":\"A\"}\n",
            "{\"case\":\"a\",\"text\"\n",
            "{\"case\":\"a\",\"candidate\":\"v1\",\"text\":\"\x01\"}\n",
        )
        .as_bytes(),
    );
    text.extend_from_slice(b"{\"case\":\"\xff\"}\n");
    insta::assert_snapshot!(open(text).unwrap_err());
}

#[test]
fn a_key_twice_is_an_error_with_both_lines() {
    let row = |case: &str| format!("{{\"case\":\"{case}\",\"candidate\":\"v1\",\"text\":\"x\"}}\n");
    let text = [row("a"), String::from("\n"), row("b"), row("a"), row("a")].concat();
    insta::assert_snapshot!(open(text).unwrap_err(), @r#"
    error: two recorded replies for candidate `v1`, case `a`: lines 1 and 4
     --> replies.jsonl:4:1
      |
    4 | {"case":"a","candidate":"v1","text":"x"}
      | ^
      |
      = help: several replies to one request are told apart by `sample` and `verdict_sample`

    error: two recorded replies for candidate `v1`, case `a`: lines 1 and 5
     --> replies.jsonl:5:1
      |
    5 | {"case":"a","candidate":"v1","text":"x"}
      | ^
      |
      = help: several replies to one request are told apart by `sample` and `verdict_sample`
    "#);
}

#[test]
fn an_empty_and_an_absent_file_are_errors() {
    insta::assert_snapshot!(open("\n").unwrap_err(), @"error: replies.jsonl holds no recorded replies");
    let absent = Book::open(std::path::Path::new("/nowhere/x.jsonl"), "x.jsonl").unwrap_err().to_string();
    assert!(absent.contains("cannot read recorded replies x.jsonl: "), "{absent}");
}

#[test]
fn a_file_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    std::fs::write(&path, "{\"case\":\"a\",\"candidate\":\"v1\",\"text\":\"x\"}").unwrap();
    let recorded = Recorded::new(Arc::new(Book::open(&path, "r.jsonl").unwrap()), "m".into());
    std::fs::write(&path, "{\"case\":\"b\",\"candidate\":\"v1\",\"text\":\"x\"}").unwrap();
    assert_eq!(recorded.reply(&output("v1", "a", 0)).unwrap_err().kind, FailureKind::Unreadable);
}
