//! What a plan will take, held against numbers worked out by hand, and what it has cost.

use super::*;
use crate::model::{Flags, Models, Money, Reply, Usage};
use crate::run::spent::spent;
use crate::run::{Asker, Earlier, Estimate, Part, Plan, PlanOptions};
use crate::store::{Event, RunId};
use crate::suite::made::{Folder, SUITE};

/// Two prompts to a model over the network, and a judge of their outputs. The folder is gone when it is dropped.
fn made(writer: &str, grader: &str) -> (Folder, Plan) {
    let folder = Folder::new();
    let models = format!("models:\n  writer: {writer}\n  grader: {grader}\n  demo:");
    let text = SUITE.replace("models:\n  demo:", &models).replace("model: demo", "model: writer");
    folder.write("karat.yaml", &text.replace("judge: demo", "judge: grader"));
    let plan = Plan::new(folder.suite(), &PlanOptions::default(), &|_| None).unwrap();
    (folder, plan)
}

fn estimate(plan: &Plan, earlier: Option<&Earlier>, looked_at: usize) -> Estimate {
    let recorded = plan.suite.models.iter().filter(|(name, _)| name.as_str() == "demo");
    let recorded = recorded.map(|(name, spec)| (name.clone(), spec.clone())).collect();
    let models = Models::open(&recorded, &plan.suite.root, &|_| None, Flags::default()).unwrap();
    Estimate::of(plan, &models, earlier, looked_at).unwrap()
}

fn part<'a>(estimate: &'a Estimate, name: &str) -> &'a Part {
    let named = |part: &&Part| match &part.asker {
        Asker::Candidate(of) => of.as_str() == name,
        Asker::Step(of, step) => format!("{of}/{step}") == name,
        Asker::Corpus(of) => of == name,
        Asker::Judge(of) => of.as_str() == name,
    };
    estimate.parts.iter().find(named).unwrap()
}

fn tokens(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage { input_tokens, output_tokens, ..Usage::default() }
}

const WRITER: &str = "{provider: openai, model: w, params: {max_tokens: 100}, prices: {input: 1, output: 2}}";
const GRADER: &str = "{provider: openai, model: g, params: {max_tokens: 50}, prices: {input: 10, output: 20}}";

#[test]
fn requests_to_candidates_are_counted_as_they_stand() {
    let (_folder, plan) = made(WRITER, GRADER);
    let estimate = estimate(&plan, None, usize::MAX);
    let v1 = part(&estimate, "v1");
    // `One: question 0` has 15 characters: 4 tokens and 4 for the frame, at most 15 and 32; three cases.
    assert_eq!((v1.calls, v1.expected), (3, tokens(3 * 8, 3 * 100)));
    assert_eq!(v1.most, Some(tokens(3 * 47, 3 * 100)));
    assert_eq!(v1.expected_usd(), Some(Money::from_nanos(24 * 1000 + 300 * 2000)));
    assert_eq!(v1.most_usd(), Some(Money::from_nanos(141 * 1000 + 300 * 2000)));
    assert_eq!((part(&estimate, "quality").calls, part(&estimate, "preference").calls), (6, 6));
    assert_eq!((estimate.calls(), estimate.unpriced().len()), (18, 0));
    assert_eq!(estimate.most_usd(), estimate.parts.iter().map(Part::most_usd).sum());
}

#[test]
fn a_judge_reads_outputs_of_the_length_to_be_expected() {
    let (_folder, plan) = made(WRITER, GRADER);
    let read = |mean: f64| {
        let earlier = Earlier { run: "r".into(), candidates: [("v1".to_string(), mean)].into(), ..Earlier::default() };
        let estimate = estimate(&plan, Some(&earlier), usize::MAX);
        let quality = part(&estimate, "quality").clone();
        (
            part(&estimate, "v1").expected.output_tokens,
            quality.expected.input_tokens,
            quality.most.unwrap().input_tokens,
        )
    };
    let (short, long) = (read(10.0), read(60.0));
    assert_eq!((short.0, long.0), (3 * 10, 3 * 60));
    // Each of v1's three outputs is read once, fifty tokens longer; what they can have at most is the same.
    assert_eq!((long.1 - short.1, long.2 - short.2), (3 * 50, 0));
    assert_eq!(read(5000.0).0, 3 * 100, "no reply is longer than its limit");
    // Both orders of a pair hold both outputs.
    let of = |writer: &str| {
        let (_folder, plan) = made(writer, GRADER);
        part(&estimate(&plan, None, usize::MAX), "preference").most.unwrap()
    };
    let longer = WRITER.replace("100", "101");
    assert_eq!(of(&longer).input_tokens - of(WRITER).input_tokens, 3 * 2 * 2);
}

