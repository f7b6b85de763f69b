//! Expressions of a suite and JSON with templates in it → values, for one set of variables.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use minijinja::Expression;
use minijinja::value::{Serde, Value};
use serde_json::{Map, Value as Json};

use super::{ENVIRONMENT, KEPT, fault, is_template, plain, render_text};
use crate::diagnostic::Diagnostic;

/// Whether an expression holds.
///
/// # Errors
/// A variable that is not there, with the expression in the message.
pub fn holds(expression: &str, variables: &Map<String, Json>) -> Result<bool, Diagnostic> {
    Ok(value(expression, variables)?.is_true())
}

/// JSON with every template in it filled in. A text that is one `{{ … }}` and nothing else becomes the value itself, a
/// list or an object too; any other template becomes a text.
///
/// # Errors
/// The first variable that is not there, with its template in the message.
pub fn fill(json: &Json, variables: &Map<String, Json>) -> Result<Json, Diagnostic> {
    Ok(match json {
        Json::String(text) if is_template(text) => match alone(text) {
            Some(expression) => {
                if let Some(text) = plain::variable(expression, variables) {
                    return Ok(text.into());
                }
                let value = value(expression, variables)?;
                if value.is_undefined() {
                    return Err(Diagnostic::new(format!("in `{text}`: it is not defined")));
                }
                serde_json::to_value(value).map_err(|why| Diagnostic::new(format!("in `{text}`: {why}")))?
            }
            None => Json::String(render_text(text, variables)?),
        },
        Json::Array(items) => items.iter().map(|item| fill(item, variables)).collect::<Result<_, _>>()?,
        Json::Object(fields) => {
            let filled = fields.iter().map(|(key, value)| Ok((key.clone(), fill(value, variables)?)));
            Json::Object(filled.collect::<Result<_, Diagnostic>>()?)
        }
        other => other.clone(),
    })
}

fn value(expression: &str, variables: &Map<String, Json>) -> Result<Value, Diagnostic> {
    let failed = |error: &minijinja::Error| {
        let fault = fault(error, expression, Some(variables));
        let diagnostic = Diagnostic::new(format!("in `{expression}`: {}", fault.message));
        Diagnostic { hint: fault.hint, ..diagnostic }
    };
    let compiled = compiled(expression).map_err(|error| failed(&error))?;
    compiled.eval(Value::from(Serde(variables))).map_err(|error| failed(&error))
}

/// An expression, compiled once: a suite has a few, and evaluates each for every case.
fn compiled(text: &str) -> Result<Arc<Expression<'static, 'static>>, minijinja::Error> {
    static COMPILED: LazyLock<RwLock<HashMap<String, Arc<Expression<'static, 'static>>>>> =
        LazyLock::new(RwLock::default);
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(text) {
        return Ok(Arc::clone(known));
    }
    let compiled = Arc::new(ENVIRONMENT.compile_expression_owned(text.to_string())?);
    let mut all = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if all.len() < KEPT {
        all.insert(text.to_string(), Arc::clone(&compiled));
    }
    Ok(compiled)
}

/// The expression of a text that is nothing but one.
fn alone(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim_matches(['-', '+']).trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Map<String, Json> {
        json!({"input": "hi", "n": 2, "list": [1, {"a": true}], "steps": {"plan": {"json": {"hard": false}}}})
            .as_object()
            .unwrap()
            .clone()
    }

    #[test]
    fn an_expression_holds_or_not_or_names_what_is_missing() {
        let holds = |text| super::holds(text, &variables()).map_err(|why| why.message);
        assert_eq!(holds("n > 1 and not steps.plan.json.hard"), Ok(true));
        assert_eq!(holds("steps.plan.json.hard"), Ok(false));
        assert_eq!(holds("steps.check is defined"), Ok(false));
        assert!(holds("steps.check.ok").unwrap_err().contains("is not defined"));
        assert!(holds("n >").is_err());
    }

    #[test]
    fn a_template_alone_becomes_the_value_and_others_text() {
        let body = json!({"q": "{{ input }}!", "list": "{{ list }}", "n": ["{{ n }}", 1], "fixed": "x"});
        let filled = fill(&body, &variables()).unwrap();
        assert_eq!(filled, json!({"q": "hi!", "list": [1, {"a": true}], "n": [2, 1], "fixed": "x"}));
        assert!(fill(&json!({"a": "{{ missing }}"}), &variables()).is_err());
        assert!(fill(&json!({"a": "x {{ missing }}"}), &variables()).is_err());
    }
}
