//! Providers that are down, refuse the key or fail for good: nothing is lost, and nothing is mixed in silently.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::project::{Project, without_meta};
use super::remote::{KEY, assert_no_secret, journal, project};
use super::server::{Answer, Server, sensible};

/// The suite of `remote` with its judge behind a server of its own.
fn judged_by(judge: &Server, writer: &Server, cases: usize, more: &str) -> Project {
    let project = project(writer, cases).variable("JUDGE_URL", &judge.url());
    project.edit(
        "karat.yaml",
        "{provider: openai, model: judge-1, base_url: \"${MODEL_URL}\", api_key_env: THE_KEY, max_concurrency: 4,",
        &format!("{{provider: openai, model: judge-1, base_url: \"${{JUDGE_URL}}\", api_key_env: THE_KEY, max_concurrency: 4, {more},"),
    );
    project
}

fn replies(project: &Project) -> usize {
    journal(project).iter().filter(|event| event["event"] == "reply").count()
}

#[test]
fn a_short_outage_costs_no_case_its_answer() {
    let begun = Instant::now();
    let down = Duration::from_millis(300)..Duration::from_millis(2300);
    let server = Server::start(move |call| match down.contains(&begun.elapsed()) {
        true if call.number % 2 == 0 => Answer::hang_up(),
        true => Answer::of(500, "{}"),
        false => sensible(call).after(Duration::from_millis(20)),
    });
    let project = project(&server, 30);
    project.edit("karat.yaml", "name: through a server", "name: through an outage");
    project.karat(&["run"]).expect(0);
    assert!(begun.elapsed() > Duration::from_secs(2), "there was an outage");
    let counts = &project.summary()["counts"];
    assert_eq!((counts["outputs"]["ok"].as_u64(), counts["verdicts"]["ok"].as_u64()), (Some(60), Some(180)));
    let failed = project.summary()["meta"]["calls"].as_u64().unwrap() - 60 - 120;
    assert!(failed < 40, "{failed} requests were sent into the outage");
}

#[test]
fn a_provider_that_stays_down_ends_the_run_as_invalid_and_the_same_command_goes_on() {
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let judge = Server::start(move |call| match is_up.load(Ordering::SeqCst) {
        true => sensible(call),
        false => {
            Answer::of(503, format!("{{\"error\": {{\"message\": \"not now, {}\"}}}}", call.headers["authorization"]))
        }
    });
    let writer = Server::start(sensible);
    let project = judged_by(&judge, &writer, 5, "patience: 1s");
    let ran = project.karat(&["gate"]).expect(4);
    let address = judge.url().replace("/v1", "");
    assert!(ran.err.contains(&format!("{address} is out: it has not answered for ")), "{}", ran.err);
    assert!(ran.err.contains("(503 from"), "{}", ran.err);
    assert!(ran.err.contains("what was answered is kept in run"), "{}", ran.err);
    assert_eq!((writer.count(), replies(&project)), (10, 10), "the other provider's work went on to its end");
    assert!(judge.count() < 12, "{} requests were sent to a judge that was down", judge.count());
    assert!(project.karat(&["runs", "list"]).expect(0).out.contains("interrupted"));

    up.store(true, Ordering::SeqCst);
    project.karat(&["run"]).expect(0);
    assert_eq!(writer.count(), 10, "what was paid for is not asked again");
    assert_eq!(project.runs().len(), 1);
    let undisturbed = judged_by(&judge, &writer, 5, "patience: 1s");
    undisturbed.karat(&["run"]).expect(0);
    assert_eq!(without_meta(project.summary()), without_meta(undisturbed.summary()));
    assert_no_secret(&project, &[&ran.out, &ran.err]);
}

