//! A provider that fails: every case finishes, or is an error with its cause.

use super::*;

/// A run against a provider with all faults at once.
fn through_faults(cases: usize, outage: std::ops::Range<Duration>) {
    let server = Server::start(Settings {
        latency: Duration::from_millis(5),
        sigma: 0.4,
        faults: faults(&["429=0.1", "500=0.05", "garbage=0.02", "hang=0.01", "echo=0.02"]),
        retry_after: Duration::from_millis(20),
        outage: Some(outage),
        ..Settings::default()
    })
    .unwrap();
    let project = project(&server, cases);
    let ran = project.karat(&[run_arguments().as_slice(), &["--verbose"]].concat());
    let summary = project.summary();
    let errors = |of: &str| summary["counts"][of]["error"].as_u64().unwrap();
    eprintln!(
        "{cases} cases: {} requests, {} replies, {} outputs and {} verdicts in error, exit {}",
        server.stats().total,
        server.stats().replies,
        errors("outputs"),
        errors("verdicts"),
        ran.code
    );
    // Whether the outage cost more than the suite allows is the dice's; it is one of the two.
    assert!([0, 4].contains(&ran.code), "{}", ran.err);
    assert_adds_up(&project, cases);
    let answers = &server.stats().answers["/chat/completions"];
    for seen in ["429", "500", "503", "none"] {
        assert!(answers.contains_key(seen), "the run met a {seen}: {answers:?}");
    }
    assert_no_key(&project, &[&ran.out, &ran.err]);
}

#[test]
fn a_provider_that_fails_in_every_way_costs_no_case() {
    through_faults(60, Duration::from_millis(300)..Duration::from_millis(2300));
}

#[test]
fn what_is_never_answered_is_an_error_and_no_score() {
    let server = Server::start(Settings { faults: faults(&["hang=0.3"]), ..Settings::default() }).unwrap();
    let project = project(&server, 20);
    for model in ["writer", "grader"] {
        let from =
            format!("model: {model}, base_url: \"${{MODEL_URL}}\", api_key_env: THE_KEY, timeout: 1s, max_attempts: 8");
        let to = from.replace("timeout: 1s, max_attempts: 8", "timeout: 150ms, max_attempts: 1");
        project.edit("karat.yaml", &from, &to);
    }
    let ran = project.karat(&run_arguments()).expect(4);
    assert!(ran.err.contains("no whole reply from") && ran.err.contains("within 150ms"), "{}", ran.err);
    assert_adds_up(&project, 20);
    let counts = &project.summary()["counts"];
    for of in ["outputs", "verdicts"] {
        assert!(counts[of]["error"].as_u64().unwrap() > 2 && counts[of]["ok"].as_u64().unwrap() > 2, "{counts}");
    }
}

#[test]
#[ignore = "a soak that takes long; CONTRIBUTING.md has its command"]
fn soak_of_faults() {
    through_faults(soaked(), Duration::from_secs(5)..Duration::from_secs(15));
}
