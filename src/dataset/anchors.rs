//! A file of anchors → cases with outputs that exist already.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::Value;

use super::rows::{Row, rows};
use super::{Case, CaseFile, Source};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// A case with what is judged about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// The case.
    pub case: Case,
    /// What a judge scores.
    pub output: Option<String>,
    /// What a judge compares.
    pub outputs: Option<[String; 2]>,
}

/// The anchors in the file at `path`, which messages call `shown`: rows as of a dataset, with `output`, a text, or `outputs`,
/// a list of two, or both.
///
/// # Errors
/// Every mistake in the rows; no anchor.
pub fn load_anchors(path: &Path, shown: &str) -> Result<Vec<Anchor>, Diagnostics> {
    let file = CaseFile::new(path.to_path_buf(), shown.to_string(), IndexMap::new());
    let survey = file.survey(|_| ())?;
    if survey.numbered {
        let words = format!("the anchors in {shown} have no `id`");
        return Err(Diagnostic::new(words).hint("two runs know them by it: give each row one of its own").into());
    }
    let (mut anchors, mut wrong) = (Vec::new(), Diagnostics::default());
    for (case, row) in file.cases()?.zip(rows(path, shown)?) {
        match anchor(case?, &row?) {
            Ok(anchor) => anchors.push(anchor),
            Err(mistake) => wrong.push(mistake),
        }
    }
    wrong.into_result(anchors)
}

fn anchor(case: Case, row: &Row) -> Result<Anchor, Diagnostic> {
    let said = |name: &str| row.fields.get(name).filter(|value| !value.is_null());
    let output = match said("output") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(row.mistake(Some("output"), "`output`: expected a text")),
    };
    let outputs = match said("outputs") {
        None => None,
        Some(Value::Array(both)) => match both.as_slice() {
            [Value::String(a), Value::String(b)] => Some([a.clone(), b.clone()]),
            _ => return Err(row.mistake(Some("outputs"), "`outputs`: expected a list of two texts")),
        },
        Some(_) => return Err(row.mistake(Some("outputs"), "`outputs`: expected a list of two texts")),
    };
    if output.is_none() && outputs.is_none() {
        let mistake = row.mistake(None, "an anchor needs an `output` that is judged");
        return Err(mistake.hint("or, for judges that compare, `outputs`: a list of two"));
    }
    Ok(Anchor { case, output, outputs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Vec<Anchor>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anchors.jsonl");
        std::fs::write(&path, text).unwrap();
        load_anchors(&path, "anchors.jsonl").map_err(|errors| errors.to_string())
    }

    #[test]
    fn rows_hold_what_is_judged() {
        let text = "{\"id\": \"a\", \"input\": \"x\", \"output\": \"one\"}\n\
                    {\"id\": \"b\", \"input\": \"y\", \"outputs\": [\"one\", \"two\"], \"output\": null}\n";
        let found = load(text).unwrap();
        assert_eq!((found[0].output.as_deref(), found[0].outputs.is_none()), (Some("one"), true));
        assert_eq!(found[1].outputs, Some(["one".to_string(), "two".to_string()]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (row, words) in [
            ("{\"id\": \"a\", \"input\": \"x\"}", "needs an `output`"),
            ("{\"id\": \"a\", \"input\": \"x\", \"output\": 3}", "expected a text"),
            ("{\"id\": \"a\", \"input\": \"x\", \"outputs\": [\"one\"]}", "a list of two texts"),
            ("{\"input\": \"x\", \"output\": \"one\"}", "have no `id`"),
        ] {
            let error = load(&format!("{row}\n")).unwrap_err();
            assert!(error.contains(words) && error.contains("anchors.jsonl"), "{row}: {error}");
        }
    }
}