#[test]
fn a_refused_key_is_asked_for_a_few_times_and_the_run_goes_on_once_it_is_right() {
    let server = Server::start(|call| match call.headers["authorization"] == format!("Bearer {KEY}") {
        true => sensible(call),
        false => {
            Answer::of(401, format!("{{\"error\": {{\"message\": \"no key: {}\"}}}}", call.headers["authorization"]))
        }
    });
    let mut project = project(&server, 20);
    // One that is short for a key.
    project = project.variable("THE_KEY", "k3y-7q");
    let ran = project.karat(&["run"]).expect(4);
    assert_eq!(server.count(), 3);
    assert!(ran.err.contains("model `writer` cannot be asked: the key was refused 3 times"), "{}", ran.err);
    for (name, bytes) in project.files() {
        assert!(!bytes.windows(6).any(|window| window == b"k3y-7q"), "the key stands in {name}");
    }
    assert!(!ran.err.contains("k3y-7q") && !ran.out.contains("k3y-7q"), "{}", ran.err);
    let project = project.variable("THE_KEY", KEY);
    project.karat(&["run"]).expect(0);
    assert_eq!(project.runs().len(), 1, "it is the same run");
}

#[test]
fn a_quota_that_is_used_up_ends_the_run_and_the_same_command_goes_on_once_it_is_there() {
    let paid = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&paid);
    // The judge's account runs dry after a while; nobody's case is at fault.
    let judge = Server::start(move |call| match call.number <= 4 || asked.load(Ordering::SeqCst) {
        true => sensible(call),
        false => Answer::of(429, r#"{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}"#),
    });
    let writer = Server::start(sensible);
    let project = judged_by(&judge, &writer, 20, "patience: 1s");
    let ran = project.karat(&["run"]).expect(4);
    assert!(ran.err.contains("cannot be asked: its quota is used up, 3 requests in a row were told"), "{}", ran.err);
    // An answer that came late breaks a row of two, five times at most; then a row of three, and what was in flight.
    assert!(judge.count() <= 5 * 3 + 3 + 4, "{} of 80 requests were sent", judge.count());
    paid.store(true, Ordering::SeqCst);
    project.karat(&["run"]).expect(0);
    assert_eq!((project.runs().len(), writer.count()), (1, 40), "it is the same run");
}

#[test]
fn a_verdict_of_another_judge_is_never_mixed_in_silently() {
    // The judge fails on one pair for good; the other one is the same model elsewhere.
    let judge = Server::start(|call| match call.said().contains("question 0") && call.said().contains("<<<Answer B") {
        true => Answer::of(500, "{}"),
        false => sensible(call),
    });
    let server = Server::start(sensible);
    let project = judged_by(&judge, &server, 3, "max_attempts: 1, fallback: second");
    project.edit(
        "karat.yaml",
        "\ncandidates:",
        "\n  second: {provider: openai, model: judge-1, base_url: \"${MODEL_URL}\", api_key_env: THE_KEY, prices: {input: 100, output: 200}}\ncandidates:",
    );
    let ran = project.karat(&["run"]).expect(4);
    let by_second: Vec<_> =
        journal(&project).into_iter().filter(|event| event["reply"]["fallback"] == "second").collect();
    assert_eq!(by_second.len(), 2, "both orders of the pair");
    assert!(by_second.iter().all(|event| event["reply"]["retried"][0]["kind"] == "server"));
    let summary = project.summary();
    assert_eq!(summary["counts"]["by_metric"]["preference"]["fallback"], 2);
    assert_eq!(summary["counts"]["outputs"].get("fallback"), None);
    assert!(ran.out.contains("2 of 6 verdicts of preference are another model's"), "{}", ran.out);
    assert!(project.read("reports/latest/report.md").contains("second"));
    // At the prices of the model that answered: 100 tokens read and 10 written a call.
    let usd = summary["cost"]["judges"]["preference"]["usd"].as_f64().unwrap();
    assert!((usd - (4.0 * 1200.0 + 2.0 * 12_000.0) / 1e6).abs() < 1e-9, "{usd}");
    let shown = project.karat(&["runs", "show", "--case", "c0"]).expect(0);
    assert!(shown.out.contains("second"), "{}", shown.out);
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.out.contains("same") || replayed.err.contains("same"), "{}{}", replayed.out, replayed.err);
}

#[test]
fn requests_go_through_the_proxy_of_the_environment() {
    let server = Server::start(sensible);
    let project = project(&server, 1);
    let proxy = server.url().replace("/v1", "");
    let project = project.variable("MODEL_URL", "http://models.invalid/v1").variable("NO_PROXY", "");
    project.variable("HTTP_PROXY", &proxy).karat(&["run"]).expect(0);
    assert_eq!(server.count(), 6);
}
