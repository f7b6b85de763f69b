//! The world around the program: GitHub, pipes, folders that cannot be written, and git.

use std::process::{Command, Stdio};

use super::project::{Project, steady};

#[test]
fn on_github_the_decision_is_annotated_and_the_summary_appended() {
    let project = Project::shipped();
    project.write("page.md", "what was there\n");
    let page = project.path("page.md").display().to_string();
    let project = project.variable("GITHUB_ACTIONS", "true").variable("GITHUB_STEP_SUMMARY", &page);
    let ran = project.karat(&["gate"]).expect(1);
    let annotations: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("::")).collect();
    insta::assert_snapshot!("annotations", annotations.join("\n"));
    let summary = project.read("page.md");
    assert_eq!(summary, format!("what was there\n{}", project.read("reports/latest/report.md")));
    // --json is JSON and nothing else there too.
    assert_eq!(project.karat(&["gate", "--json"]).expect(1).json()["gate"]["decision"], "fail");
    assert!(project.read("page.md").len() > summary.len() + 1000);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::shipped();
    for arguments in [["run", "--json"].as_slice(), &["runs", "show", "--case", "saf-025"], &["schema"], &["--help"]] {
        let mut child = project.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let ran = project.wait(child).expect(0);
        assert!(!ran.err.contains("panicked") && !ran.err.contains("error"), "{}", ran.err);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error() {
    let project = Project::shipped();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = project.command(&["schema"]).stdout(Stdio::from(full)).spawn().unwrap();
    let ran = project.wait(child).expect(4);
    assert!(ran.err.contains("cannot write standard output"), "{}", ran.err);
}

#[test]
fn a_folder_that_cannot_be_written_gives_one_clear_error() {
    let project = Project::shipped();
    // A file in the way stops every user, root too.
    project.write(".karat", "in the way");
    insta::assert_snapshot!("no_runs_folder", project.karat(&["run"]).expect(4).shown());
    std::fs::remove_file(project.path(".karat")).unwrap();
    project.write("reports", "in the way");
    insta::assert_snapshot!("no_reports_folder", project.karat(&["run"]).expect(4).shown());
    std::fs::remove_file(project.path("reports")).unwrap();
    // The run is there all the same.
    project.karat(&["report"]).expect(0);
}

#[test]
#[cfg(unix)]
fn a_read_only_folder_gives_one_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::shipped();
    let allow = |mode| std::fs::set_permissions(project.root(), PermissionsExt::from_mode(mode)).unwrap();
    allow(0o555);
    if std::fs::write(project.path("probe"), "").is_ok() {
        allow(0o755);
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let ran = project.karat(&["run"]);
    allow(0o755);
    insta::assert_snapshot!("read_only", ran.expect(4).shown());
}

fn git(project: &Project, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(project.root()).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(arguments);
    let done = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A repository whose prompt was changed since its last commit: the candidate `base` is the committed one.
fn repository() -> Project {
    let mut replies = String::new();
    for n in 0..4 {
        for candidate in ["base", "head"] {
            let row = serde_json::json!({"case": format!("c{n}"), "candidate": candidate, "text": candidate});
            replies.push_str(&format!("{row}\n"));
        }
    }
    let cases: String = (0..4).map(|n| format!("{{\"id\": \"c{n}\", \"input\": \"q{n}\"}}\n")).collect();
    let project = Project::with(&[
        (
            "karat.yaml",
            "name: in git\ndataset: cases.jsonl\nmodels:\n  demo: {provider: recorded, replies: replies.jsonl}\n\
             candidates:\n  base: {prompt: prompts/a.j2@main, model: demo}\n  head: {prompt: prompts/a.j2, model: demo}\n\
             metrics:\n  words: {check: length, unit: words, max: 60}\n\
             gate:\n  baseline: base\n  candidate: head\n  rules: [{metric: words, not_worse_by: 0.1}]\n",
        ),
        ("cases.jsonl", &cases),
        ("replies.jsonl", &replies),
        ("prompts/a.j2", "You answer briefly.\n{{ input }}\n"),
    ]);
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "base"]);
    project.write("prompts/a.j2", "You answer with a marmot.\n{{ input }}\n");
    project
}

#[test]
fn a_prompt_is_read_as_it_was_at_a_revision_and_its_diff_is_reported() {
    let project = repository();
    project.karat(&["run"]).expect(0);
    let page = project.read("reports/latest/report.html");
    let text = regex::Regex::new("<[^>]*>").unwrap().replace_all(&page, "").into_owned();
    assert!(text.contains("briefly") && text.contains("marmot"), "both versions stand in the page");
    let shown = project.karat(&["runs", "show", "--case", "c1"]).expect(0);
    insta::assert_snapshot!("base_and_head", steady(&shown.out));
    let commit = project.json("reports/latest/summary.json")["meta"]["commit"].as_str().unwrap().to_string();
    assert_eq!(commit.len(), 40);
}

#[test]
fn a_revision_that_git_does_not_know_is_named() {
    let project = repository();
    project.edit("karat.yaml", "@main", "@mian");
    insta::assert_snapshot!("no_such_revision", project.karat(&["run"]).expect(2).shown());
    project.edit("karat.yaml", "a.j2@mian", "b.j2@main");
    let ran = project.karat(&["run"]).expect(2);
    let hidden = regex::Regex::new("at [0-9a-f]{10}").unwrap().replace_all(&ran.shown(), "at [commit]").into_owned();
    insta::assert_snapshot!("no_such_file_there", hidden);
}

#[test]
fn a_branch_that_only_the_remote_has_is_found_there() {
    let project = repository();
    let main = ["update-ref", "refs/remotes/origin/main", "main"];
    git(&project, &main);
    git(&project, &["checkout", "-q", "--detach"]);
    git(&project, &["branch", "-q", "-D", "main"]);
    project.karat(&["run", "--quiet"]).expect(0);
    assert!(project.of_run("manifest.json").contains("You answer briefly."), "the base is the committed prompt");
}

#[test]
fn one_tag_is_read_from_a_column_of_its_own() {
    let project = repository();
    project.write("cases.csv", "id,question,kind\nc0,q0,a\nc1,q1,b\nc2,q2,a\nc3,q3,b\n");
    project.edit("karat.yaml", "dataset: cases.jsonl", "dataset: {path: cases.csv, fields: {tags.topic: kind}}");
    let compared = project.karat(&["run", "--json"]).expect(0).json();
    let slices: Vec<&str> =
        compared["comparisons"].as_array().unwrap().iter().filter_map(|c| c["slice"]["topic"].as_str()).collect();
    assert_eq!(slices, ["a", "b"]);
    project.edit("karat.yaml", "tags.topic", "cluster.topic");
    project.karat(&["check"]).expect(2);
}
