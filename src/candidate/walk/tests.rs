//! Ways through small pipelines, answered by hand.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::model::{Money, Usage};
use crate::suite::{Limits, MessageTemplate, Prompt, Repeat, Role, Route};

fn message(content: &str) -> MessageTemplate {
    MessageTemplate { role: Role::User, content: content.to_string(), file: "p.j2".to_string(), line: 1 }
}

fn step(name: &str, content: &str) -> StepSpec {
    let action = Action::Prompt(Prompt { messages: vec![message(content)], files: Vec::new(), model: "small".into() });
    StepSpec { name: name.to_string(), action, when: None, route: Vec::new(), repeat: None, json: None }
}

fn template(name: &str, content: &str) -> StepSpec {
    StepSpec { action: Action::Template(message(content)), ..step(name, "") }
}

fn repeat(until: &str, max: u32, from: &str) -> Option<Repeat> {
    Some(Repeat { until: until.to_string(), max, from: from.to_string() })
}

fn pipeline(steps: Vec<StepSpec>) -> Pipeline {
    Pipeline { steps, limits: Limits::default() }
}

/// What was asked, each as `step round model: words`, and what came of it in the end.
struct Taken {
    asked: Vec<String>,
    end: Result<Reply, Failure>,
    so_far: Trace,
}

/// Goes a way on which each request is answered by `answer`, given the step, the round and the words.
fn go(pipeline: &Pipeline, answer: impl Fn(&str, u32, &str) -> Reply) -> Taken {
    let (models, input, context, messages) = (IndexMap::new(), json!("tents"), [], []);
    let question = Question { input: &input, context: &context, messages: &messages };
    let (candidate, case) = ("v1".into(), "a".into());
    let mut walk = Walk::new(pipeline, &models, question, Aim { candidate: &candidate, case: &case, sample: 2 });
    let mut asked = Vec::new();
    let end = loop {
        match walk.advance() {
            Next::Ask(request, model) => {
                let Ask::Step { step, round, sample, .. } = &request.ask else { panic!("{:?}", request.ask) };
                assert_eq!(*sample, 2);
                let words = request.messages().last().map_or("", |message| &message.content);
                asked.push(format!("{step} {round} {model}: {words}"));
                if let Err(failure) = walk.answer(&answer(step, *round, words), &model) {
                    break Err(failure);
                }
            }
            Next::Output(reply) => break Ok(*reply),
            Next::Failed(failure) => break Err(failure),
        }
        assert!(asked.len() < 1000, "it runs away");
    };
    let why = end.as_ref().err().map(|failure| failure.message.clone());
    Taken { asked, end, so_far: walk.so_far(why.as_deref()) }
}

fn counted(text: &str) -> Reply {
    let usage = Usage { input_tokens: 30, output_tokens: 20, ..Usage::default() };
    Reply { usage: Some(usage), usd: Money::from_usd(0.01), latency_ms: Some(5), ..Reply::of_text(text) }
}

#[test]
fn later_steps_see_what_came_of_earlier_ones_and_the_last_one_is_the_output() {
    let steps = vec![
        step("plan", "plan {{ input }}"),
        template("note", "[{{ steps.plan.output }}]"),
        step("say", "say {{ steps.note.output }}, {{ steps.plan.round }}"),
    ];
    let taken = go(&pipeline(steps), |_, _, words| counted(&words.to_uppercase()));
    assert_eq!(taken.asked, ["plan 0 small: plan tents", "say 0 small: say [PLAN TENTS], 1"]);
    let reply = taken.end.unwrap();
    assert_eq!(reply.text, "SAY [PLAN TENTS], 1");
    assert_eq!(reply.usage.unwrap().input_tokens, 60);
    assert_eq!((reply.usd, reply.latency_ms), (Money::from_usd(0.02), Some(10)));
    let trace = reply.trace.unwrap();
    assert!(trace.only_steps, "nobody told of documents or tools");
    let told: Vec<_> = trace.steps.iter().map(|step| (step.name.as_str(), step.kind.as_deref())).collect();
    assert_eq!(told, [("plan", Some("prompt")), ("note", Some("template")), ("say", Some("prompt"))]);
}

#[test]
fn later_steps_see_what_a_step_found_and_called() {
    let told =
        json!({"contexts": [{"id": "d1", "text": "D"}], "tool_calls": [{"name": "book", "arguments": {"n": 2}}]});
    let trace = Trace::read(told.as_object().unwrap()).unwrap().map(Box::new);
    let look = "{{ steps.a.contexts[0].id }} {{ steps.a.tool_calls[0].name }} {{ steps.a.tool_calls[0].arguments.n }}";
    let taken = go(&pipeline(vec![step("a", "x"), step("b", look)]), |_, _, _| Reply {
        trace: trace.clone(),
        ..Reply::of_text("y")
    });
    assert_eq!(taken.asked[1], "b 0 small: d1 book 2");
}

