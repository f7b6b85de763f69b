//! Stored runs: listed, shown, compared, calibrated, reported again, and accepted as the baseline.

use super::errors::small;
use super::project::{Project, steady, without_meta};

#[test]
fn a_stored_run_is_found_by_latest_by_a_prefix_and_by_its_name() {
    let project = Project::shipped();
    let first = project.karat(&["run", "--json", "--limit", "12"]).expect(0).json();
    project.karat(&["run", "--quiet"]).expect(0);
    let runs = project.runs();
    assert_eq!(runs.len(), 2);

    let listed = project.karat(&["runs", "list"]).expect(0);
    insta::assert_snapshot!("list", listed.shown());
    assert!(listed.out.starts_with(&runs[1]), "the newest first");

    // A whole name and any start that no other run shares.
    let shared = runs[0].bytes().zip(runs[1].bytes()).take_while(|(a, b)| a == b).count();
    for word in [runs[0].as_str(), &runs[0][..=shared]] {
        let report = project.karat(&["report", word, "--json"]).expect(0);
        assert_eq!(without_meta(report.json()), without_meta(first.clone()), "{word}");
    }
    let ambiguous = project.karat(&["report", &runs[0][..shared]]).expect(2);
    assert!(ambiguous.err.contains("could mean"), "{}", ambiguous.err);
    let compared = |word: &str| project.karat(&["compare", word, "--json"]).expect(0).json();
    assert_eq!(compared("latest"), compared(&runs[1]));
    assert_ne!(compared("latest"), compared(&runs[0]));
    assert_eq!(compared(&runs[0]), first["comparisons"]);

    let comparison = project.karat(&["compare"]).expect(0);
    insta::assert_snapshot!("compare", steady(&comparison.out.lines().take(12).collect::<Vec<_>>().join("\n")));
    let calibration = project.karat(&["calibrate", "--show", "2"]).expect(0);
    insta::assert_snapshot!("calibrate", calibration.shown());
    let calibration = project.karat(&["calibrate", "--json"]).expect(0).json();
    assert_eq!(calibration["metrics"]["preference"]["accuracy"]["estimate"], 0.85);
    assert!(calibration["disagreements"].as_array().unwrap().len() > 2, "--show narrows only what is printed");
    insta::assert_snapshot!("show", project.karat(&["runs", "show"]).expect(0).shown());
}

