//! Prompts as they were at a git revision.

use std::process::Command;

use super::{Folder, GOOD, replaced};
use crate::suite::{CandidateSource, Prompt, Suite};

/// A suite in a repository with a branch, whose prompt has changed since.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.write("prompts/support.j2", "old {{ input }}\n");
    for arguments in [
        "init --quiet --initial-branch trunk",
        "config user.name someone",
        "config user.email someone@example.com",
        "config commit.gpgsign false",
        "add .",
        "commit --quiet --message first",
        "tag v1.0",
    ] {
        git(&folder, arguments);
    }
    folder.write("prompts/support.j2", "new {{ input }}\n");
    folder
}

/// Runs git in the folder, never in the repository of a hook that may run these tests.
fn git(folder: &Folder, arguments: &str) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder.path()).args(arguments.split(' '));
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    assert!(command.status().unwrap().success(), "git {arguments}");
}

fn v1(suite: &Suite) -> &Prompt {
    match &suite.candidates["v1"].source {
        CandidateSource::Prompt(prompt) => prompt,
        _ => panic!("a prompt"),
    }
}

/// Writes the suite with another prompt for `v1`.
fn with_prompt(folder: &Folder, prompt: &str) {
    let suite = replaced(GOOD, "v1: {prompt: prompts/support.j2", &format!("v1: {{prompt: \"{prompt}\""));
    folder.write("karat.yaml", &suite);
}

#[test]
fn the_file_is_read_as_it_was() {
    let folder = repository();
    for name in ["trunk", "v1.0", "HEAD", "HEAD@{0}", "${REV_FOR_TEST}"] {
        with_prompt(&folder, &format!("prompts/support.j2@{name}"));
        let suite = super::load(&folder.path().join("karat.yaml"), &|variable| {
            Some(if variable == "REV_FOR_TEST" { "trunk" } else { "x" }.to_string())
        });
        let suite = suite.unwrap_or_else(|errors| panic!("{errors}"));
        let prompt = v1(&suite);
        assert_eq!(prompt.messages[0].content, "old {{ input }}\n", "{name}");
        assert_eq!(prompt.files[0].path, "prompts/support.j2");
        let revision = prompt.files[0].revision.as_ref().unwrap();
        assert_eq!((revision.name.as_str(), revision.commit.len()), (name, 40));
    }
}

#[test]
fn a_file_whose_name_holds_an_at_is_that_file() {
    let folder = repository();
    folder.write("prompts/support.j2@trunk", "literal");
    with_prompt(&folder, "prompts/support.j2@trunk");
    let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(v1(&suite).messages[0].content, "literal");
    assert_eq!(v1(&suite).files[0].revision, None);
}

#[test]
fn a_suite_in_a_subfolder_reads_its_own_files() {
    let folder = repository();
    folder.write("sub/x.jsonl", "");
    let suite = "name: x\ndataset: x.jsonl\nmodels: {m: {provider: openai, model: m}}\ncandidates: {a: {prompt: ../prompts/support.j2@trunk, model: m}}\nmetrics: {n: {check: length}}\n";
    folder.write("sub/karat.yaml", suite);
    let suite = super::load(&folder.path().join("sub/karat.yaml"), &|_| None);
    let suite = suite.unwrap_or_else(|errors| panic!("{errors}"));
    assert!(suite.candidates.contains_key("a"));
}

#[test]
fn what_git_does_not_have_is_said() {
    let folder = repository();
    with_prompt(&folder, "prompts/support.j2@trnk");
    insta::assert_snapshot!(folder.errors(), @r#"
    error: git knows no revision `trnk`
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/support.j2@trnk", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `trunk`?
    "#);
    with_prompt(&folder, "prompts/support.j2@nowhere");
    insta::assert_snapshot!(folder.errors(), @r#"
    error: git knows no revision `nowhere`
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/support.j2@nowhere", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: a shallow clone may lack it: `git fetch origin nowhere`
    "#);
    with_prompt(&folder, "prompts/suport.j2@trunk");
    let commit = regex::Regex::new("at [0-9a-f]{10} ").unwrap();
    insta::assert_snapshot!(commit.replace_all(&folder.errors(), "at COMMIT "), @r#"
    error: there is no `prompts/suport.j2` at `trunk`
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/suport.j2@trunk", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: at COMMIT there is `prompts/support.j2`
    "#);
    with_prompt(&folder, "prompts/support.j2@--output=x");
    insta::assert_snapshot!(folder.errors(), @r#"
    error: `--output=x` is not a git revision
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/support.j2@--output=x", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: name a branch, a tag or a commit, as in `prompts/a.j2@main`
    "#);
    with_prompt(&folder, "prompts/support.j2@");
    insta::assert_snapshot!(folder.errors(), @r#"
    error: `` is not a git revision
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/support.j2@", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: name a branch, a tag or a commit, as in `prompts/a.j2@main`
    "#);
}

#[test]
fn outside_of_a_repository_there_is_no_revision() {
    let folder = Folder::new();
    with_prompt(&folder, "prompts/support.j2@trunk");
    insta::assert_snapshot!(folder.errors(), @r#"
    error: `@trunk` asks git, and git says: not a git repository (or any of the parent directories): .git
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "prompts/support.j2@trunk", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_fault_in_an_old_prompt_names_the_revision() {
    let folder = repository();
    folder.write("prompts/support.j2", "{{ input }");
    git(&folder, "commit --quiet --all --message second");
    folder.write("prompts/support.j2", "{{ input }}");
    with_prompt(&folder, "prompts/support.j2@trunk");
    insta::assert_snapshot!(folder.errors(), @r"
    error: this template does not read: unexpected `}`, expected end of variable block
     --> evals/prompts/support.j2@trunk:1:10
      |
    1 | {{ input }
      |          ^
    ");
}