#[test]
fn one_reply_that_does_not_say_what_it_took_leaves_the_sum_unknown() {
    let taken = go(&pipeline(vec![step("a", "x"), step("b", "y")]), |step, _, _| match step {
        "a" => counted("1"),
        _ => Reply::of_text("2"),
    });
    let reply = taken.end.unwrap();
    assert_eq!((reply.usage, reply.usd, reply.latency_ms), (None, None, None));
}

#[test]
fn a_condition_skips_its_step_and_the_first_route_that_holds_answers() {
    let when = |text: &str| Some(text.to_string());
    let route = |when: &str, model: &str| Route { when: when.to_string(), model: model.into() };
    let ways = |easy: bool| {
        let hard = StepSpec { when: when("steps.look.output != 'easy'"), ..step("hard", "think") };
        let say = StepSpec {
            route: vec![route("steps.look.output == 'hard'", "strong"), route("true", "middle")],
            ..step("say", "{{ input }}")
        };
        go(&pipeline(vec![step("look", "?"), hard, say]), move |step, _, _| {
            Reply::of_text(if step == "look" && easy { "easy" } else { "hard" })
        })
    };
    assert_eq!(ways(true).asked, ["look 0 small: ?", "say 0 middle: tents"]);
    assert_eq!(ways(false).asked, ["look 0 small: ?", "hard 0 small: think", "say 0 strong: tents"]);
    let none = go(&pipeline(vec![StepSpec { when: when("false"), ..step("a", "x") }]), |_, _, _| counted("x"));
    assert_eq!(none.end.unwrap_err().message, "no step was taken: every `when` was false");
}

#[test]
fn a_loop_ends_when_it_may_and_when_it_must() {
    let loops = |until: &str, max| {
        let review = StepSpec { repeat: repeat(until, max, "draft"), ..step("review", "see {{ steps.draft.output }}") };
        let steps = vec![step("draft", "draft {{ round }}"), review, template("end", "{{ steps.draft.output }}")];
        go(&pipeline(steps), |step, round, _| {
            Reply::of_text(if step == "review" && round == 1 { "ok".to_string() } else { format!("{step}{round}") })
        })
    };
    let ended = loops("steps.review.output == 'ok'", 9);
    assert_eq!(
        ended.asked,
        [
            "draft 0 small: draft 1",
            "review 0 small: see draft0",
            "draft 1 small: draft 2",
            "review 1 small: see draft1"
        ]
    );
    assert_eq!(ended.end.unwrap().text, "draft1");
    let bounded = loops("false", 3);
    assert_eq!(bounded.asked.len(), 6);
    assert_eq!(bounded.end.unwrap().text, "draft2");
}

#[test]
fn a_loop_within_a_loop_begins_anew_and_both_are_bounded() {
    let inner = StepSpec { repeat: repeat("false", 2, "b"), ..step("b", "x") };
    let outer = StepSpec { repeat: repeat("false", 3, "a"), ..step("c", "y") };
    let whole = pipeline(vec![step("a", "z"), inner, outer]);
    assert_eq!(whole.most_rounds(), [3, 6, 3]);
    let taken = go(&whole, |_, _, _| counted("again"));
    assert_eq!(taken.asked.len(), 12);
    let rounds: Vec<u32> = taken.end.unwrap().trace.unwrap().steps.iter().map(|step| step.round).collect();
    assert_eq!(rounds, [0, 0, 1, 0, 1, 2, 3, 1, 2, 4, 5, 2]);
}