#[test]
fn one_case_is_shown_with_its_exact_requests_replies_and_verdicts() {
    let project = small();
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!("show_case", project.karat(&["runs", "show", "--case", "b"]).expect(0).shown());

    let project = Project::shipped();
    project.karat(&["run"]).expect(0);
    let shown = project.karat(&["runs", "show", "latest", "--case", "saf-025"]).expect(0).out;
    for part in [
        "━━ metric `preference`, case `saf-025`, first `v1`, second `v2`",
        "━━ metric `preference`, case `saf-025`, first `v2`, second `v1`",
        "│ <<<Answer B ",
        "verdict  preference  v1 then v2  v1 preferred\n",
        "verdict  preference  v2 then v1  v1 preferred\n",
        "failure unsafe_action",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
}

#[test]
fn a_replay_leaves_nothing_behind_whatever_became_of_it() {
    let project = small();
    project.karat(&["run"]).expect(0);
    project.write("scratch/other", "");
    let replay = || {
        let mut command = project.command(&["replay"]);
        project.wait(command.env("TMPDIR", project.path("scratch")).spawn().unwrap())
    };
    replay().expect(0);
    let run = format!(".karat/runs/{}/events.jsonl", project.runs()[0]);
    let events = project.read(&run);
    project.write(&run, &events.replacen("\"text\":\"", "\"text\":7,\"other\":\"", 1));
    let damaged = replay().expect(4);
    assert!(damaged.err.contains("this line of the journal is damaged: invalid type: integer `7`"), "{}", damaged.err);
    project.write(&run, &events.replacen("\"format\":4", "\"format\":1", 1));
    insta::assert_snapshot!("older_journal", replay().expect(4).shown());
    let left: Vec<_> = std::fs::read_dir(project.path("scratch")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["other"]);
}

#[test]
fn reports_are_written_again_and_to_files_of_any_format() {
    let project = Project::shipped();
    let files = ["out/a.html", "out/a.md", "out/a.json", "out/a.xml", "out/a.txt"];
    let mut run = vec!["run"];
    run.extend(files.iter().flat_map(|file| ["-o", file]));
    let ran = project.karat(&run).expect(0);
    let id = project.runs().pop().unwrap();
    for (file, theirs) in files.iter().zip(["report.html", "report.md", "summary.json", "junit.xml"]) {
        assert_eq!(project.read(file), project.read(&format!("reports/{id}/{theirs}")));
    }
    assert!(ran.out.starts_with(project.read("out/a.txt").lines().next().unwrap()));
    let page = project.read("reports/latest/report.html");
    assert!(page.starts_with("<!doctype html>"), "{}", &page[..40]);
    for outside in ["src=\"http", "href=\"http", "url(http", "<script"] {
        assert!(!page.contains(outside), "the page needs {outside}");
    }

    std::fs::remove_dir_all(project.path("reports")).unwrap();
    let again = project.karat(&["report"]).expect(0);
    assert_eq!(again.out, ran.out);
    assert_eq!(steady(&project.read("reports/latest/report.md")), steady(&project.read("out/a.md")));
    assert!(project.path(&format!("reports/{id}/junit.xml")).exists());
}

/// The shipped suite, gated against the accepted run.
fn accepted() -> Project {
    let project = Project::shipped();
    project.karat(&["run", "--quiet"]).expect(0);
    let ran = project.karat(&["runs", "baseline", "accept"]).expect(0);
    insta::assert_snapshot!("accept", ran.shown());
    project.edit("karat.yaml", "baseline: v1", "baseline: {run: accepted}");
    project.edit("karat.yaml", "    - {metric: preference, better_than: 0.5}\n", "");
    project.edit("karat.yaml", "not_worse_by: 0.3}", "not_worse_by: 0.5}");
    let must_pass = project.read("karat.yaml").lines().find(|line| line.contains("every_case")).unwrap().to_string();
    project.edit("karat.yaml", &format!("{must_pass}\n"), "");
    project.edit("karat.yaml", "not_worse_by: 0.1}", "not_worse_by: 1}");
    project
}

#[test]
fn an_accepted_run_is_what_later_ones_are_held_against() {
    let project = accepted();
    // A build server has the committed file and none of the runs.
    std::fs::remove_dir_all(project.path(".karat")).unwrap();
    project.karat(&["check"]).expect(0);
    let ran = project.karat(&["gate", "--json"]).expect(0);
    let summary = ran.json();
    assert_eq!(summary["gate"]["decision"], "pass");
    let quality = &summary["comparisons"][0];
    assert!(quality["baseline"].as_str().unwrap().starts_with("v2 of run "), "{quality}");
    assert_eq!((quality["difference"].as_f64(), quality["n"].as_u64()), (Some(0.0), Some(96)));

    // The version that was accepted is better than the one before it by far.
    project.edit("karat.yaml", "  candidate: v2", "  candidate: v1");
    project.edit("karat.yaml", "{topic: safety}, not_worse_by: 1}", "{topic: orders}, not_worse_by: 0.5}");
    let ran = project.karat(&["gate", "--json"]);
    assert_ne!(ran.json()["gate"]["decision"], "pass");
}

#[test]
fn an_edited_case_or_rubric_is_not_compared_with_the_accepted_run() {
    let project = accepted();
    let dataset = project.read("datasets/support.jsonl");
    project.write("datasets/support.jsonl", &dataset.replacen("my tent was supposed", "our tent was supposed", 1));
    let ran = project.karat(&["gate"]).expect(4);
    insta::assert_snapshot!("edited_case", ran.closing());
    project.write("datasets/support.jsonl", &dataset);
    project.karat(&["gate", "--quiet"]).expect(0);

    project.edit("rubrics/support-quality.yaml", "You grade one answer", "You grade an answer");
    let ran = project.karat(&["gate"]).expect(4);
    insta::assert_snapshot!("edited_rubric", ran.closing());
}

#[test]
fn a_baseline_that_is_not_there_is_found_before_anything_is_asked() {
    let project = accepted();
    std::fs::remove_dir_all(project.path("baselines")).unwrap();
    let before = project.runs();
    insta::assert_snapshot!("no_baseline", project.karat(&["gate"]).expect(2).shown());
    insta::assert_snapshot!("no_baseline_check", project.karat(&["check"]).expect(0).shown());
    project.edit("karat.yaml", "run: accepted", "run: nope");
    project.karat(&["gate"]).expect(2);
    assert_eq!(project.runs(), before);
    // The run that will be accepted can be made: it measures well, and only the gate has nothing to say.
    project.karat(&["run"]).expect(0);
}

#[test]
fn an_accepted_run_of_another_candidate_is_a_mistake() {
    let project = accepted();
    let before = project.runs();
    project.edit("karat.yaml", "{run: accepted}", "{run: accepted, candidate: v9}");
    for command in ["check", "plan", "run", "gate"] {
        let ran = project.karat(&[command]).expect(2);
        let words = "the accepted baseline holds the scores of `v2`, and not of `v9`";
        assert!(ran.err.contains(words) && ran.err.contains("write `candidate: v2`"), "{command}: {}", ran.err);
    }
    assert_eq!(project.runs(), before);
    project.edit("karat.yaml", "candidate: v9}", "candidate: v2}");
    project.karat(&["check"]).expect(0);
}

#[test]
fn a_baseline_of_a_candidate_that_its_run_does_not_have_is_a_mistake() {
    let project = accepted();
    let before = project.runs();
    let id = before.last().unwrap().clone();
    for run in ["latest", id.as_str()] {
        project.edit("karat.yaml", "{run: accepted}", &format!("{{run: {run}, candidate: v9}}"));
        for command in ["check", "run", "gate"] {
            let ran = project.karat(&[command]).expect(2);
            let words = format!("run {id} has no candidate `v9`");
            assert!(ran.err.contains(&words) && ran.err.contains("it has v1, v2"), "{command}: {}", ran.err);
        }
        project.edit("karat.yaml", &format!("{{run: {run}, candidate: v9}}"), "{run: accepted}");
    }
    assert_eq!(project.runs(), before);
}

#[test]
fn the_latest_run_is_the_one_before() {
    let project = accepted();
    project.edit("karat.yaml", "run: accepted", "run: latest");
    let earlier = project.runs().pop().unwrap();
    let summary = project.karat(&["gate", "--json"]).expect(0).json();
    assert_eq!(summary["comparisons"][0]["baseline"], format!("v2 of run {earlier}"));
    let middle = project.runs().pop().unwrap();
    project.karat(&["gate"]).expect(0);
    // A stored run is decided against the same one again.
    let again = project.karat(&["gate", &middle, "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary));
}

#[test]
fn a_quiet_run_says_the_decision_only() {
    let project = Project::shipped();
    let ran = project.karat(&["gate", "--quiet"]).expect(1);
    insta::assert_snapshot!("quiet", ran.shown());
}

#[test]
fn suites_that_share_a_folder_have_their_own_latest_run_and_baseline() {
    let project = small();
    project.write("other.yaml", &project.read("karat.yaml").replace("name: small", "name: the other one"));
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!("no_run_of_this_suite", project.karat(&["report", "-c", "other.yaml"]).expect(2).shown());
    project.karat(&["run", "-c", "other.yaml", "--limit", "1"]).expect(0);
    let name = |arguments: &[&str]| project.karat(arguments).expect(0).json()["suite"]["name"].clone();
    assert_eq!(name(&["report", "--json"]), "small");
    assert_eq!(name(&["report", "--json", "-c", "other.yaml"]), "the other one");
    project.karat(&["runs", "baseline", "accept"]).expect(0);
    let accepted = project.json("baselines/karat.json");
    assert_eq!((accepted["suite"].as_str(), accepted["cases"].as_object().unwrap().len()), (Some("small"), 2));
    project.karat(&["runs", "baseline", "accept", "-c", "other.yaml"]).expect(0);
    assert_eq!(project.json("baselines/other.json")["suite"], "the other one");
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_suite() {
    let project = small();
    project.edit("karat.yaml", "name: small", "name: small\nseed: 1");
    let seed = |arguments: &[&str], variable: Option<&str>| {
        let mut command = project.command(&[["run", "--json"].as_slice(), arguments].concat());
        command.envs(variable.map(|seed| ("KARAT_SEED", seed)));
        project.wait(command.spawn().unwrap()).expect(0).json()["suite"]["seed"].as_u64()
    };
    assert_eq!(seed(&[], None), Some(1));
    assert_eq!(seed(&[], Some("2")), Some(2));
    assert_eq!(seed(&["--seed", "3"], Some("2")), Some(3));
}

#[test]
fn a_table_that_was_cut_short_is_said_clearly_and_built_again() {
    let project = small();
    project.karat(&["run"]).expect(0);
    let run = project.runs()[0].clone();
    let path = |table: &str| project.path(&format!(".karat/runs/{run}/{table}.parquet"));
    for name in ["cases", "outputs", "verdicts"] {
        let whole = std::fs::read(path(name)).unwrap();
        for length in [0, whole.len() / 2, whole.len() - 1] {
            std::fs::write(path(name), &whole[..length]).unwrap();
            for command in ["report", "compare", "calibrate"] {
                let said = project.karat(&[command]).expect(4).err;
                let hint = format!("`karat replay {run}` builds the tables again");
                assert!(said.contains(&format!("{name}.parquet")) && said.contains(&hint), "{said}");
            }
            let replayed = project.karat(&["replay"]).expect(0).err;
            assert!(replayed.contains("could not be read, and are those of its journal now"), "{replayed}");
            assert_eq!(std::fs::read(path(name)).unwrap(), whole, "{name} is as it was");
        }
    }
    let table = path("verdicts");
    let whole = std::fs::read(&table).unwrap();
    std::fs::write(&table, &whole[..whole.len() / 2]).unwrap();
    insta::assert_snapshot!("damaged_table", project.karat(&["report"]).expect(4).shown());
    insta::assert_snapshot!("mended_table", project.karat(&["replay"]).expect(0).shown());
    project.karat(&["report"]).expect(0);
    // A table that is gone is no run that was interrupted.
    std::fs::remove_file(&table).unwrap();
    project.karat(&["report"]).expect(4);
    project.karat(&["replay"]).expect(0);
    project.karat(&["report"]).expect(0);
}
