//! Journals made by hand → rows.

use super::*;
use crate::dataset::Case;
use crate::model::{Failure, FailureKind, Finish, Money, Reply, Taken, Usage};
use crate::run::Derived;
use crate::store::{Event, OutputRow, Status, VerdictRow};
use crate::suite::Suite;
use crate::suite::made::Folder;

fn case(id: &str, index: u64) -> Event {
    let case: Case = serde_json::from_value(serde_json::json!({"id": id, "input": "question"})).unwrap();
    Event::Case { index, case: Box::new(case) }
}

fn reply(ask: Ask, text: &str) -> Event {
    Event::Reply { index: place(&ask), ask, request: "digest".to_string(), reply: Box::new(Reply::of_text(text)) }
}

fn failed(ask: Ask, messages: &[&str]) -> Event {
    let failures = messages.iter().map(|words| Failure::new(FailureKind::Timeout, *words)).collect();
    Event::Failed { index: place(&ask), ask, request: "digest".to_string(), failures }
}

/// The outputs of `c0` that a journal needs before anything is judged.
fn answered() -> Vec<Event> {
    vec![case("c0", 0), reply(output("c0", "v1", 0), "yes"), reply(output("c0", "v2", 0), "no")]
}

fn derived(suite: &Suite, more: Vec<Event>) -> Derived {
    derive(suite, answered().into_iter().chain(more)).remove(0)
}

fn verdict<'a>(derived: &'a Derived, metric: &str, first: &str) -> &'a VerdictRow {
    derived.verdicts.iter().find(|row| row.metric == metric && row.candidate == first).unwrap()
}

#[test]
fn every_planned_row_is_there_whatever_became_of_it() {
    let suite = Folder::new().suite();
    let derived = derive(&suite, [case("c1", 1), case("c0", 0)]);
    assert_eq!(
        derived.iter().map(|d| (d.case.index, d.case.case.as_str())).collect::<Vec<_>>(),
        [(0, "c0"), (1, "c1")]
    );
    for derived in derived {
        assert_eq!((derived.outputs.len(), derived.verdicts.len()), (2, 6));
        assert!(derived.outputs.iter().all(|row| row.status == Status::Skipped && row.text.is_none()));
        assert!(derived.verdicts.iter().all(|row| row.status == Status::Skipped && row.value.is_none()));
    }
}

#[test]
fn replies_become_verdicts_and_checks() {
    let suite = Folder::new().suite();
    let derived = derived(
        &suite,
        vec![
            reply(score("c0", "v1", 0), "Fair. [[3]]"),
            reply(score("c0", "v2", 0), "[[9]]"),
            reply(preference("c0", "v1", "v2", 0), "[[A]]"),
            reply(preference("c0", "v2", "v1", 0), "[[C]]"),
        ],
    );
    let of = |metric, first| (verdict(&derived, metric, first).status, verdict(&derived, metric, first).value);
    assert_eq!(of("quality", "v1"), (Status::Ok, Some(3.0)));
    // Nine is not on a scale from one to five.
    assert_eq!(of("quality", "v2"), (Status::Unparsed, None));
    assert_eq!(of("preference", "v1"), (Status::Ok, Some(1.0)));
    assert_eq!(of("preference", "v2"), (Status::Ok, Some(0.5)));
    assert_eq!(verdict(&derived, "preference", "v1").second.as_deref(), Some("v2"));
    assert_eq!((of("right", "v1"), of("right", "v2")), ((Status::Ok, Some(1.0)), (Status::Ok, Some(0.0))));
}

#[test]
fn a_reply_that_could_not_be_read_is_mended_by_its_repair() {
    let suite = Folder::new().suite();
    let (first, again) = (score("c0", "v1", 0), score("c0", "v1", 0).repaired().unwrap());
    for (repair, status, value, repaired) in [
        (None, Status::Unparsed, None, false),
        (Some(reply(again.clone(), "[[4]]")), Status::Ok, Some(4.0), true),
        (Some(reply(again.clone(), "still nothing")), Status::Unparsed, None, true),
        (Some(failed(again.clone(), &["timeout"])), Status::Unparsed, None, false),
    ] {
        let events = [Some(reply(first.clone(), "no idea")), repair].into_iter().flatten().collect();
        let derived = derived(&suite, events);
        let row = verdict(&derived, "quality", "v1");
        assert_eq!((row.status, row.value, row.repaired), (status, value, repaired));
    }
    // A reply that could be read needs no repair, and one that is there does not count.
    let derived = derived(&suite, vec![reply(first, "[[2]]"), reply(again, "[[5]]")]);
    let row = verdict(&derived, "quality", "v1");
    assert_eq!((row.value, row.repaired), (Some(2.0), false));
}

#[test]
fn the_last_word_on_a_question_counts() {
    let suite = Folder::new().suite();
    let ask = || score("c0", "v1", 0);
    let failed_then = derived(&suite, vec![failed(ask(), &["503", "503"]), reply(ask(), "[[4]]")]);
    assert_eq!(verdict(&failed_then, "quality", "v1").value, Some(4.0));
    let twice = derived(&suite, vec![reply(ask(), "[[4]]"), reply(ask(), "[[5]]")]);
    assert_eq!(verdict(&twice, "quality", "v1").value, Some(5.0));
    let never = derived(&suite, vec![failed(ask(), &["503", "timeout"])]);
    let row = verdict(&never, "quality", "v1");
    assert_eq!((row.status, row.error.as_deref()), (Status::Error, Some("timeout (after 2 attempts)")));
}