#[test]
fn an_output_that_is_not_what_the_schema_wants_ends_the_way_unless_a_loop_mends_it() {
    let schema = json!({"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}});
    let check = |repeat| StepSpec { json: Some(schema.clone()), repeat, ..step("check", "? {{ round }}") };
    let steps = |repeat| pipeline(vec![check(repeat), template("end", "{{ steps.check.json.ok }}")]);
    let answers = ["yes", "```json\n{\"ok\": 1}\n```", "```json\n{\"ok\": true}\n```"];
    let answer = |_: &str, round: u32, _: &str| Reply::of_text(answers[round as usize]);
    let mended = go(&steps(repeat("steps.check.json.ok", 3, "check")), answer);
    assert_eq!((mended.asked.len(), mended.end.unwrap().text.as_str()), (3, "True"));
    let given_up = go(&steps(repeat("steps.check.json.ok", 2, "check")), answer).end.unwrap_err();
    assert_eq!(given_up.kind, FailureKind::Step);
    insta::assert_snapshot!(given_up, @"step `check`: its output is not what the schema wants at `/ok`: 1 is not of type \"boolean\"");
    let once = go(&steps(None), answer);
    insta::assert_snapshot!(once.end.unwrap_err(), @"step `check`: its output is not JSON: expected value at line 1 column 1");
    assert_eq!(once.so_far.steps.len(), 1, "the step is told once, with its error");
    assert!(once.so_far.steps[0].output.is_some() && once.so_far.steps[0].error.is_some());
}

#[test]
fn no_step_begins_beyond_a_limit() {
    let endless = |limits| {
        let steps = vec![StepSpec { repeat: repeat("false", 100, "a"), ..step("a", "x") }];
        Pipeline { steps, limits }
    };
    let ended = |limits| {
        let taken = go(&endless(limits), |_, _, _| counted("x"));
        let failure = taken.end.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Limit);
        // What was done before is told, and where it ended: at a step that did not begin, or that took too much.
        let last = taken.so_far.steps.last().unwrap();
        assert_eq!(taken.so_far.steps.len(), taken.asked.len() + usize::from(last.output.is_none()));
        assert!(failure.message.ends_with(last.error.as_deref().unwrap()), "{last:?}");
        format!("{} calls; {failure}", taken.asked.len())
    };
    let none = Limits::default();
    let told = [
        ended(Limits { calls: Some(4), ..none }),
        ended(Limits { tokens: Some(120), ..none }),
        ended(Limits { usd: Some(0.05), ..none }),
        ended(Limits { time: Some(Duration::from_millis(15)), ..none }),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    4 calls; step `a`: the case is at its limit of 4 calls
    3 calls; step `a`: the case took more than its limit of 120 tokens
    5 calls; step `a`: the case is at its limit of $0.05
    3 calls; step `a`: the case is at its limit of 15ms
    ");
    assert_eq!(go(&endless(none), |_, _, _| counted("x")).asked.len(), 100);
}

#[test]
fn a_template_that_cannot_be_filled_in_names_its_step() {
    let taken = go(&pipeline(vec![step("a", "x"), step("b", "{{ steps.a.json.field }}")]), |_, _, _| counted("1"));
    let failure = taken.end.unwrap_err();
    assert_eq!((failure.kind, taken.asked.len()), (FailureKind::Rejected, 1));
    assert!(failure.message.starts_with("step `b`: "), "{failure}");
}

#[test]
fn a_call_may_take_what_is_left_of_the_time_of_all_calls_and_a_search_is_not_broken_off() {
    let search = StepSpec { action: Action::Service("retrieve:docs".into()), ..step("find", "") };
    // A reply that was recorded without its time takes none of it.
    let answers = [Some(2000), None, Some(9000), Some(0)];
    let allowed = |time: Option<u64>| {
        let limits = Limits { time: time.map(Duration::from_secs), ..Limits::default() };
        let steps = vec![step("a", "x"), step("b", "x"), search.clone(), step("c", "x")];
        let pipeline = Pipeline { steps, limits };
        let (models, input) = (IndexMap::new(), json!("tents"));
        let question = Question { input: &input, context: &[], messages: &[] };
        let (candidate, case) = ("v1".into(), "a".into());
        let mut walk = Walk::new(&pipeline, &models, question, Aim { candidate: &candidate, case: &case, sample: 0 });
        let mut allowed = Vec::new();
        for latency_ms in answers {
            let (request, model) = match walk.advance() {
                Next::Ask(request, model) => (request, model),
                other => {
                    assert!(matches!(other, Next::Failed(Failure { kind: FailureKind::Limit, .. })), "{other:?}");
                    break;
                }
            };
            allowed.push(request.allowance().map(|allowance| allowance.left.as_secs()));
            walk.answer(&Reply { latency_ms, ..Reply::of_text("y") }, &model).unwrap();
        }
        allowed
    };
    assert_eq!(allowed(Some(5)), [Some(5), Some(3), None]);
    assert_eq!(allowed(Some(20)), [Some(20), Some(18), None, Some(9)]);
    assert_eq!(allowed(None), [None; 4]);
}

#[test]
fn an_answer_from_before_that_took_longer_than_the_case_has_is_no_output() {
    let limited = |ms| {
        let limits = Limits { time: Some(Duration::from_millis(ms)), ..Limits::default() };
        go(&Pipeline { limits, ..pipeline(vec![step("a", "x")]) }, |_, _, _| counted("y"))
    };
    assert!(limited(5).end.is_ok());
    let over = limited(4);
    let failure = over.end.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert_eq!(failure.message, "step `a`: the case took more than its limit of 4ms");
    let [step] = over.so_far.steps.as_slice() else { panic!("{:?}", over.so_far) };
    assert_eq!((step.error.as_deref(), step.latency_ms), (Some("the case took more than its limit of 4ms"), Some(5)));
}
