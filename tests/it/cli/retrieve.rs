//! Steps that search a corpus: what they find is seen by later steps, checks and reports, and a replay searches no more.

use serde_json::{Value, json};

use crate::cli::project::{Project, without_meta};
use crate::cli::server::{Answer, Server};

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
fn empty_documents_are_found_before_a_run() {
    let project = project();
    project.write("docs/empty.md", " \n");
    project.write("docs/other.md", "");
    let told = project.karat(&["check"]).expect(0).err;
    assert!(told.contains("2 of 5 documents of `docs` are empty and never found (`empty.md` first)"), "{told}");
    for name in ["returns.md", "repairs.md", "shipping/cost.txt"] {
        project.write(&format!("docs/{name}"), "");
    }
    let told = project.karat(&["check"]).expect(2).err;
    assert!(told.contains("every document in docs is empty, so that no search can find one"), "{told}");
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

const BY_VECTORS: &str = r#"
name: search
dataset: cases.jsonl
models:
  embedder: {provider: openai-embeddings, model: embed-1, base_url: "${MODEL_URL}", prices: {input: 1000, output: 0}}
candidates:
  words:   {steps: [{name: find, retrieve: docs, k: 1}]}
  vectors: {steps: [{name: find, retrieve: docs, k: 1, by: vectors, model: embedder}]}
  both:    {steps: [{name: find, retrieve: docs, k: 2, by: hybrid, model: embedder}]}
metrics:
  found: {check: recall-at-k, k: 2, relevant: "{{ reference }}"}
  cost:  {check: cost}
"#;

/// A model for which a text is about parcels, about zips, or about neither.
fn embed(text: &str) -> Value {
    let about = |words: &[&str]| f64::from(u8::from(words.iter().any(|word| text.contains(word))));
    json!([about(&["parcel", "package"]), about(&["zip", "fastener"]), 0.1])
}

fn embedder() -> Server {
    Server::start(|call| {
        let input = call.body["input"].as_array().unwrap();
        if input.iter().any(|text| text.as_str().unwrap().contains("refuse")) {
            return Answer::of(400, json!({"error": {"message": "no such text"}}));
        }
        let one = |(at, text): (usize, &Value)| json!({"index": at, "embedding": embed(text.as_str().unwrap())});
        let data: Vec<Value> = input.iter().enumerate().map(one).collect();
        Answer::of(200, json!({"data": data, "model": "embed-1", "usage": {"prompt_tokens": 10, "total_tokens": 10}}))
    })
}

fn by_vectors(server: &Server) -> Project {
    let project = Project::with(&[
        ("karat.yaml", BY_VECTORS),
        ("docs/repairs.md", "A new zip costs 25 EUR."),
        ("docs/returns.md", "Goods may be sent back within 30 days."),
        ("docs/shipping.md", "A parcel to Spain costs 4.90 EUR."),
        ("docs/empty.md", " \n"),
        (
            "cases.jsonl",
            "{\"id\": \"a\", \"input\": \"How much is a package?\", \"reference\": \"shipping.md\"}\n\
             {\"id\": \"b\", \"input\": \"My fastener broke\", \"reference\": [\"repairs.md\"]}\n\
             {\"id\": \"c\", \"input\": \"Goods sent back\", \"reference\": [\"returns.md\"]}\n",
        ),
    ]);
    project.variable("MODEL_URL", &server.url())
}

fn texts_asked(server: &Server) -> Vec<Vec<String>> {
    let texts = |call: &crate::cli::server::Call| {
        call.body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_string()).collect()
    };
    server.calls().iter().map(texts).collect()
}

#[test]
fn what_shares_no_word_is_found_by_its_vector() {
    let server = embedder();
    let project = by_vectors(&server);
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let estimate = |candidate: &str, metric: &str| {
        summary["candidates"][candidate]["metrics"][metric]["estimate"].as_f64().unwrap()
    };
    let third = 1.0 / 3.0;
    assert!((estimate("words", "found") - third).abs() < 1e-9, "by words only `c` is found");
    assert_eq!(estimate("vectors", "found"), 1.0);
    assert_eq!(estimate("both", "found"), 1.0);
    // 10 tokens for the query; the vectors of the corpus are nobody's.
    assert!((estimate("vectors", "cost") - 0.01).abs() < 1e-9 && estimate("words", "cost") == 0.0);
    let asked = texts_asked(&server);
    assert_eq!(asked.iter().filter(|texts| texts.len() == 3).count(), 1, "the corpus in one request: {asked:?}");
    assert!(asked.len() <= 1 + 3 * 2 && asked.iter().flatten().all(|text| !text.trim().is_empty()), "{asked:?}");

    let count = server.count();
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary.clone()));
    let again = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary), "all of it is in the cache");
    assert_eq!(server.count(), count);
}

#[test]
fn of_a_changed_corpus_only_what_is_new_is_asked() {
    let server = embedder();
    let project = by_vectors(&server);
    project.karat(&["run"]).expect(0);
    let before = server.count();
    project.write("docs/a_new.md", "Every package is insured.");
    let refused = project.karat(&["run", "--offline"]).expect(2).err;
    assert!(refused.contains("no cached reply for candidate `vectors`"), "{refused}");
    project.karat(&["run"]).expect(0);
    let asked = texts_asked(&server).split_off(before);
    assert_eq!(asked, [["Every package is insured."]]);
}

