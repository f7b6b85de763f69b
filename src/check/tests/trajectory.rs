//! Checks on tool calls, steps and documents: what passes, what fails, and what cannot be scored.

use serde_json::json;

use super::*;
use crate::suite::{ArgumentsMode, SequenceMode, ToolMode};
use crate::trace::Trace;

fn traced(trace: Value) -> Reply {
    let fields = trace.as_object().unwrap().clone();
    Reply { trace: Trace::read(&fields).unwrap().map(Box::new), ..Reply::of_text("done") }
}

fn trip() -> Reply {
    traced(json!({
        "tool_calls": [
            {"name": "search", "arguments": {"city": "Rome", "nights": 3.0, "who": {"adults": 2, "children": 0}}},
            {"name": "search", "arguments": {"city": "Bari"}},
            {"name": "book", "arguments": {"id": 7}},
            {"name": "search", "arguments": {"city": "Bari"}},
        ],
        "steps": [{"name": "plan", "kind": "prompt"}, "act", "act"],
        "contexts": [{"id": "a", "text": ""}, {"id": "b", "text": ""}],
    }))
}

fn line(kind: CheckKind, reply: &Reply) -> String {
    match checker(kind).score(&Subject { reply, case: &gold(), usd: None, told: None }) {
        Ok(result) => format!("{} {}", result.value, result.detail),
        Err(error) => format!("error: {error}"),
    }
}

fn gold() -> Case {
    serde_json::from_value(json!({
        "id": "1", "input": {"city": "Rome"}, "context": [{"id": "b", "text": "B"}, {"id": "c", "text": "C"}],
        "reference": {"tools": ["search", "book"], "calls": [{"name": "book", "arguments": {"id": 7}}], "grades": {"a": 2, "c": 1, "d": 0}},
    }))
    .unwrap()
}

fn used(value: Value, mode: ToolMode) -> CheckKind {
    CheckKind::ToolUsed { value, mode }
}

fn arguments(value: Value, mode: ArgumentsMode) -> CheckKind {
    CheckKind::ToolArguments { value, mode }
}

fn sequence(value: Value, mode: SequenceMode) -> CheckKind {
    CheckKind::ToolSequence { value, mode }
}

