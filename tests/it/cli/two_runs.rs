//! Two stored runs: what differs between them in what was asked and in what came out, and which of them are kept.

use super::project::Project;

/// The shipped suite, run, and run again with another prompt; the same replies answer both.
fn twice() -> (Project, String, String) {
    let project = Project::shipped();
    project.karat(&["run", "-q"]).expect(0);
    let prompt = project.read("prompts/answer-v2.j2");
    project.write("prompts/answer-v2.j2", &format!("Be brief.\n{prompt}"));
    project.karat(&["run", "-q"]).expect(0);
    let runs = project.runs();
    assert_eq!(runs.len(), 2);
    let (first, second) = (runs[0].clone(), runs[1].clone());
    (project, first, second)
}

#[test]
fn two_runs_are_compared_case_by_case() {
    let (project, first, second) = twice();
    let found = project.karat(&["compare", &first, &second, "--json"]).expect(0).json();
    let whole = |found: &serde_json::Value, metric: &str| {
        let all = found.as_array().unwrap().iter();
        all.into_iter().find(|c| c["metric"] == metric && c["slice"].is_null()).cloned()
    };
    let quality = whole(&found, "quality").unwrap();
    assert_eq!((quality["n"].as_u64(), quality["difference"].as_f64()), (Some(96), Some(0.0)), "the same replies");
    assert_eq!(quality["baseline"].as_str(), Some(format!("v2 of run {first}").as_str()));
    assert!(whole(&found, "preference").is_none(), "a preference needs both answers in one run");
    // One candidate of the one against another of the other: what one run finds within itself.
    let across = project.karat(&["compare", &first, "latest", "--against", "v1", "--json"]).expect(0).json();
    let within = project.karat(&["compare", "--json"]).expect(0).json();
    let number = |found: &serde_json::Value| whole(found, "quality").unwrap()["difference"].as_f64();
    assert_eq!(number(&across), number(&within));
    let shown = project.karat(&["compare", &first, &second]).expect(0);
    assert!(shown.out.contains(&format!("v2 against v2 of run {first}")), "{}", shown.out);

    // Another rubric measures something else, and that is said; an edited case is left out, and counted.
    let rubric = project.read("rubrics/support-quality.yaml");
    project
        .write("rubrics/support-quality.yaml", &rubric.replacen("instructions: |", "instructions: |\n  Be strict.", 1));
    let cases = project.read("datasets/support.jsonl");
    let text = cases.lines().next().unwrap().replacen("\"input\": \"", "\"input\": \"Hello. ", 1);
    project.write("datasets/support.jsonl", &cases.replacen(cases.lines().next().unwrap(), &text, 1));
    project.karat(&["run", "-q"]).expect(0);
    let ran = project.karat(&["compare", &second, "latest", "--json"]).expect(0);
    assert!(ran.err.contains("`quality` was measured another way"), "{}", ran.err);
    assert!(ran.err.contains("has 95 of the 96 cases (1 was edited since, 0 are new)\n"), "{}", ran.err);
    assert!(ran.err.contains("`preference` compares two answers of one run"), "{}", ran.err);
    let shown = project.karat(&["compare", &second, "latest"]).expect(0);
    assert!(shown.out.contains("1 case left out: edited, new"), "{}", shown.out);
    assert!(whole(&ran.json(), "quality").is_none_or(|c| c["n"] == 0));
    assert_eq!(whole(&ran.json(), "closed").unwrap()["n"].as_u64(), Some(95));
    for (arguments, words) in [
        (vec!["compare", &first, &first], "is the same run as"),
        (vec!["compare", &first, &second, "--candidate", "v9"], "has no candidate `v9`"),
        (vec!["compare", &first, "nothing"], "no run is called `nothing`"),
        (vec!["runs", "diff", &second, "latest"], ""),
    ] {
        let ran = project.karat(&arguments);
        assert!(ran.err.contains(words) && (ran.code == 2) != words.is_empty(), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn what_was_asked_otherwise_is_listed() {
    let (project, first, second) = twice();
    let ran = project.karat(&["runs", "diff", &first]).expect(0);
    assert!(ran.out.contains("prompt of v2: ") && !ran.out.contains("prompt of v1"), "{}", ran.out);
    assert!(!ran.out.contains("dataset") && !ran.out.contains("rubric"), "{}", ran.out);
    let json = project.karat(&["runs", "diff", &first, &second, "--json"]).expect(0).json();
    assert_eq!((json["before"].as_str(), json["after"].as_str()), (Some(&*first), Some(&*second)));
    project.karat(&["run", "-q", "--seed", "9", "--limit", "20"]).expect(0);
    let ran = project.karat(&["runs", "diff", &second]).expect(0);
    assert!(ran.out.contains("cases: 96 → 20") && ran.out.contains("selection: all cases → --limit 20"), "{}", ran.out);
    assert!(ran.out.contains(" → 9"), "{}", ran.out);
    project.karat(&["runs", "diff", "latest"]).expect(2);
}

#[test]
fn a_program_that_was_changed_is_listed_and_its_unfinished_run_is_not_gone_on_with() {
    let bot = "while read -r line; do id=${line#*\\\"id\\\":\\\"}; echo \"{\\\"id\\\":\\\"${id%%\\\"*}\\\",\\\"output\\\":\\\"x\\\"}\"; done\n";
    let project = Project::with(&[
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"one\"}\n"),
        ("bot.sh", bot),
        ("check.sh", "while read -r line; do echo no; done\n"),
        (
            "karat.yaml",
            "name: bots\ndataset: cases.jsonl\nmax_error_rate: 1\ncandidates:\n  one: {command: [sh, bot.sh]}\n  chain: {steps: \
             [{name: ask, command: [sh, bot.sh]}]}\nmetrics:\n  n: {check: length}\n  like: {check: exec, command: [sh, check.sh], gives: share}\n",
        ),
    ]);
    project.karat(&["run", "-q"]);
    project.karat(&["run", "-q"]);
    let [first, second] = project.runs().try_into().unwrap();
    let ran = project.karat(&["runs", "diff", &first, &second]).expect(0);
    assert!(ran.out.contains("nothing that was asked differs"), "{}", ran.out);
    project.write("bot.sh", &format!("{bot}# another\n"));
    project.write("check.sh", "while read -r line; do echo none; done\n");
    std::fs::remove_file(project.path(&format!(".karat/runs/{second}/summary.json"))).unwrap();
    let ran = project.karat(&["run"]);
    assert!(!ran.err.contains("going on with run"), "{}", ran.err);
    let ran = project.karat(&["runs", "diff", &second]).expect(0);
    let told: Vec<&str> = ran.out.lines().skip(1).map(|line| line.split(": ").next().unwrap()).collect();
    let files = ["bot.sh of command:chain/ask", "bot.sh of command:one", "check.sh of exec:like"]
        .map(|file| format!("file {file}"));
    assert_eq!(told, [&files[..], &["judge card of like".to_string()]].concat(), "{}", ran.out);
    // A run from before these digests has none, and nothing is said of what is not known.
    let manifest = project.read(&format!(".karat/runs/{second}/manifest.json"));
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert!(manifest.as_object_mut().unwrap().remove("program_digests").is_some());
    project.write(&format!(".karat/runs/{second}/manifest.json"), &manifest.to_string());
    let ran = project.karat(&["runs", "diff", &second]).expect(0);
    assert!(!ran.out.contains("bot.sh"), "{}", ran.out);
}

#[test]
fn old_runs_go_with_their_reports_and_only_when_asked() {
    let (project, first, second) = twice();
    let ran = project.karat(&["runs", "prune"]).expect(2);
    assert!(ran.err.contains("nothing says which runs may go"), "{}", ran.err);
    let ran = project.karat(&["runs", "prune", "--keep", "1", "--dry-run"]).expect(0);
    assert!(ran.out.contains(&first) && !ran.out.contains(&second) && project.runs().len() == 2, "{}", ran.out);
    project.karat(&["runs", "prune", "--older-than", "1h"]).expect(0);
    assert_eq!(project.runs().len(), 2, "both are young");
    let reports = |run: &str| project.path(&format!("reports/{run}")).exists();
    assert!(reports(&first));
    let ran = project.karat(&["runs", "prune", "--keep", "1"]).expect(0);
    assert!(ran.err.contains("1 run removed, 1 of 2 kept"), "{}", ran.err);
    assert_eq!(project.runs(), std::slice::from_ref(&second));
    assert!(!reports(&first) && reports(&second) && reports("latest"));
    project.karat(&["gate", "latest", "-q"]).expect(1);
}