#[test]
fn without_a_limit_there_is_no_most_and_without_a_price_no_money() {
    let (_folder, plan) =
        made("{provider: openai, model: w, prices: {input: 1, output: 2}}", "{provider: openai, model: g}");
    let estimate = estimate(&plan, None, usize::MAX);
    let v1 = part(&estimate, "v1");
    assert_eq!((v1.expected.output_tokens, v1.most, v1.most_usd()), (3 * 256, None, None));
    assert_eq!((estimate.most(), estimate.most_usd()), (None, None));
    assert_eq!(estimate.unpriced(), ["grader"]);
    assert_eq!(part(&estimate, "quality").expected_usd(), None);
    // What is known of the money is that of both candidates.
    assert_eq!(estimate.expected_usd(), Money::from_nanos(2 * (24 * 1000 + 768 * 2000)));
}

#[test]
fn recorded_models_cost_nothing_and_a_glance_is_scaled_up() {
    let (_folder, plan) = made(WRITER, "{provider: recorded, replies: replies.jsonl, prices: {input: 5, output: 5}}");
    let whole = estimate(&plan, None, usize::MAX);
    assert!(part(&whole, "quality").recorded);
    assert_eq!(part(&whole, "quality").expected_usd(), Some(Money::default()));
    assert_eq!(whole.calls(), 6);
    // All requests are of the same length here, so one of them says as much as three.
    assert_eq!(estimate(&plan, None, 1), whole);
}

#[test]
fn a_newer_price_list_makes_no_other_suite() {
    let (_folder, mut plan) = made("{provider: openai, model: gpt-4.1-mini}", GRADER);
    let manifest = plan.manifest(&RunId("r".to_string()), None);
    let listed = manifest.suite.models["writer"].clone();
    assert!(listed.prices.is_some() && listed.price_list.is_some(), "a run keeps the prices that it counts with");
    assert_eq!(manifest.suite.models["grader"].price_list, None);
    // A karat with other prices begins where this one left off: the digest is the same, and so are the prices then.
    let newer = plan.suite.models.get_mut("writer").unwrap();
    newer.prices.as_mut().unwrap().input = 77.0;
    assert_eq!(plan.manifest(&RunId("r".to_string()), None).suite_digest, manifest.suite_digest);
    plan.take_prices_of(&manifest);
    assert_eq!(plan.suite.models["writer"], listed);
}

#[test]
fn what_was_spent_is_told_from_the_journal() {
    let (_folder, plan) = made(WRITER, "{provider: recorded, replies: replies.jsonl, prices: {input: 5, output: 5}}");
    let reply = |ask, usage| {
        let reply = Reply { usage, ..Reply::of_text("yes") };
        spent(&plan, &Event::Reply { index: 0, ask, request: String::new(), reply: Box::new(reply) }).nanos()
    };
    assert_eq!(reply(output("c0", "v1", 0), Some(tokens(100, 10))), 100 * 1000 + 10 * 2000);
    assert_eq!(reply(output("c0", "v1", 0), None), 100 * 2000, "who does not say may have written all it may");
    assert_eq!(reply(score("c0", "v1", 0), Some(tokens(100, 10))), 0, "recorded");
    let cached = Reply { usage: Some(tokens(100, 10)), cached: true, ..Reply::of_text("yes") };
    let ask = output("c0", "v1", 0);
    let cached = Event::Reply { index: 0, ask, request: String::new(), reply: Box::new(cached) };
    assert_eq!(spent(&plan, &cached), Money::default(), "the cache answered");
    assert_eq!(spent(&plan, &Event::Finished { at: 1 }), Money::default());
}

#[test]
fn a_step_with_routes_costs_at_most_what_the_dearest_of_them_does() {
    let of = |strong: &str| {
        let folder = Folder::new();
        let models = format!("models:\n  small: {WRITER}\n  strong: {strong}\n  demo:");
        let steps = "v1: {steps: [{name: a, prompt: v1.j2, model: small, route: [{when: \"input\", model: strong}]}]}";
        let text = SUITE.replace("models:\n  demo:", &models).replace("v1: {prompt: v1.j2, model: demo}", steps);
        folder.write("karat.yaml", &text);
        let plan = Plan::new(folder.suite(), &PlanOptions::default(), &|_| None).unwrap();
        estimate(&plan, None, usize::MAX)
    };
    let dear = of("{provider: openai, model: s, params: {max_tokens: 500}, prices: {input: 1000, output: 1000}}");
    let step = part(&dear, "v1/a");
    // The own model is expected, as long as it may write; at most the other one answers, which may write five times as much.
    assert_eq!(step.expected_usd(), Some(Money::from_nanos(24 * 1000 + 300 * 2000)));
    assert_eq!(step.most_usd(), Some(Money::from_nanos((3 * 47 + 3 * 500) * 1_000_000)));
    assert_eq!(dear.unpriced().len(), 0);
    let unpriced = of("{provider: openai, model: s, params: {max_tokens: 500}}");
    assert_eq!((unpriced.most_usd(), unpriced.unpriced()), (None, vec![&"strong".into()]));
    assert_eq!(part(&of("{provider: openai, model: s, prices: {input: 1, output: 1}}"), "v1/a").most, None);
}
