//! A text field of a check → its text for one case.

use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::{Map, Value as Json};

use super::CheckError;
use crate::dataset::Case;
use crate::diagnostic::Diagnostic;

/// Steps that one template may take; a value needs a handful.
const FUEL: u64 = 100_000;

/// A text that may look things up in the whole case, gold included: `id`, `input`, `reference`, `context`, `tags`,
/// `cluster`, `labels`, `messages`, and the keys of an input that is an object.
#[derive(Debug)]
pub(super) struct Template {
    source: String,
    /// `None` where the text holds no `{{` or `{%` and stands for itself.
    compiled: Option<Box<Environment<'static>>>,
    variables: Vec<String>,
}

impl Template {
    pub fn new(source: &str) -> Result<Self, Diagnostic> {
        Self::with(source, |_| {})
    }

    /// A template whose filled-in values are escaped, so that a regular expression takes them as plain text.
    pub fn escaping(source: &str) -> Result<Self, Diagnostic> {
        Self::with(source, |environment| {
            environment.set_formatter(|out, state, value| {
                // The default formatter knows how to refuse what is not there.
                if value.is_undefined() {
                    return minijinja::escape_formatter(out, state, value);
                }
                out.write_str(&regex::escape(&value.to_string())).map_err(minijinja::Error::from)
            });
        })
    }

    fn with(source: &str, set: impl FnOnce(&mut Environment<'static>)) -> Result<Self, Diagnostic> {
        let mut this = Self { source: source.to_string(), compiled: None, variables: Vec::new() };
        if !source.contains("{{") && !source.contains("{%") {
            return Ok(this);
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        set(&mut environment);
        let refused =
            |error: minijinja::Error| Diagnostic::new(format!("`{source}` is not a template: {}", reason(&error)));
        environment.add_template_owned(NAME, source.to_string()).map_err(refused)?;
        let variables = environment.get_template(NAME).map_err(refused)?.undeclared_variables(true);
        this.variables = variables.into_iter().filter(|name| !environment.globals().any(|(g, _)| g == name)).collect();
        this.variables.sort_unstable();
        this.compiled = Some(Box::new(environment));
        Ok(this)
    }

    /// What the template looks up, in order.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Whether the text differs from case to case.
    pub fn is_fixed(&self) -> bool {
        self.compiled.is_none()
    }

    /// Whether nothing is lacking, as far as that is seen at a glance: to fill in a template takes long for millions of cases.
    pub fn surely_has(&self, case: &Case) -> bool {
        self.variables.iter().all(|name| match name.as_str() {
            "reference" => case.reference.is_some(),
            "id" | "input" => true,
            other => case.input.get(other).is_some(),
        })
    }

    /// The value for a case: that of the expression itself where the template is one `{{ … }}`, else the text.
    pub fn value(&self, case: &Case) -> Result<Json, CheckError> {
        let (Some(environment), Some(expression)) = (&self.compiled, expression(&self.source)) else {
            return self.render(case).map(Json::String);
        };
        let failed = |reason| CheckError::Template { template: self.source.clone(), reason };
        let variables = variables_of(case).map_err(|error| failed(error.to_string()))?;
        let compiled = environment.compile_expression(expression).map_err(|error| failed(reason(&error)))?;
        let value = compiled.eval(Serde(&variables)).map_err(|error| self.fault(&error, &variables))?;
        if value.is_undefined() || value.is_none() {
            return Err(CheckError::Missing { template: self.source.clone(), names: self.variables.clone() });
        }
        serde_json::to_value(&value).map_err(|error| failed(error.to_string()))
    }

    /// The text for a case.
    pub fn render(&self, case: &Case) -> Result<String, CheckError> {
        let Some(environment) = &self.compiled else {
            return Ok(self.source.clone());
        };
        let failed = |reason| CheckError::Template { template: self.source.clone(), reason };
        let case = variables_of(case).map_err(|error| failed(error.to_string()))?;
        let template = environment.get_template(NAME).map_err(|error| failed(reason(&error)))?;
        template.render(Serde(&case)).map_err(|error| self.fault(&error, &case))
    }

    /// What is wrong with a template that could not be filled in.
    fn fault(&self, error: &minijinja::Error, case: &Map<String, Json>) -> CheckError {
        let names: Vec<String> = self.variables.iter().filter(|name| !holds(case, name)).cloned().collect();
        if error.kind() == ErrorKind::UndefinedError && !names.is_empty() {
            CheckError::Missing { template: self.source.clone(), names }
        } else {
            CheckError::Template { template: self.source.clone(), reason: reason(error) }
        }
    }

    /// The text for a case, which must not be empty.
    pub fn render_full(&self, case: &Case) -> Result<String, CheckError> {
        let text = self.render(case)?;
        if text.is_empty() { Err(CheckError::Empty { template: self.source.clone() }) } else { Ok(text) }
    }
}

/// The one template of each environment.
const NAME: &str = "value";

/// What stands between the braces of a template that is one expression.
fn expression(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let plain = !inner.contains("{{") && !inner.contains("}}") && !inner.contains("{%");
    plain.then(|| inner.trim_start_matches('-').trim_end_matches('-').trim())
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_string)
}

/// What a template can look up: the keys of the input, under the fields of the case.
fn variables_of(case: &Case) -> Result<Map<String, Json>, serde_json::Error> {
    let mut variables = case.input.as_object().cloned().unwrap_or_default();
    if let Json::Object(fields) = serde_json::to_value(case)? {
        variables.extend(fields);
    }
    Ok(variables)
}

fn holds(case: &Map<String, Json>, path: &str) -> bool {
    let mut names = path.split('.');
    let first = names.next().and_then(|name| case.get(name));
    names.try_fold(first, |value, name| value.map(|value| value.get(name))).flatten().is_some()
}