#[test]
fn tools_are_selected() {
    let mut steps_alone = traced(json!({"steps": ["look"]}));
    steps_alone.trace.iter_mut().for_each(|trace| trace.only_steps = true);
    let lines = [
        line(used(json!("book"), ToolMode::All), &trip()),
        line(used(json!("{{ reference.tools }}"), ToolMode::Only), &trip()),
        line(used(json!(["search"]), ToolMode::Only), &trip()),
        line(used(json!(["pay", "book"]), ToolMode::All), &trip()),
        line(used(json!(["pay", "book"]), ToolMode::Any), &trip()),
        line(used(json!("book"), ToolMode::All), &traced(json!({"tool_calls": []}))),
        line(used(json!("book"), ToolMode::All), &Reply::of_text("done")),
        line(used(json!("book"), ToolMode::All), &steps_alone),
        line(used(json!("{{ reference.nothing }}"), ToolMode::All), &trip()),
        line(used(json!(3), ToolMode::All), &trip()),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 called `search → search → book → search`
    1 called `search → search → book → search`
    0 `book` called too; called `search → search → book → search`
    0 `pay` not called; called `search → search → book → search`
    1 called `search → search → book → search`
    0 `book` not called; no tool was called
    error: this output tells nothing of the way to it: no `contexts`, `tool_calls` or `steps`
    error: no step on the way to this output told of `contexts` or `tool_calls`
    error: `{{ reference.nothing }}` needs `reference.nothing`, which the case does not have
    error: `value` must be the name of a tool, or a list of them, and for this case it is `3`
    ");
}

#[test]
fn arguments_are_held_against_those_wanted() {
    let rome = json!({"name": "search", "arguments": {"city": "{{ input.city }}", "who": {"adults": 2}}});
    let bari = json!({"name": "search", "arguments": {"city": "Bari"}});
    let lines = [
        line(arguments(rome.clone(), ArgumentsMode::Partial), &trip()),
        line(arguments(rome.clone(), ArgumentsMode::Exact), &trip()),
        line(arguments(json!({"name": "search", "arguments": {"nights": 3}}), ArgumentsMode::Partial), &trip()),
        line(arguments(json!("{{ reference.calls }}"), ArgumentsMode::Exact), &trip()),
        line(arguments(json!([bari.clone(), bari.clone()]), ArgumentsMode::Exact), &trip()),
        line(arguments(json!([bari.clone(), bari.clone(), bari]), ArgumentsMode::Exact), &trip()),
        // The first wanted call may not take the only call that fits the second.
        line(arguments(json!([{"name": "search"}, {"name": "search"}, rome]), ArgumentsMode::Partial), &trip()),
        line(arguments(json!({"name": "pay", "args": {"by": "card"}}), ArgumentsMode::Partial), &trip()),
        line(arguments(json!(["book"]), ArgumentsMode::Partial), &trip()),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    1 called `search {"city":"Rome","who":{"adults":2}}`
    0 no call `search {"city":"Rome","who":{"adults":2}}`; called with `{"city":"Rome","nights":3.0,"who":{"adults":2,"children":0}}`, `{"city":"Bari"}`, `{"city":"Bari"}`
    1 called `search {"nights":3}`
    1 called `book {"id":7}`
    1 called `search {"city":"Bari"}`, `search {"city":"Bari"}`
    0 no call `search {"city":"Bari"}`; called with `{"city":"Rome","nights":3.0,"who":{"adults":2,"children":0}}`, `{"city":"Bari"}`, `{"city":"Bari"}`
    1 called `search {}`, `search {}`, `search {"city":"Rome","who":{"adults":2}}`
    0 no call `pay {"by":"card"}`; called `search → search → book → search`
    error: `value` must be `{name, arguments}`, or a list of those, and for this case it is `["book"]`
    "#);
}

#[test]
fn arguments_meet_a_schema() {
    let schema = |schema: Value| CheckKind::ToolSchema { tool: "search".into(), schema };
    let lines = [
        line(schema(json!({"required": ["city"]})), &trip()),
        line(schema(json!({"required": ["nights"]})), &trip()),
        line(CheckKind::ToolSchema { tool: "pay".into(), schema: json!({}) }, &trip()),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    1 3 calls meet the schema
    0 `{"city":"Bari"}`: does not meet the schema at the value: "nights" is a required property
    0 `pay` not called; called `search → search → book → search`
    "#);
}

#[test]
fn tools_are_called_in_order() {
    let wanted = json!(["search", "book"]);
    let all = json!(["book", "search", "search", "search"]);
    let lines = [
        line(sequence(wanted.clone(), SequenceMode::InOrder), &trip()),
        line(sequence(json!(["book", "search"]), SequenceMode::InOrder), &trip()),
        line(sequence(json!(["book", "book"]), SequenceMode::InOrder), &trip()),
        line(sequence(wanted.clone(), SequenceMode::Exact), &trip()),
        line(sequence(json!(["search", "search", "book", "search"]), SequenceMode::Exact), &trip()),
        line(sequence(all, SequenceMode::Any), &trip()),
        line(sequence(wanted, SequenceMode::Any), &trip()),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 called `search → search → book → search`
    1 called `search → search → book → search`
    0 called `search → search → book → search`, where `book → book` is wanted
    0 called `search → search → book → search`, where `search → book` is wanted
    1 called `search → search → book → search`
    1 called `search → search → book → search`
    0 called `search → search → book → search`, where `search → book` is wanted
    ");
}

#[test]
fn steps_and_loops_are_counted() {
    let count = |of: Option<&str>, max| CheckKind::StepCount { of: of.map(str::to_string), min: None, max };
    let lines = [
        line(count(None, None), &trip()),
        line(count(Some("tool"), Some(3.0)), &trip()),
        line(count(Some("prompt"), Some(1.0)), &trip()),
        line(count(Some("act"), None), &trip()),
        line(CheckKind::RepeatedCalls { max: None }, &trip()),
        line(CheckKind::RepeatedCalls { max: Some(0.0) }, &trip()),
        line(CheckKind::RepeatedCalls { max: Some(0.0) }, &traced(json!({"tool_calls": []}))),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    3 3 steps
    0 4 tool calls, more than 3
    1 1 step `prompt`
    2 2 steps `act`
    1 1 repeated; `search {"city":"Bari"}` 2 times
    0 1 repeated; `search {"city":"Bari"}` 2 times, more than 0
    1 0 repeated
    "#);
}

#[test]
fn documents_are_held_against_those_that_are_relevant() {
    let own = || json!("{{ context | map(attribute='id') | list }}");
    let lines = [
        line(CheckKind::RecallAtK { k: 2, relevant: own() }, &trip()),
        line(CheckKind::PrecisionAtK { k: 1, relevant: own() }, &trip()),
        line(CheckKind::Mrr { k: None, relevant: own() }, &trip()),
        line(CheckKind::Ndcg { k: None, relevant: json!("{{ reference.grades }}") }, &trip()),
        line(CheckKind::Mrr { k: None, relevant: json!("a") }, &traced(json!({"contexts": []}))),
        line(CheckKind::Mrr { k: None, relevant: json!("a") }, &traced(json!({"contexts": ["no id"]}))),
        line(CheckKind::Mrr { k: None, relevant: json!([]) }, &trip()),
        line(CheckKind::Mrr { k: None, relevant: json!("{{ reference.calls }}") }, &trip()),
        line(CheckKind::Mrr { k: None, relevant: own() }, &Reply::of_text("x")),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    0.5 `b` at 2; not found: `c` (2 found)
    0 `b` at 2; not found: `c` (2 found)
    0.5 `b` at 2; not found: `c` (2 found)
    0.7601875334318685 `a` at 1; not found: `c` (2 found)
    0 not found: `a` (0 found)
    error: document 1 of `contexts` has no `id`
    error: the case names no relevant document, so there is nothing to find
    error: `relevant` must be a list of ids or a map of grades by id, and for this case it is `[{"arguments":{"id":7},"name":"book"}]`
    error: this output tells nothing of the way to it: no `contexts`, `tool_calls` or `steps`
    "#);
    let none = checker(CheckKind::Mrr { k: None, relevant: own() });
    let error = none.score(&Subject { reply: &trip(), case: &bare(), usd: None, told: None }).unwrap_err();
    insta::assert_snapshot!(error, @r"`{{ context | map(attribute='id') | list }}` needs `context`, which the case does not have");
    assert_eq!(none.variables(), ["context"]);
}

#[test]
fn what_was_cut_cannot_be_decided() {
    let calls: Vec<Value> = (0..250).map(|n| json!({"name": "search", "arguments": {"n": n}})).collect();
    let steps: Vec<Value> = (0..250).map(|n| json!(format!("s{n}"))).collect();
    let found: Vec<Value> = (0..250).map(|n| json!({"id": format!("d{n}"), "text": ""})).collect();
    let long = traced(json!({"tool_calls": calls, "steps": steps, "contexts": found}));
    let long = Reply { trace: long.trace.map(|trace| Box::new(trace.within_limits())), ..long };
    let wide = traced(json!({"tool_calls": [{"name": "book", "arguments": {"id": 7, "note": "x".repeat(20_000)}}]}));
    let wide = Reply { trace: wide.trace.map(|trace| Box::new(trace.within_limits())), ..wide };
    let relevant = || json!(["d1"]);
    let lines = [
        line(used(json!("search"), ToolMode::All), &long),
        line(arguments(json!({"name": "search", "arguments": {"n": 249}}), ArgumentsMode::Exact), &long),
        line(sequence(json!(["search"]), SequenceMode::InOrder), &long),
        line(CheckKind::StepCount { of: None, min: None, max: Some(300.0) }, &long),
        line(CheckKind::RepeatedCalls { max: Some(0.0) }, &long),
        line(CheckKind::RecallAtK { k: 5, relevant: relevant() }, &long),
        line(CheckKind::RecallAtK { k: 220, relevant: relevant() }, &long),
        line(arguments(json!({"name": "book", "arguments": {"id": 7}}), ArgumentsMode::Partial), &wide),
        line(used(json!("book"), ToolMode::All), &wide),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    error: the way to this output was too long to be kept whole (tool_calls: the first 200 of 250), so this cannot be decided
    error: the way to this output was too long to be kept whole (tool_calls: the first 200 of 250), so this cannot be decided
    error: the way to this output was too long to be kept whole (tool_calls: the first 200 of 250), so this cannot be decided
    error: the way to this output was too long to be kept whole (steps: the first 200 of 250), so this cannot be decided
    error: the way to this output was too long to be kept whole (tool_calls: the first 200 of 250), so this cannot be decided
    1 `d1` at 2 (200 found)
    error: the way to this output was too long to be kept whole (contexts: the first 200 of 250), so this cannot be decided
    error: the way to this output was too long to be kept whole (the arguments of tool call 1), so this cannot be decided
    1 called `book`
    ");
}

#[test]
fn where_no_call_is_expected_that_is_said() {
    let lines = [
        line(arguments(json!([]), ArgumentsMode::Exact), &trip()),
        line(arguments(json!([]), ArgumentsMode::Exact), &traced(json!({"tool_calls": []}))),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 no call is expected; called `search → search → book → search`
    1 no call is expected; no tool was called
    ");
}
