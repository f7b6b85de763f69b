//! Templates that put texts in and do nothing else → filled in without the engine, which takes ten times as long.

use serde_json::{Map, Value as Json};

/// Words that are no variables, whatever the variables are called.
const RESERVED: [&str; 16] = [
    "true", "True", "false", "False", "none", "None", "not", "and", "or", "in", "is", "if", "else", "self", "super",
    "loop",
];

/// The template filled in; `None` where it is for the engine to say what comes of it: it does more than to name variables,
/// or one of them is not there, or is no text.
pub(super) fn fill(text: &str, variables: &Map<String, Json>) -> Option<String> {
    let mut rest = without_last_line_end(text);
    let mut filled = String::with_capacity(2 * rest.len());
    while let Some(brace) = rest.find('{') {
        match rest.as_bytes().get(brace + 1) {
            Some(b'{') => {}
            Some(b'%' | b'#') => return None,
            Some(_) => {
                let (before, after) = rest.split_at(brace + 1);
                filled.push_str(before);
                rest = after;
                continue;
            }
            None => break,
        }
        let (before, opened) = rest.split_at(brace);
        let (expression, after) = opened.get(2..)?.split_once("}}")?;
        filled.push_str(before);
        filled.push_str(variable(expression, variables)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// The text of the variable that an expression names and does nothing with.
pub(super) fn variable<'a>(expression: &str, variables: &'a Map<String, Json>) -> Option<&'a str> {
    let name = expression.trim_matches([' ', '\t', '\n', '\r']);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_name = begins && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    variables.get(name).filter(|_| is_name && !RESERVED.contains(&name))?.as_str()
}

/// The engine takes the end of a template's last line for the file's and not for the template's.
fn without_last_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use minijinja::value::{Serde, Value};
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::ENVIRONMENT;
    use super::*;

    fn variables() -> Map<String, Json> {
        let texts = json!({"input": "Hé <b>\n{{ x }}\n", "x": "", "_y1": "{% y %}", "true": "no", "list": ["a"], "n": 1,
            "if": "no", "range": "a range"});
        texts.as_object().unwrap().clone()
    }

    #[test]
    fn texts_are_put_in_where_a_variable_is_named_and_nothing_else_is_done() {
        let filled = |text| fill(text, &variables());
        let shown = filled("{a} {{ input }}|{{x}}|{{\n_y1\t}}{\r\n").unwrap();
        assert_eq!(shown, "{a} Hé <b>\n{{ x }}\n||{% y %}{");
        assert_eq!(filled("no brace\n\n"), Some("no brace\n".to_string()));
        for engine in [
            "{{ missing }}",
            "{{ list }}",
            "{{ n }}",
            "{{ true }}",
            "{{ if }}",
            "{{- input }}",
            "{{ input.a }}",
            "{{ }}",
            "{{ input | upper }}",
            "{{ 'input' }}",
            "{% if x %}{% endif %}",
            "{# #}",
            "{{ input",
            "{{{ input }}}",
            "{% raw %}{{ input }}{% endraw %}",
        ] {
            assert_eq!(filled(engine), None, "{engine}");
        }
    }

    proptest! {
        #[test]
        fn what_is_filled_in_is_what_the_engine_makes_of_it(parts in prop::collection::vec(prop::sample::select(vec![
            "{{ input }}", "{{x}}", "{{ _y1 }}", "{{ range }}", "{", "}", "{{", "}}", "{%", "#}", "%", "#", "-", " ", "\n",
            "\r\n", "\r", "é", "input", "true", "{{ true }}", "{{ list }}", "'",
        ]), 0..8)) {
            let text = parts.concat();
            if let Some(filled) = fill(&text, &variables()) {
                let engine = ENVIRONMENT.template_from_str(&text).and_then(|t| t.render(Value::from(Serde(variables()))));
                prop_assert_eq!(engine.map_err(|error| error.to_string()), Ok(filled));
            }
        }
    }
}
