//! Traces as frameworks write them, of any size, and two beside each other.

use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> Result<Option<Trace>, String> {
    let Value::Object(fields) = value else { panic!("an object") };
    Trace::read(&fields)
}

fn trace(value: Value) -> Trace {
    read(value).unwrap().unwrap()
}

#[test]
fn each_list_is_read_by_the_names_that_frameworks_use() {
    let found = trace(json!({
        "contexts": ["plain", {"id": 7, "page_content": "of LangChain", "score": 0.5}, {"id": "only"}],
        "tool_calls": [
            {"name": "search", "args": {"q": "x"}, "output": [1]},
            {"id": "call_1", "type": "function", "function": {"name": "pay", "arguments": "{\"amount\": 3}"}},
        ],
        "steps": ["plan", {"name": "write", "type": "llm", "latency_ms": 12.4,
            "usage": {"prompt_tokens": 10, "completion_tokens": 2}, "cost": 0.25, "output": {"a": 1}}],
        "messages": [{"role": "tool", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    }));
    assert_eq!(found.contexts[1], Passage { id: Some("7".into()), text: "of LangChain".into(), score: Some(0.5) });
    assert_eq!((found.contexts[0].text.as_str(), found.contexts[2].id.as_deref()), ("plain", Some("only")));
    assert_eq!(found.tool_calls[0].result, Some(json!([1])));
    assert_eq!(found.tool_calls[1].arguments, json!({"amount": 3}));
    let step = &found.steps[1];
    assert_eq!((step.latency_ms, step.input_tokens, step.output_tokens), (Some(12), Some(10), Some(2)));
    assert_eq!((step.usd, step.output.as_deref()), (Some(0.25), Some("{\"a\":1}")));
    assert_eq!(found.messages[0].content, "ab");
    let whole = serde_json::to_value(&found).unwrap();
    assert_eq!(trace(json!({ "trace": whole })), found);
    assert_eq!(trace(json!({ "trace": whole.to_string() })), found, "a cell of a table holds text");
}

#[test]
fn nothing_told_is_no_trace_and_what_is_no_trace_is_said() {
    assert_eq!(read(json!({"text": "x", "contexts": "", "steps": null, "trace": ""})), Ok(None));
    assert_eq!(read(json!({"tool_calls": []})), Ok(Some(Trace::default())), "that no tool was called is told");
    let why = |value| read(value).unwrap_err();
    assert_eq!(why(json!({"contexts": "one"})), "`contexts`: expected a list, found a text");
    assert_eq!(why(json!({"trace": 3})), "`trace`: expected an object, found a number");
    assert_eq!(
        why(json!({"tool_calls": [{"name": "a"}, {"args": 1}]})),
        "`tool_calls`, item 2: a tool call has a `name`"
    );
    assert_eq!(why(json!({"contexts": [{}]})), "`contexts`, item 1: a document has `text` or `id`");
    assert_eq!(why(json!({"messages": ["hi"]})), "`messages`, item 1: expected `{role, content}`, found a text");
}

#[test]
fn a_trace_of_any_size_is_cut_within_the_limits_and_says_so() {
    let long = "é".repeat(MOST_TEXT);
    let found = trace(json!({"contexts": [long], "tool_calls": [{"name": "a", "arguments": {"text": long}}]}));
    assert!(found.contexts[0].text.len() <= MOST_TEXT && found.contexts[0].text.ends_with("bytes cut]"));
    assert!(found.tool_calls[0].arguments.as_str().unwrap().starts_with("{\"text\":\"é"));
    assert_eq!(found.cut, ["2 texts cut to 16384 bytes"]);

    let many = vec![json!({"id": "d", "text": "x".repeat(5000)}); 1000];
    let found = trace(json!({ "contexts": many, "steps": vec!["s".repeat(900); 300] }));
    assert_eq!((found.contexts.len(), found.steps.len()), (MOST_ITEMS, MOST_ITEMS));
    assert_eq!(found.cut[0], "contexts: the first 200 of 1000");
    assert!(serde_json::to_string(&found).unwrap().len() <= MOST_WHOLE + 1000);
    assert_eq!(found.clone().within_limits(), found, "a trace within the limits stays as it is");

    let deep = json!({"trace": {"contexts": vec![json!({"id": "i".repeat(MOST_WHOLE), "text": ""}); 900]}});
    assert!(serde_json::to_string(&trace(deep)).unwrap().len() <= MOST_WHOLE);
}

#[test]
fn the_first_place_at_which_two_ways_part_is_found() {
    let way = |documents: Value, calls: Value, answer: &str| {
        trace(json!({"contexts": documents, "tool_calls": calls,
            "steps": [{"name": "plan", "output": "look it up"}, {"name": "write", "output": answer}]}))
    };
    let call = |order: &str| json!([{"name": "track", "arguments": {"order": order}, "result": order}]);
    let first = |a: &Trace, b: &Trace| {
        let found = Difference::first(a, b)?;
        Some(format!("{} {}: {:?} / {:?}", found.at, found.what, found.first, found.second))
    };
    let one = way(json!([{"id": "a", "text": "A"}]), call("1"), "yes");
    assert_eq!(first(&one, &one), None);
    let other = way(json!([{"id": "b", "text": "B"}]), call("2"), "no");
    assert_eq!(first(&one, &other).unwrap(), "contexts documents: Some(\"a\") / Some(\"b\")");
    let other = way(json!([{"id": "a", "text": "A"}]), call("2"), "no");
    assert_eq!(
        first(&one, &other).unwrap(),
        "tool call 1 arguments: Some(\"track({\\\"order\\\":\\\"1\\\"})\") / Some(\"track({\\\"order\\\":\\\"2\\\"})\")"
    );
    let other = way(json!([{"id": "a", "text": "A"}]), call("1"), "no");
    assert_eq!(first(&one, &other).unwrap(), "step `write` output: Some(\"yes\") / Some(\"no\")");
    // Of a step that failed, both why and what it gave are told; and the round, where one of the ways has several.
    let looped = |rounds: &[(&str, Option<&str>)]| {
        let steps = rounds.iter().enumerate();
        let steps = steps
            .map(|(round, (output, error))| json!({"name": "draft", "round": round, "output": output, "error": error}));
        trace(json!({"trace": {"steps": steps.collect::<Vec<_>>()}}))
    };
    let (failed, again) = (looped(&[("no", Some("not JSON"))]), looped(&[("well", Some("not JSON")), ("{}", None)]));
    assert_eq!(
        first(&failed, &again).unwrap(),
        "step `draft`, round 1 output: Some(\"not JSON; what it gave: no\") / Some(\"not JSON; what it gave: well\")"
    );
    assert_eq!(first(&failed, &looped(&[("yes", None)])).unwrap().split(':').next(), Some("step `draft` output"));
    let mut shorter = one.clone();
    shorter.steps.pop();
    assert_eq!(first(&one, &shorter).unwrap(), "step 2 name: Some(\"`write`\") / None");
}
