//! Templates filled in, and what is said where they cannot be.

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::suite::{MessageTemplate, Role};

fn variables(value: Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

fn case() -> Map<String, Json> {
    let input =
        json!({"question": "Where is <my> order?", "order": {"number": 7}, "context": "hidden by the real one"});
    prompt_variables(&input, &[json!("one"), json!("two")], &[] as &[Json; 0])
}

fn message(content: &str, line: usize) -> MessageTemplate {
    MessageTemplate { role: Role::User, content: content.to_string(), file: "prompts/a.j2".to_string(), line }
}

fn rendered(content: &str) -> String {
    render(&[message(content, 1)], &case()).unwrap_or_else(|error| panic!("{error}")).remove(0).1
}

fn error(content: &str, line: usize) -> String {
    render(&[message(content, line)], &case()).expect_err("an error").to_string()
}

#[test]
fn text_is_filled_in_as_it_is() {
    assert_eq!(rendered("Q: {{ input.question }}\n"), "Q: Where is <my> order?");
    assert_eq!(rendered("{% for d in context %}[{{ d }}]{% endfor %}"), "[one][two]");
    assert_eq!(rendered("{{ question | upper }}"), "WHERE IS <MY> ORDER?");
    assert_eq!(rendered("{{ input.order | tojson }}"), r#"{"number": 7}"#);
    assert_eq!(rendered("{% if tip is defined %}{{ tip }}{% endif %}none"), "none");
}

#[test]
fn a_variable_that_is_not_there_is_named_with_the_nearest() {
    insta::assert_snapshot!(error("Hello\n  {{ qestion }}\n", 1), @r"
    error: `qestion` is not defined
     --> prompts/a.j2:2:6
      |
    2 |   {{ qestion }}
      |      ^^^^^^^
      |
      = help: did you mean `question`?
    ");
    insta::assert_snapshot!(error("{{ input.qestion }}", 5), @r"
    error: `input.qestion` is not defined
     --> prompts/a.j2:5:4
      |
    5 | {{ input.qestion }}
      |    ^^^^^^^^^^^^^
      |
      = help: did you mean `question`?
    ");
    insta::assert_snapshot!(error("{{ input.order.numbr }}", 1), @r"
    error: `input.order.numbr` is not defined
     --> prompts/a.j2:1:4
      |
    1 | {{ input.order.numbr }}
      |    ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `number`?
    ");
    insta::assert_snapshot!(error("{% if tip %}x{% endif %}", 1), @r"
    error: `tip` is not defined
     --> prompts/a.j2:1:7
      |
    1 | {% if tip %}x{% endif %}
      |       ^^^
      |
      = help: known: `question`, `order`, `context`, `input`, `messages`
    ");
    insta::assert_snapshot!(error("{% for d in contxt %}{{ d }}{% endfor %}", 1), @r"
    error: `contxt` is not defined
     --> prompts/a.j2:1:13
      |
    1 | {% for d in contxt %}{{ d }}{% endfor %}
      |             ^^^^^^
      |
      = help: did you mean `context`?
    ");
    insta::assert_snapshot!(error("{{ zzz | upper }}", 1), @r"
    error: `zzz` is not defined
     --> prompts/a.j2:1:4
      |
    1 | {{ zzz | upper }}
      |    ^^^
      |
      = help: known: `question`, `order`, `context`, `input`, `messages`
    ");
}

#[test]
fn what_fails_says_why() {
    insta::assert_snapshot!(error("{{ question / 2 }}", 1), @r"
    error: this template fails: invalid operation: tried to use / operator on unsupported types string and number
     --> prompts/a.j2:1:4
      |
    1 | {{ question / 2 }}
      |    ^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(error("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", 1), @r"
    error: this template takes too many steps
     --> prompts/a.j2:1:1
      |
    1 | {% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(error("{{ question.shout() }}", 1), @r"
    error: this template fails: unknown method: string has no method named shout
     --> prompts/a.j2:1:12
      |
    1 | {{ question.shout() }}
      |            ^^^^^^^^
    ");
}

#[test]
fn the_value_of_a_check_sees_the_whole_case() {
    let case = variables(json!({"reference": "yes", "tags": {"topic": "safety"}}));
    assert_eq!(render_text("{{ reference }}!", &case).unwrap(), "yes!");
    assert_eq!(render_text("plain { text", &case).unwrap(), "plain { text");
    insta::assert_snapshot!(render_text("{{ referense }}", &case).unwrap_err(), @r"
    error: in the template `{{ referense }}`: `referense` is not defined
     |
     = help: did you mean `reference`?
    ");
    insta::assert_snapshot!(render_text("{{ tags.topik }}", &case).unwrap_err(), @r"
    error: in the template `{{ tags.topik }}`: `tags.topik` is not defined
     |
     = help: did you mean `topic`?
    ");
}

#[test]
fn variables_are_found_before_a_case_is_there() {
    let found = |text: &str| super::variables(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(
        found("{{ a.b }} {% set c = 1 %}{{ c }} {% for d in e %}{{ d }}{{ loop.index }}{% endfor %} {{ range(3) }}"),
        "a e"
    );
    assert_eq!(found("{% raw %}{{ a }}{% endraw %} {{ 'b' }} {# {{ c }} #}"), "");
    let nested = paths("{{ a.b }} {{ c }}");
    assert_eq!(nested.into_iter().collect::<Vec<_>>(), ["a.b", "c"]);
}

proptest::proptest! {
    #[test]
    fn a_text_without_a_brace_is_what_the_engine_makes_of_it(text in "[^{]{0,12}[\\r\\n]{0,3}") {
        let engine = ENVIRONMENT.template_from_str(&text).unwrap().render(()).unwrap();
        proptest::prop_assert_eq!(plain::fill(&text, &Map::new()), Some(engine));
    }

    #[test]
    fn no_template_makes_it_panic(text in "[{}%#|a-c'\"\\[\\]().~é \\n]{0,40}") {
        let _ = compile(&text);
        let _ = render(&[message(&text, 1)], &case()).map_err(|error| error.to_string());
    }
}
