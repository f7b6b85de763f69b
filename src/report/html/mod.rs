//! Report → one self-contained HTML page: no network, no script, light and dark, a phone as well as paper.

mod bars;
mod cases;
mod diff;
mod forest;
mod histogram;
mod lead;
mod ledger;
mod page;
mod scale;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use serde::Serialize;

use super::{RenderError, Report};

pub(super) use ledger::{Board, Grid, board, grid};

const STYLE: &str = include_str!("style.css");

const TEMPLATES: &[(&str, &str)] = &[
    ("page", include_str!("page.html.j2")),
    ("decision", include_str!("decision.html.j2")),
    ("rules", include_str!("rules.html.j2")),
    ("differences", include_str!("differences.html.j2")),
    ("grid", include_str!("grid.html.j2")),
    ("boards", include_str!("boards.html.j2")),
    ("scores", include_str!("scores.html.j2")),
    ("calibration", include_str!("calibration.html.j2")),
    ("cases", include_str!("cases.html.j2")),
    ("prompts", include_str!("prompts.html.j2")),
    ("ledger", include_str!("ledger.html.j2")),
];

/// The page.
///
/// # Errors
/// Where a template fails; no known report does that.
pub fn render(report: &Report) -> Result<String, RenderError> {
    with_style(report, STYLE)
}

fn with_style(report: &Report, style: &str) -> Result<String, RenderError> {
    rendered("page", page::page(report, safe(style.to_string())))
}

/// Another page in the same looks, made of what is put into the template with a name.
///
/// # Errors
/// Where the template fails.
pub(super) fn page_of<T: Serialize>(name: &str, page: impl FnOnce(Value) -> T) -> Result<String, RenderError> {
    rendered(name, page(safe(STYLE.to_string())))
}

fn rendered(name: &str, page: impl Serialize) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment.get_template(name)?.render(Serde(page))?)
}

/// Markup of karat's own, without a word of anyone else's in it.
fn safe(markup: String) -> Value {
    Value::from_safe_string(markup)
}

#[cfg(test)]
mod tests;
