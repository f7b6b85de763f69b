//! A run with a budget: it never costs more, says why it stops, and goes on with a larger one.

use std::collections::BTreeSet;
use std::time::Duration;

use super::project::{Project, without_meta};
use super::remote::{journal, project};
use super::server::{Answer, Call, Server, sensible};

const CASES: usize = 10;
/// Two outputs, two scores and both orders of the pair a case.
const CALLS: usize = 6 * CASES;

/// The suite of the remote tests, its models with a limit on what they write.
fn limited(server: &Server, cases: usize) -> Project {
    let project = project(server, cases);
    project.edit("karat.yaml", "params: {temperature: 0}", "params: {temperature: 0, max_tokens: 50}");
    project.edit("karat.yaml", "model: judge-1,", "model: judge-1, params: {max_tokens: 50},");
    project
}

/// Tokens of a call as the server counts them: almost as many as it can have.
fn usage(call: &Call) -> (u64, u64) {
    let said: usize =
        call.body["messages"].as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap().len()).sum();
    (said as u64, 50)
}

fn dear(call: &Call) -> Answer {
    let answer = sensible(call);
    let mut body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let (read, written) = usage(call);
    body["usage"] = serde_json::json!({"prompt_tokens": read, "completion_tokens": written});
    Answer { body: body.to_string(), ..answer }.after(Duration::from_millis(3))
}

/// What the server's calls cost, in billionths of a dollar, at the prices of the suite.
fn cost(calls: &[Call]) -> u64 {
    let of = |call: &Call| {
        let (read, written) = usage(call);
        if call.is_for_the_judge() { read * 10_000 + written * 20_000 } else { read * 1000 + written * 2000 }
    };
    calls.iter().map(of).sum()
}

fn keys(calls: &[Call]) -> BTreeSet<String> {
    calls.iter().map(|call| call.key.clone()).collect()
}

