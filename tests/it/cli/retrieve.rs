//! Steps that search a corpus: what they find is seen by later steps, checks and reports, and a replay searches no more.

use crate::cli::project::{Project, without_meta};

const SUITE: &str = r#"
name: search
dataset: cases.jsonl
models:
  writer: {provider: recorded, replies: replies.jsonl}
candidates:
  one:   {steps: [{name: find, retrieve: docs, k: 1}, {name: say, template: "{{ steps.find.output }}"}]}
  three: {steps: [{name: find, retrieve: docs, k: 3}, {name: say, prompt: say.j2, model: writer}]}
metrics:
  found: {check: recall-at-k, k: 3, relevant: "{{ reference }}"}
  rank:  {check: mrr, relevant: "{{ reference }}"}
  took:  {check: "trajectory:step-count", of: retrieve}
"#;

fn project() -> Project {
    Project::with(&[
        ("karat.yaml", SUITE),
        ("say.j2", "{% for doc in steps.find.contexts %}[{{ doc.id }}] {{ doc.text }}\n{% endfor %}{{ input }}"),
        ("docs/returns.md", "Goods may be sent back within 30 days."),
        ("docs/shipping/cost.txt", "To send a parcel back costs nothing. A parcel to Spain costs 4.90 EUR."),
        ("docs/repairs.md", "A zip costs 25 EUR."),
        (
            "cases.jsonl",
            "{\"id\": \"spain\", \"input\": \"What does a parcel to Spain cost?\", \"reference\": \"shipping/cost.txt\"}\n\
             {\"id\": \"back\", \"input\": \"Can goods be sent back?\", \"reference\": [\"returns.md\", \"shipping/cost.txt\"]}\n\
             {\"id\": \"none\", \"input\": \"Who are you?\", \"reference\": []}\n",
        ),
        (
            "replies.jsonl",
            "{\"case\": \"spain\", \"candidate\": \"three\", \"step\": \"say\", \"text\": \"4.90 EUR\"}\n\
             {\"case\": \"back\", \"candidate\": \"three\", \"step\": \"say\", \"text\": \"Yes.\"}\n\
             {\"case\": \"none\", \"candidate\": \"three\", \"step\": \"say\", \"text\": \"A shop.\"}\n",
        ),
    ])
}

#[test]
fn what_is_found_is_seen_and_measured() {
    let project = project();
    project.karat(&["check"]).expect(0);
    let summary = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    let estimate = |candidate: &str, metric: &str| {
        summary["candidates"][candidate]["metrics"][metric]["estimate"].as_f64().unwrap()
    };
    assert_eq!((estimate("one", "found"), estimate("three", "found")), (0.75, 1.0));
    assert_eq!((estimate("one", "rank"), estimate("three", "took")), (1.0, 1.0));
    let counts = &summary["counts"]["by_metric"]["found"];
    assert_eq!(
        (counts["skipped"].as_u64(), counts["error"].as_u64()),
        (Some(2), Some(0)),
        "a case that nothing answers"
    );
    let shown = project.karat(&["runs", "show", "--case", "back"]).expect(0).out;
    assert!(shown.contains("Goods may be sent back within 30 days."), "{shown}");

    std::fs::remove_dir_all(project.path("docs")).unwrap();
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary), "a replay needs no corpus");
}

#[test]
fn another_corpus_is_another_plan_and_one_that_is_not_there_is_said() {
    let project = project();
    project.karat(&["run"]).expect(0);
    let first = project.json(&format!(".karat/runs/{}/manifest.json", project.runs()[0]))["plan"].clone();
    project.write("docs/new.md", "A parcel to Spain costs 5 EUR.");
    project.karat(&["run"]).expect(0);
    let second = project.json(&format!(".karat/runs/{}/manifest.json", project.runs()[1]))["plan"].clone();
    assert!(first.is_string() && first != second, "{first} {second}");

    project.edit("karat.yaml", "retrieve: docs, k: 1", "retrieve: dox, k: 1");
    let said = project.karat(&["check"]).expect(2).err;
    assert!(said.contains("there is no `dox` to search"), "{said}");
}

#[test]
fn a_missing_reply_behind_a_search_is_found_before_the_run() {
    let project = project();
    project.write(
        "replies.jsonl",
        "{\"case\": \"spain\", \"candidate\": \"three\", \"step\": \"say\", \"text\": \"x\"}\n",
    );
    let said = project.karat(&["run"]).expect(2).err;
    assert!(said.contains("no recorded reply for") && said.contains("back"), "{said}");
    assert_eq!(project.runs().len(), 0);
}