#[test]
fn a_search_is_planned_paid_for_and_bounded_by_the_budget() {
    let server = embedder();
    let project = by_vectors(&server);
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let parts = plan["cost"]["parts"].as_array().unwrap();
    let of = |role: &str, name: &str| {
        let part = parts.iter().find(|part| part["role"] == role && part["name"] == name);
        part.unwrap_or_else(|| panic!("{role} {name}: {parts:?}"))
    };
    assert_eq!((of("corpus", "docs")["calls"].as_u64(), of("step", "vectors")["calls"].as_u64()), (Some(1), Some(3)));
    assert!(of("corpus", "docs")["at_most"]["usd"].as_f64().unwrap() > 0.0);
    assert!(parts.iter().all(|part| part["name"] != "words"), "a search by words asks nobody");
    assert_eq!(server.count(), 0);

    let summary = project.karat(&["run", "--json", "--no-cache"]).expect(0).json();
    let meta = &summary["meta"];
    assert!((meta["spent_usd"].as_f64().unwrap() - 0.07).abs() < 1e-9, "the corpus once, and six queries: {meta}");
    let stopped = project.karat(&["run", "--no-cache", "--budget-usd", "0.001"]).expect(4).err;
    assert!(stopped.contains("budget"), "{stopped}");
}

#[test]
fn a_search_that_cannot_be_made_is_an_error_of_its_case_and_names_its_step() {
    let server = embedder();
    let project = by_vectors(&server);
    project.write("docs/bad.md", "refuse");
    let run = project.karat(&["run"]);
    assert!(run.err.contains("step `find`") && run.err.contains("no such text"), "{}", run.err);

    let wrong = |from: &str, to: &str| {
        project.write("karat.yaml", &BY_VECTORS.replace(from, to));
        project.karat(&["check"]).expect(2).err
    };
    let vectors = "by: vectors, model: embedder";
    let said = [
        wrong(vectors, "by: vectors"),
        wrong(vectors, "model: embedder"),
        wrong(vectors, "by: vector, model: embedder"),
        wrong("model: embedder}]}\n  both", "model: embeder}]}\n  both"),
        wrong("provider: openai-embeddings", "provider: openai"),
    ];
    let wanted = [
        "model: embedder",
        "a search by words asks no model",
        "did you mean `vectors`?",
        "did you mean `embedder`?",
        "gives no embeddings",
    ];
    for (said, wanted) in said.iter().zip(wanted) {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn a_step_that_writes_down_what_was_found_has_a_most() {
    let project = Project::with(&[
        ("docs/long.md", &"long ".repeat(100)),
        ("docs/short.md", "short"),
        ("say.j2", "{% for doc in steps.find.contexts %}[{{ doc.id }}] {{ doc.text }}{% endfor %}"),
        ("again.j2", "{{ steps.say.output }} {{ steps.say.output }}"),
        ("choose.j2", "{% if steps.say.output == 'x' %}{{ input }}{% endif %}"),
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"short?\"}\n"),
        (
            "karat.yaml",
            r#"
name: bounded
dataset: cases.jsonl
models:
  writer: {provider: openai, model: w, base_url: "http://127.0.0.1:9", params: {max_tokens: 70}, prices: {input: 1, output: 1}}
candidates:
  v1:
    steps:
      - {name: find, retrieve: docs, k: 2}
      - {name: say, prompt: say.j2, model: writer}
      - {name: again, prompt: again.j2, model: writer}
      - {name: choose, prompt: choose.j2, model: writer}
metrics:
  short: {check: length, max: 10}
"#,
        ),
    ]);
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let most = |step: &str| {
        let parts = plan["cost"]["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["step"] == step).unwrap_or_else(|| panic!("{step}: {parts:?}"));
        part["at_most"]["input_tokens"].as_u64()
    };
    // Two documents as long as the longest, with ids as long as the longest; then two outputs of 70 tokens.
    assert!((2 * 500..2 * 500 + 200).contains(&most("say").unwrap()), "{:?}", most("say"));
    assert!((2 * 70..2 * 70 + 100).contains(&most("again").unwrap()), "{:?}", most("again"));
    assert_eq!(most("choose"), None, "which way it goes is not known");
    let told = project.karat(&["plan"]).expect(0).out;
    assert!(told.contains("`v1/choose`: what is sent depends on what comes of earlier steps"), "{told}");
}

#[test]
fn the_stand_in_gives_vectors_and_a_replay_needs_neither_it_nor_the_corpus() {
    let mock = karat::mock::Server::start(karat::mock::Settings::default()).unwrap();
    let server = embedder();
    let project = by_vectors(&server).variable("MODEL_URL", &mock.url());
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    // It knows words and no meanings: what shares words is near, so the third case is found, whoever else is.
    let shown = project.karat(&["runs", "show", "--case", "c"]).expect(0).out;
    assert!(shown.contains("Goods may be sent back within 30 days."), "{shown}");
    let asked = mock.stats().total;
    assert!(asked > 0 && server.count() == 0);
    let again = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary.clone()));
    std::fs::remove_dir_all(project.path("docs")).unwrap();
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!((without_meta(again), mock.stats().total), (without_meta(summary), asked));
}
