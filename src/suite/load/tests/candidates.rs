//! What is wrong with a candidate, or with its prompt.

use super::{FEW_SHOT, Folder, changed, replaced};

#[test]
fn a_candidate_has_one_source() {
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2, model: writer}", "v1: {model: writer}"), @r"
    error: a candidate needs `prompt`, `messages`, `outputs`, `command`, `http` or `steps`
      --> evals/karat.yaml:20:3
       |
    20 |   v1: {model: writer}
       |   ^^
       |
       = help: for example `{prompt: prompts/v1.j2, model: writer}`
    ");
    insta::assert_snapshot!(changed("old: {outputs: datasets/old.jsonl}", "old: {outputs: datasets/old.jsonl, prompt: prompts/support.j2}"), @r"
    error: a candidate has only one of `prompt` and `outputs`
      --> evals/karat.yaml:23:3
       |
    23 |   old: {outputs: datasets/old.jsonl, prompt: prompts/support.j2}
       |   ^^^
    ");
    insta::assert_snapshot!(changed("old: {outputs: datasets/old.jsonl}", "old: {outputs: datasets/old.jsonl, model: writer}"), @r"
    error: a candidate with `outputs` asks no model
      --> evals/karat.yaml:23:45
       |
    23 |   old: {outputs: datasets/old.jsonl, model: writer}
       |                                             ^^^^^^
    ");
    insta::assert_snapshot!(changed("{messages: prompts/few-shot.yaml, model: demo}", "{messages: prompts/few-shot.yaml, system: prompts/system.j2, model: demo}"), @r"
    error: `system` goes with `prompt`, not with `messages`
      --> evals/karat.yaml:22:49
       |
    22 |   v3: {messages: prompts/few-shot.yaml, system: prompts/system.j2, model: demo}
       |                                                 ^^^^^^^^^^^^^^^^^
       |
       = help: a file of messages holds its own `role: system`
    ");
}

#[test]
fn its_model_and_files_must_be_there() {
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2, model: writer}", "v1: {prompt: prompts/support.j2}"), @r"
    error: a candidate needs `model`
      --> evals/karat.yaml:20:3
       |
    20 |   v1: {prompt: prompts/support.j2}
       |   ^^
       |
       = help: for example `model: writer`
    ");
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2, model: writer}", "v1: {prompt: prompts/support.j2, model: wrtier}"), @r"
    error: there is no model `wrtier`
      --> evals/karat.yaml:20:43
       |
    20 |   v1: {prompt: prompts/support.j2, model: wrtier}
       |                                           ^^^^^^
       |
       = help: did you mean `writer`?
    ");
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2", "v1: {prompt: prompts/suport.j2"), @r"
    error: cannot read `prompts/suport.j2`: there is no such file
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: prompts/suport.j2, model: writer}
       |                ^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `prompts/support.j2`?
    ");
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2", "v1: {prompt: \"Answer: {{ input }}\""), @r#"
    error: `prompt` names a file, and here stands the prompt itself
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: "Answer: {{ input }}", model: writer}
       |                ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: put it into a file: `prompt: prompts/v1.j2`
    "#);
    insta::assert_snapshot!(changed("v1: {prompt: prompts/support.j2", "v1: {prompt: prompts"), @r"
    error: cannot read `prompts`: it is a folder
      --> evals/karat.yaml:20:16
       |
    20 |   v1: {prompt: prompts, model: writer}
       |                ^^^^^^^
    ");
    insta::assert_snapshot!(changed("old: {outputs: datasets/old.jsonl}", "old: {outputs: datasets}"), @r"
    error: `datasets` is a folder, and a file is wanted
      --> evals/karat.yaml:23:18
       |
    23 |   old: {outputs: datasets}
       |                  ^^^^^^^^
    ");
}

#[test]
fn a_name_must_be_one() {
    insta::assert_snapshot!(changed("  old: {", "  tie: {"), @r"
    error: no candidate can be called `tie`: labels use the word
      --> evals/karat.yaml:23:3
       |
    23 |   tie: {outputs: datasets/old.jsonl}
       |   ^^^
    ");
    insta::assert_snapshot!(changed("  old: {", "  \" old\": {"), @r#"
    error: ` old` cannot be a name
      --> evals/karat.yaml:23:3
       |
    23 |   " old": {outputs: datasets/old.jsonl}
       |   ^^^^^^
       |
       = help: a name is not empty, has no blank at its ends and no control character in it
    "#);
}

#[test]
fn a_template_that_does_not_read_has_its_place() {
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", "Hello\n  {{ input }\n").errors(), @r"
    error: this template does not read: unexpected `}`, expected end of variable block
     --> evals/prompts/system.j2:2:12
      |
    2 |   {{ input }
      |            ^
    ");
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", "{% for x in context %}\n{{ x }}\n").errors(), @r"
    error: this template does not read: unexpected end of input, expected end of block
     --> evals/prompts/system.j2:2:6
      |
    2 | {{ x }}
      |      ^^
    ");
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", "a {{ input | shout }}").errors(), @r"
    error: there is no filter `shout`
     --> evals/prompts/system.j2:1:14
      |
    1 | a {{ input | shout }}
      |              ^^^^^
      |
      = help: the filters are those of minijinja
    ");
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", "a\n{% include \"b.j2\" %}").errors(), @r#"
    error: `include` reads another template, and a prompt is one file
     --> evals/prompts/system.j2:2:4
      |
    2 | {% include "b.j2" %}
      |    ^^^^^^^
      |
      = help: put the text here, or into a `system` prompt
    "#);
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", " \n").errors(), @r"
    error: `prompts/system.j2` is empty
      --> evals/karat.yaml:21:44
       |
    21 |   v2: {prompt: prompts/support.j2, system: prompts/system.j2, model: writer}
       |                                            ^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn a_prompt_may_not_see_the_gold() {
    insta::assert_snapshot!(Folder::new().write("prompts/system.j2", "my reference is\n  {{ input.reference }} {{ reference }}\n").errors(), @r"
    error: a prompt may not see the gold: `reference`
     --> evals/prompts/system.j2:2:28
      |
    2 |   {{ input.reference }} {{ reference }}
      |                            ^^^^^^^^^
      |
      = help: it sees `input`, `context`, `messages`, and the keys of an input that is an object
    ");
    insta::assert_snapshot!(messages("{{ input.question }}", "{{ labels.quality }}"), @r#"
    error: a prompt may not see the gold: `labels`
     --> evals/prompts/few-shot.yaml:5:29
      |
    5 | - {role: user, content: "{{ labels.quality }}"}
      |                             ^^^^^^
      |
      = help: it sees `input`, `context`, `messages`, and the keys of an input that is an object
    "#);
}

#[test]
fn a_file_of_messages_is_checked() {
    insta::assert_snapshot!(messages("role: user", "role: human"), @r#"
    error: `human` is not a value of `role`
     --> evals/prompts/few-shot.yaml:5:10
      |
    5 | - {role: human, content: "{{ input.question }}"}
      |          ^^^^^
      |
      = help: known: `system`, `user`, `assistant`
    "#);
    insta::assert_snapshot!(messages("- role: system\n", "- rol: system\n"), @r"
    error: unknown key `rol` in a message
     --> evals/prompts/few-shot.yaml:1:3
      |
    1 | - rol: system
      |   ^^^
      |
      = help: did you mean `role`?
    ");
    insta::assert_snapshot!(messages("    Briefly.", "    {{ input }"), @r"
    error: this template does not read: unexpected `}`, expected end of variable block
     --> evals/prompts/few-shot.yaml:4:14
      |
    4 |     {{ input }
      |              ^
    ");
    insta::assert_snapshot!(messages("{{ input.question }}", "{{ input"), @r#"
    error: this template does not read: unexpected end of input, expected end of variable block
     --> evals/prompts/few-shot.yaml:5:29
      |
    5 | - {role: user, content: "{{ input"}
      |                             ^^^^^
    "#);
    insta::assert_snapshot!(Folder::new().write("prompts/few-shot.yaml", "[]").errors(), @r#"
    error: a prompt needs a message
     --> evals/prompts/few-shot.yaml:1:1
      |
    1 | []
      | ^^
      |
      = help: for example `- {role: user, content: "{{ input }}"}`
    "#);
    insta::assert_snapshot!(Folder::new().write("prompts/few-shot.yaml", "a: b").errors(), @r"
    error: `messages` must be a list of `{role, content}`, and here stands a map
     --> evals/prompts/few-shot.yaml:1:1
      |
    1 | a: b
      | ^^^^
    ");
}

/// What the loader says where a text of the file of messages is another.
fn messages(from: &str, to: &str) -> String {
    Folder::new().write("prompts/few-shot.yaml", &replaced(FEW_SHOT, from, to)).errors()
}