#[test]
fn a_run_stops_at_its_budget_and_goes_on_with_a_larger_one() {
    let server = Server::start(dear);
    let undisturbed = limited(&server, CASES);
    undisturbed.karat(&["run"]).expect(0);
    let whole = cost(&server.calls());
    assert_eq!(server.count(), CALLS);

    let project = limited(&server, CASES);
    let half = format!("{:.6}", whole as f64 / 2e9);
    let ran = project.karat(&["run", "--budget-usd", &half]).expect(4);
    let first = server.calls()[CALLS..].to_vec();
    assert!(cost(&first) * 2 <= whole, "it never costs more");
    assert!(cost(&first) * 2 > whole * 6 / 10, "and makes use of what it may cost: {} of {whole}", cost(&first));
    assert!(ran.err.contains("the budget of $") && ran.err.contains("is used up: $"), "{}", ran.err);
    assert!(ran.err.contains(" is spent, and the next call can cost up to $"), "{}", ran.err);
    assert!(ran.err.contains("the same command with a larger budget goes on from there"), "{}", ran.err);
    assert!(!project.path(&format!(".karat/runs/{}/summary.json", project.runs()[0])).exists());
    assert!(journal(&project).iter().all(|event| event["event"] != "failed"), "nothing failed for want of money");
    // What is shown last is not the report of an earlier run, which may be green.
    let report = std::fs::read_to_string(project.path("reports/latest/report.md")).unwrap();
    assert!(report.contains("INVALID") && report.contains("is used up"), "{report}");
    let quiet = project.karat(&["run", "-q", "--json", "--budget-usd", &half]).expect(4);
    assert!(quiet.err.contains("is used up"), "{}", quiet.err);
    assert_eq!(quiet.json()["gate"]["decision"], "invalid");

    // What was spent before counts: the same command asks nothing more.
    let before = server.count();
    project.karat(&["run", "--budget-usd", &half]).expect(4);
    assert!(server.count() - before <= 1, "{} more calls", server.count() - before);

    let before = server.count();
    let asked = keys(&server.calls()[CALLS..]);
    let ran = project.karat(&["run", "--budget-usd", "5"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    let rest = keys(&server.calls()[before..]);
    assert!(rest.is_disjoint(&asked), "only the rest is asked");
    assert_eq!((rest.len() + asked.len(), project.runs().len()), (CALLS, 1));
    assert_eq!(without_meta(project.summary()), without_meta(undisturbed.summary()));
}

#[test]
fn sixteen_at_once_never_pass_the_cap() {
    let server = Server::start(dear);
    let project = limited(&server, 40);
    let text = project.read("karat.yaml").replace("max_concurrency: 4", "max_concurrency: 16");
    project.write("karat.yaml", &text);
    let ran = project.karat(&["run", "-j", "16", "--budget-usd", "0.9"]).expect(4);
    let spent = cost(&server.calls());
    assert!(spent <= 900_000_000, "{spent}");
    assert!(spent > 700_000_000, "{spent}: {}", ran.err);
    assert!(server.most_at_once() > 4, "they were asked side by side: {}", server.most_at_once());
}

#[test]
fn a_model_without_a_price_is_refused_before_anything_is_spent() {
    let server = Server::start(sensible);
    let project = limited(&server, 2);
    project.edit("karat.yaml", ",\n     prices: {input: 10, output: 20}}", "}");
    for arguments in [&["run", "--budget-usd", "5"][..], &["gate", "--budget-usd", "5"]] {
        let ran = project.karat(arguments).expect(2);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.err, @r"
            error: the model `grader` has no price, so no budget can hold for it
             |
             = help: give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`
            ");
        }
    }
    assert_eq!((server.count(), project.runs().len()), (0, 0));
    // The same is said of the suite's own budget before a run is thought of.
    project.edit("karat.yaml", "dataset: cases.jsonl", "dataset: cases.jsonl\nbudget: 5");
    assert!(project.karat(&["check"]).expect(2).err.contains("no budget can hold for it"));
    project.edit("karat.yaml", "\nbudget: 5", "");
    // Without a budget it runs, and says so.
    let ran = project.karat(&["run"]).expect(0);
    assert!(ran.err.contains("`grader` has no price"), "{}", ran.err);
    // A judge that is not asked needs none.
    project.karat(&["run", "--metric", "short", "--budget-usd", "5"]).expect(0);
}

#[test]
fn the_flag_goes_before_the_variable_and_both_before_the_suite() {
    let server = Server::start(sensible);
    let project = limited(&server, 1).variable("KARAT_BUDGET_USD", "0");
    project.edit("karat.yaml", "dataset: cases.jsonl", "dataset: cases.jsonl\nbudget: {usd: 5}");
    let ran = project.karat(&["run"]).expect(4);
    assert!(ran.err.contains("the budget of $0.00 is used up"), "{}", ran.err);
    assert_eq!(server.count(), 0);
    project.karat(&["run", "--budget-usd", "1"]).expect(0);
    assert_eq!(project.runs().len(), 1, "a budget makes no other plan");
    let ran = project.karat(&["run", "--budget-usd=-1"]).expect(2);
    assert!(ran.err.contains("a number of US dollars"), "{}", ran.err);
}

#[test]
fn a_run_is_counted_to_its_end_by_the_prices_that_it_was_begun_with() {
    let server = Server::start(sensible);
    let project = limited(&server, 2);
    project.karat(&["run", "--budget-usd", "0"]).expect(4);
    // As if it had been begun by a karat whose list had other prices.
    let manifest = format!(".karat/runs/{}/manifest.json", project.runs()[0]);
    let mut begun = project.json(&manifest);
    let writer = &mut begun["suite"]["models"]["writer"];
    writer["prices"] = serde_json::json!({"input": 3, "output": 6, "cached_input": null});
    writer["price_list"] = serde_json::json!({"as_of": "2026-01-31", "source": "https://example.org/prices"});
    project.write(&manifest, &begun.to_string());
    let ran = project.karat(&["run", "--budget-usd", "1"]).expect(0);
    assert!(ran.err.contains("(list prices of 2026-01-31)"), "{}", ran.err);
    assert!(ran.out.contains("(list prices of 2026-01-31)"), "{}", ran.out);
    // Two outputs of 100 tokens read and 10 written.
    let usd = project.summary()["cost"]["candidates"]["v1"]["usd"].as_f64().unwrap();
    assert!((usd - 2.0 * (300.0 + 60.0) / 1e6).abs() < 1e-12, "{usd}");
    project.karat(&["replay"]).expect(0);
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn commands_that_tell_their_cost_stop_at_the_cap() {
    let cases: String = (0..60).map(|i| format!("{{\"id\": \"c{i}\", \"input\": \"q\"}}\n")).collect();
    let answer = "cat >/dev/null; printf '{\"output\": \"yes\", \"cost\": 0.01}'\n";
    let suite = "name: \"a\\e[31mred\"\ndataset: cases.jsonl\ncandidates:\n  v1: {command: [sh, answer.sh], mode: once, workers: 1}\nmetrics:\n  yes: {check: contains, value: yes}\n";
    let project = Project::with(&[("karat.yaml", suite), ("cases.jsonl", &cases), ("answer.sh", answer)]);
    let ran = project.karat(&["run", "-j", "1", "--budget-usd", "0.05"]).expect(4);
    assert!(ran.err.contains("the budget of $0.0500 is used up: $0.0500 is spent; what was answered"), "{}", ran.err);
    let report = project.read("reports/latest/report.md");
    for words in [" of 60 cases were begun", " outputs of the cases begun were never asked for"] {
        assert!(report.contains(words), "{report}");
    }
    assert!(ran.err.contains("a\\x1b[31mred: 60 cases") && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
    assert_eq!(journal(&project).iter().filter(|event| event["event"] == "reply").count(), 5);
    project.karat(&["replay", "latest"]).expect(2);
    let ran = project.karat(&["run", "-o", "/dev/null/x.html"]).expect(2);
    assert!(ran.err.contains("cannot write /dev/null/x.html"), "{}", ran.err);
    project.karat(&["run", "-j", "1", "--budget-usd", "0.7"]).expect(0);
}
