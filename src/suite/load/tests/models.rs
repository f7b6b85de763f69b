//! What is wrong with a model.

use super::{Folder, GOOD, changed, replaced};

#[test]
fn every_provider_is_read() {
    let words = ["openai", "openai-responses", "anthropic", "gemini"];
    for word in words {
        let folder = Folder::new();
        let changed = replaced(
            GOOD,
            "provider: openai, model: gpt-4.1-mini, params: {temperature: 0, max_tokens: 800}",
            &format!("provider: {word}, model: m"),
        );
        folder.write("karat.yaml", &changed);
        let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(serde_json::json!(suite.models[0].provider), word);
    }
}

#[test]
fn each_provider_has_names_of_its_own() {
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: gemini"), @r"
    error: a model needs `model`
     --> evals/karat.yaml:5:3
      |
    5 |   writer: {provider: gemini, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |   ^^^^^^
      |
      = help: for example `model: gemini-3.5-flash`

    error: `temperature` cannot stand under `params`
     --> evals/karat.yaml:5:39
      |
    5 |   writer: {provider: gemini, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                                       ^^^^^^^^^^^
      |
      = help: it stands within: `params: {generationConfig: {temperature: 0, maxOutputTokens: 800}}`

    error: `max_tokens` cannot stand under `params`
     --> evals/karat.yaml:5:55
      |
    5 |   writer: {provider: gemini, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                                                       ^^^^^^^^^^
      |
      = help: it stands within: `params: {generationConfig: {temperature: 0, maxOutputTokens: 800}}`
    ");
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: openai-responses, model: x"), @r"
    error: `max_tokens` cannot stand under `params`
     --> evals/karat.yaml:5:75
      |
    5 |   writer: {provider: openai-responses, model: x, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                                                                           ^^^^^^^^^^
      |
      = help: with this provider it is called `max_output_tokens`
    ");
    insta::assert_snapshot!(
        changed(
            "provider: openai, model: gpt-4.1-mini, params: {temperature: 0, max_tokens: 800}",
            "provider: gemini, model: x, params: {generationConfig: {candidateCount: 2}}"
        ),
        @r"
    error: `generationConfig.candidateCount` cannot stand under `params`
     --> evals/karat.yaml:5:68
      |
    5 |   writer: {provider: gemini, model: x, params: {generationConfig: {candidateCount: 2}}, prices: {input: 0.4, output: 1.6}}
      |                                                                    ^^^^^^^^^^^^^^
      |
      = help: use `repeat`, so that each output is a sample of its own
    "
    );
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: anthropic, model: x, structured: object"), @r"
    error: Anthropic's Messages have a form for a schema, and none for any object
     --> evals/karat.yaml:5:55
      |
    5 |   writer: {provider: anthropic, model: x, structured: object, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output:...
      |                                                       ^^^^^^
      |
      = help: known: `auto`, `schema`, `off`
    ");
}

#[test]
fn a_provider_must_be_one_of_those_built() {
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: azure, model: x"), @r#"
    error: there is no provider `azure`
     --> evals/karat.yaml:5:22
      |
    5 |   writer: {provider: azure, model: x, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                      ^^^^^
      |
      = help: Azure OpenAI is `provider: openai` with its `base_url`, `headers: {api-key: "${NAME}"}` and `query: {api-version: …}`
    "#);
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: ollama, model: x"), @r"
    error: there is no provider `ollama`
     --> evals/karat.yaml:5:22
      |
    5 |   writer: {provider: ollama, model: x, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                      ^^^^^^
      |
      = help: any server that speaks OpenAI's Chat Completions works: `provider: openai` with its `base_url`
    ");
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: openia, model: x"), @r"
    error: there is no provider `openia`
     --> evals/karat.yaml:5:22
      |
    5 |   writer: {provider: openia, model: x, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                      ^^^^^^
      |
      = help: did you mean `openai`?
    ");
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "model: x"), @r"
    error: a model needs `provider`
     --> evals/karat.yaml:5:3
      |
    5 |   writer: {model: x, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |   ^^^^^^
      |
      = help: for example `provider: openai`
    ");
}

#[test]
fn each_provider_needs_what_it_needs() {
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: openai"), @r"
    error: a model needs `model`
     --> evals/karat.yaml:5:3
      |
    5 |   writer: {provider: openai, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |   ^^^^^^
      |
      = help: for example `model: gpt-4.1-mini`
    ");
    insta::assert_snapshot!(changed("provider: recorded, replies: datasets/support.replies.jsonl", "provider: recorded"), @r"
    error: a model needs `replies`
      --> evals/karat.yaml:18:3
       |
    18 |   demo: {provider: recorded}
       |   ^^^^
       |
       = help: for example `replies: datasets/replies.jsonl`
    ");
    insta::assert_snapshot!(changed("provider: openai, model: gpt-4.1-mini", "provider: openai, model: x, replies: a.jsonl"), @r"
    error: `replies` is for `provider: recorded`: this model is asked over the network
     --> evals/karat.yaml:5:49
      |
    5 |   writer: {provider: openai, model: x, replies: a.jsonl, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                                                 ^^^^^^^
    ");
    insta::assert_snapshot!(changed("datasets/support.replies.jsonl", "datasets/replies.jsonl"), @r"
    error: cannot read `datasets/replies.jsonl`: there is no such file
      --> evals/karat.yaml:18:39
       |
    18 |   demo: {provider: recorded, replies: datasets/replies.jsonl}
       |                                       ^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn limits_and_times_must_make_sense() {
    insta::assert_snapshot!(changed("timeout: 90s", "timeout: 90"), @r"
    error: `timeout` must be a time above zero with its unit, such as `60s`, `500ms` or `2m`, and here stands the number 90
      --> evals/karat.yaml:16:14
       |
    16 |     timeout: 90
       |              ^^
       |
       = help: in seconds: `90s`
    ");
    insta::assert_snapshot!(changed("max_concurrency: 32", "max_concurrency: 0"), @r"
    error: `max_concurrency` must be a whole number, 1 or more, and here stands the number 0
      --> evals/karat.yaml:14:22
       |
    14 |     max_concurrency: 0
       |                      ^
    ");
    insta::assert_snapshot!(changed("structured: schema", "structured: json"), @r"
    error: `json` is not a value of `structured`
      --> evals/karat.yaml:13:17
       |
    13 |     structured: json
       |                 ^^^^
       |
       = help: known: `auto`, `schema`, `object`, `off`
    ");
    insta::assert_snapshot!(changed("input: 0.4", "input: -1"), @r"
    error: `input` must be US dollars for a million tokens, 0 or more, and here stands the number -1
     --> evals/karat.yaml:5:110
      |
    5 |   writer: {provider: openai, model: gpt-4.1-mini, params: {temperature: 0, max_tokens: 800}, prices: {input: -1, output: 1.6}}
      |                                                                                                              ^^
    ");
    insta::assert_snapshot!(changed("prices: {input: 0.4, output: 1.6}", "prices: {input: 0.4}"), @r"
    error: `prices` needs `output`
     --> evals/karat.yaml:5:94
      |
    5 |   writer: {provider: openai, model: gpt-4.1-mini, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4}}
      |                                                                                              ^^^^^^
      |
      = help: for example `prices: {input: 0.4, output: 1.6}`
    ");
}

#[test]
fn keys_of_other_tools_are_named() {
    insta::assert_snapshot!(changed("    max_attempts: 3", "    retries: 3"), @r"
    error: unknown key `retries` in a model
      --> evals/karat.yaml:17:5
       |
    17 |     retries: 3
       |     ^^^^^^^
       |
       = help: called `max_attempts` here: how often a request is tried in all
    ");
    insta::assert_snapshot!(changed("params: {temperature: 0, max_tokens: 800}", "temperature: 0"), @r"
    error: unknown key `temperature` in a model
     --> evals/karat.yaml:5:51
      |
    5 |   writer: {provider: openai, model: gpt-4.1-mini, temperature: 0, prices: {input: 0.4, output: 1.6}}
      |                                                   ^^^^^^^^^^^
      |
      = help: what goes into the request stands under `params`
    ");
    insta::assert_snapshot!(changed("params: {temperature: 0", "params: {stream: true"), @r"
    error: `stream` cannot stand under `params`
     --> evals/karat.yaml:5:60
      |
    5 |   writer: {provider: openai, model: gpt-4.1-mini, params: {stream: true, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
      |                                                            ^^^^^^
      |
      = help: karat reads whole replies
    ");
}

#[test]
fn the_address_must_be_a_root() {
    insta::assert_snapshot!(changed("http://${HOST}:11434/v1", "${HOST}:11434/v1"), @r#"
    error: `base_url` must start with `http://` or `https://`
     --> evals/karat.yaml:9:15
      |
    9 |     base_url: "${HOST}:11434/v1"
      |               ^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(changed("http://${HOST}:11434/v1", "http://${HOST}:11434/v1/chat/completions"), @r#"
    error: `base_url` is the root of the API, and the endpoint's own path comes after it
     --> evals/karat.yaml:9:15
      |
    9 |     base_url: "http://${HOST}:11434/v1/chat/completions"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: leave `/chat/completions` off
    "#);
    let messages = changed("http://${HOST}:11434/v1", "http://${HOST}:11434/v1/messages");
    assert!(messages.contains("leave `/messages` off"), "{messages}");
}

#[test]
fn a_variable_that_is_not_set_is_said() {
    insta::assert_snapshot!(changed("${HOST}", "${HOTS}"), @r#"
    error: the environment variable `HOTS` is not set
     --> evals/karat.yaml:9:23
      |
    9 |     base_url: "http://${HOTS}:11434/v1"
      |                       ^^^^^^^
      |
      = help: set it in the environment, or in a file given by `--env-file`
    "#);
    insta::assert_snapshot!(changed("${TOKEN}", "${TOKEN"), @r#"
    error: `${TOKEN` does not name an environment variable
      --> evals/karat.yaml:11:53
       |
    11 |     headers: {x-team: evals, authorization: "Bearer ${TOKEN"}
       |                                                     ^^^^^^^
       |
       = help: a variable is written `${NAME}`, and a literal `${` is written `$${`
    "#);
    insta::assert_snapshot!(changed("model: qwen3", "model: \"${MODEL}\""), @r#"
    error: the environment variable `MODEL` is not set
     --> evals/karat.yaml:8:13
      |
    8 |     model: "${MODEL}"
      |             ^^^^^^^^
      |
      = help: set it in the environment, or in a file given by `--env-file`
    "#);
}

#[test]
fn a_key_in_the_query_of_an_address_is_refused_and_not_repeated() {
    let shown = changed("http://${HOST}:11434/v1", "http://host/v1?api_key=sk-0123456789abcdef&v=1");
    assert!(shown.contains("a key is named by its variable, never written down"), "{shown}");
    assert!(shown.contains("query: {api_key:") && !shown.contains("sk-0123456789abcdef"), "{shown}");
}

#[test]
fn a_key_written_down_is_refused_and_not_shown() {
    insta::assert_snapshot!(changed("api_key_env: GRADER_KEY", "api_key: sk-proj-1234567890"), @r"
    error: a key is named by its variable, never written down
      --> evals/karat.yaml:10:5
       |
    10 |     api_key: ******************
       |     ^^^^^^^
       |
       = help: write `api_key_env: NAME_OF_THE_VARIABLE`
    ");
    insta::assert_snapshot!(changed("api_key_env: GRADER_KEY", "api_key_env: sk-proj-1234567890"), @r"
    error: `api_key_env` must be the name of an environment variable
      --> evals/karat.yaml:10:18
       |
    10 |     api_key_env: ******************
       |                  ^^^^^^^^^^^^^^^^^^
       |
       = help: a key is named by its variable, never written down: `api_key_env: OPENAI_API_KEY`
    ");
    insta::assert_snapshot!(changed("\"Bearer ${TOKEN}\"", "Bearer sk-proj-1234567890, x: y"), @r#"
    error: a key is named by its variable, never written down
      --> evals/karat.yaml:11:45
       |
    11 |     headers: {x-team: evals, authorization: *************************, x: y}
       |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `authorization: "${NAME_OF_THE_VARIABLE}"`
    "#);
    insta::assert_snapshot!(changed("http://${HOST}:11434/v1", "http://me:hunter2hunter2@host/v1"), @r#"
    error: a key is named by its variable, never written down
     --> evals/karat.yaml:9:15
      |
    9 |     base_url: "http://me:**************@host/v1"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: put it into a header: `headers: {authorization: "${NAME}"}`
    "#);
    insta::assert_snapshot!(changed("{api-version: 2024-10-21}", "{key: AIzaSyA1234567890}"), @r#"
    error: a key is named by its variable, never written down
      --> evals/karat.yaml:12:18
       |
    12 |     query: {key: *****************}
       |                  ^^^^^^^^^^^^^^^^^
       |
       = help: write `key: "${NAME_OF_THE_VARIABLE}"`
    "#);
}

#[test]
fn a_fallback_is_another_model_of_the_suite_and_never_oneself() {
    let folder = Folder::new();
    folder.write(
        "karat.yaml",
        &replaced(GOOD, "    max_attempts: 3", "    max_attempts: 3\n    fallback: writer\n    patience: 5m"),
    );
    let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
    let grader = suite.models.values().find(|model| model.fallback.is_some()).unwrap();
    assert_eq!(grader.fallback, Some("writer".into()));
    assert_eq!(grader.patience, Some(std::time::Duration::from_secs(300)));
    insta::assert_snapshot!(changed("    max_attempts: 3", "    fallback: wirter"), @r#"
    error: there is no model `wirter`
      --> evals/karat.yaml:17:15
       |
    17 |     fallback: wirter
       |               ^^^^^^
       |
       = help: did you mean `writer`?
    "#);
    let circle = "provider: openai, model: gpt-4.1-mini, fallback: grader";
    let suite = replaced(GOOD, "    max_attempts: 3", "    fallback: writer");
    folder.write("karat.yaml", &replaced(&suite, "provider: openai, model: gpt-4.1-mini", circle));
    let errors = folder.load().unwrap_err().to_string();
    assert_eq!(errors.matches("error: ").count(), 1, "a circle is told of once: {errors}");
    assert!(errors.contains("`writer` falls back on itself: `writer` → `grader` → `writer`"), "{errors}");
    assert!(errors.contains("karat.yaml:5:61"), "{errors}");
}