#[test]
fn an_output_that_is_not_there_is_not_judged() {
    let suite = Folder::new().suite();
    let events = [case("c0", 0), failed(output("c0", "v1", 0), &["down"]), reply(output("c0", "v2", 0), "")];
    let derived = derive(&suite, events).remove(0);
    let status = |row: &OutputRow| (row.status, row.text.clone());
    assert_eq!(status(&derived.outputs[0]), (Status::Error, None));
    // An empty answer is an answer.
    assert_eq!(status(&derived.outputs[1]), (Status::Ok, Some(String::new())));
    assert_eq!(verdict(&derived, "right", "v1").status, Status::Skipped);
    assert_eq!(
        (verdict(&derived, "right", "v2").status, verdict(&derived, "right", "v2").value),
        (Status::Ok, Some(0.0))
    );
    assert_eq!(verdict(&derived, "preference", "v1").status, Status::Skipped);
}

#[test]
fn refusals_are_told_apart_from_errors() {
    let suite = Folder::new().suite();
    let finished = |ask: Ask, finish, text: &str| Event::Reply {
        index: place(&ask),
        ask,
        request: String::new(),
        reply: Box::new(Reply { finish, ..Reply::of_text(text) }),
    };
    for (finish, text, status, checked) in [
        (Finish::Stop, "yes", Status::Ok, Status::Ok),
        (Finish::Length, "yes, and", Status::Ok, Status::Ok),
        (Finish::Refusal, "", Status::Refused, Status::Skipped),
        (Finish::ContentFilter, " \n", Status::Refused, Status::Skipped),
        (Finish::Refusal, "I will not.", Status::Refused, Status::Ok),
    ] {
        let derived = derived(&suite, vec![finished(output("c0", "v1", 0), finish, text)]);
        assert_eq!(derived.outputs[0].status, status, "{finish:?}");
        assert_eq!(verdict(&derived, "right", "v1").status, checked, "{finish:?} {text:?}");
    }
    let refused = derived(&suite, vec![finished(score("c0", "v1", 0), Finish::Refusal, "I cannot judge this.")]);
    assert_eq!(verdict(&refused, "quality", "v1").status, Status::Refused);
}

#[test]
fn a_price_needs_tokens_and_a_repair_is_paid_for_too() {
    let suite = Folder::new().suite();
    let paid = |ask: Ask, text: &str, tokens: Option<u64>| {
        let usage = tokens.map(|n| Usage { input_tokens: n, output_tokens: n, ..Usage::default() });
        Event::Reply {
            index: place(&ask),
            ask,
            request: String::new(),
            reply: Box::new(Reply { usage, ..Reply::of_text(text) }),
        }
    };
    let ask = || score("c0", "v1", 0);
    let again = || ask().repaired().unwrap();
    for (first, second, tokens, usd) in [
        (Some(1_000_000), None, None, None),
        (None, Some(1_000_000), None, None),
        (Some(1_000_000), Some(1_000_000), Some(2_000_000), Some(6.0)),
    ] {
        let derived = derived(&suite, vec![paid(ask(), "?", first), paid(again(), "[[4]]", second)]);
        let call = &verdict(&derived, "quality", "v1").call;
        assert_eq!((call.input_tokens, call.usd), (tokens, usd));
    }
    let once = derived(&suite, vec![paid(ask(), "[[4]]", Some(1_000_000))]);
    assert_eq!(verdict(&once, "quality", "v1").call.usd, Some(3.0));
}

#[test]
fn a_failure_that_was_asked_again_is_paid_for_and_takes_nothing_from_the_answer() {
    let suite = Folder::new().suite();
    let ask = || output("c0", "v1", 0);
    let paid = |usd| Some(Box::new(Taken { usage: None, usd: Money::from_usd(usd) }));
    let failure = |usd| Failure { taken: paid(usd), ..Failure::new(FailureKind::Server, "no") };
    let first = Event::Failed { index: 0, ask: ask(), request: String::new(), failures: vec![failure(0.25)] };
    let retried = vec![failure(0.5)];
    let told = Reply { usd: Money::from_usd(1.0), latency_ms: Some(7), retried, ..Reply::of_text("yes") };
    let then = Event::Reply { index: 0, ask: ask(), request: String::new(), reply: Box::new(told) };
    let derived = derive(&suite, [case("c0", 0), first.clone(), then]).remove(0);
    let call = &derived.outputs[0].call;
    assert_eq!((derived.outputs[0].status, call.usd, call.latency_ms), (Status::Ok, Some(1.75), Some(7)));
    let never = derive(&suite, [case("c0", 0), first.clone(), first]).remove(0);
    let call = &never.outputs[0].call;
    assert_eq!((never.outputs[0].status, call.usd, call.latency_ms), (Status::Error, Some(0.5), None));
}
