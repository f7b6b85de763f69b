//! A file of outputs that exist already → the text and the trace of each case and sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::ids::Ids;
use super::load::{Mistakes, SHOWN};
use super::place::kind_of;
use super::rows::{Row, Spot, rows};
use super::source::Source;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::suite::{CaseId, StopReason};
use crate::trace::{Trace, Usage};

/// The output of each case and sample (from 0).
pub type Outputs = BTreeMap<(CaseId, u32), Output>;

/// An output that exists already.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Output {
    /// The text.
    pub text: String,
    /// The way to it, where the row tells it: `trace`, or `contexts`, `tool_calls`, `steps`, `messages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Box<Trace>>,
    /// Why whoever wrote it stopped, where the row says so (`finish`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<StopReason>,
    /// How long it took in milliseconds (`latency_ms`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The tokens that it took (`usage`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What it cost in US dollars (`cost`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
}

/// The outputs in the file at `path`, which messages call `shown_as`: rows of `case`, `text` and, for repeats, `sample`.
/// `known` are the ids of the whole `dataset`, whatever part of it is selected. Which cases have no output is for the caller to say.
///
/// # Errors
/// Every mistake in the file: rows as for a dataset, a case that the dataset does not have, two texts for one case and sample.
pub fn load_outputs(path: &Path, shown_as: &str, known: &Ids, dataset: &dyn Source) -> Result<Outputs, Diagnostics> {
    let mut outputs = Outputs::new();
    let mut used: BTreeMap<(CaseId, u32), Spot> = BTreeMap::new();
    let mut mistakes = Mistakes::default();
    let mut near = Near { dataset, ids: None, hints: 0 };
    let mut any = false;
    for row in rows(path, shown_as)? {
        any = true;
        let read = row.and_then(|row| output(&row, known, &mut near).map(|(key, output)| (row, key, output)));
        match read {
            Err(mistake) => mistakes.push(mistake),
            Ok((row, key, output)) => match used.get(&key) {
                Some(first) => {
                    let (case, sample) = &key;
                    let message = format!("the case `{case}` has two outputs for sample {sample}");
                    let hint = format!("the first stands in {first}; repeats are told apart by `sample`, from 0");
                    mistakes.push(row.mistake(Some("case"), message).hint(hint));
                }
                None => {
                    used.insert(key.clone(), row.spot());
                    outputs.insert(key, output);
                }
            },
        }
    }
    if !any {
        return Err(Diagnostic::new(format!("{shown_as} holds no outputs")).hint("rows of `case` and `text`").into());
    }
    mistakes.into_result(shown_as).map(|()| outputs)
}

fn output(row: &Row, known: &Ids, near: &mut Near<'_>) -> Result<((CaseId, u32), Output), Diagnostic> {
    let case = match field(row, "case")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        other => return Err(wrong(row, "case", "the id of a case", other)),
    };
    if !known.has(&case) {
        let mistake = row.mistake(Some("case"), format!("the dataset has no case `{case}`"));
        return Err(match near.id(&case) {
            Some(near) => mistake.hint(format!("did you mean `{near}`?")),
            None => mistake,
        });
    }
    let Value::String(text) = field(row, "text")? else {
        return Err(wrong(row, "text", "a string", &row.fields["text"]));
    };
    let sample = match row.fields.get("sample") {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(cell)) if cell.is_empty() => Some(0),
        Some(Value::String(cell)) => cell.trim().parse().ok(),
        Some(other) => other.as_u64().and_then(|n| u32::try_from(n).ok()),
    };
    let trace = Trace::read(&row.fields).map_err(|why| row.mistake(None, why))?.map(Box::new);
    let finish = match told(row, "finish") {
        None => None,
        Some(value) => match serde_json::from_value(value.clone()) {
            Ok(reason) => Some(reason),
            Err(_) => return Err(wrong(row, "finish", "`stop`, `length`, `refusal` or `content_filter`", value)),
        },
    };
    let usage = usage(row)?;
    let usd = number(row, "cost", 1e6, "US dollars, from 0 to a million")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturating beyond")]
    let latency_ms = number(row, "latency_ms", 1e12, "milliseconds, 0 or more")?.map(|ms| ms.round() as u64);
    match sample {
        Some(sample) => {
            Ok(((case.into(), sample), Output { text: text.clone(), trace, finish, latency_ms, usage, usd }))
        }
        None => Err(wrong(row, "sample", "a whole number from 0", &row.fields["sample"])),
    }
}

/// The ids of a dataset, for hints: read at the first mistake, and only then.
struct Near<'a> {
    dataset: &'a dyn Source,
    ids: Option<BTreeSet<String>>,
    hints: usize,
}

impl Near<'_> {
    /// The id that was most likely meant, for as many mistakes as are shown.
    fn id(&mut self, written: &str) -> Option<&str> {
        self.hints += 1;
        if self.hints > SHOWN {
            return None;
        }
        let ids = self.ids.get_or_insert_with(|| {
            self.dataset.cases().into_iter().flatten().filter_map(Result::ok).map(|case| case.id.to_string()).collect()
        });
        nearest(written, ids.iter().map(String::as_str))
    }
}

/// What a row says under a name that it need not have. An empty cell says nothing.
fn told<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    row.fields.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

/// A number from 0 to `most`, as a number or in a cell.
fn number(row: &Row, name: &str, most: f64, expected: &str) -> Result<Option<f64>, Diagnostic> {
    let Some(value) = told(row, name) else { return Ok(None) };
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    match number.filter(|number| (0.0..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(wrong(row, name, expected, value)),
    }
}

/// The tokens of a row: an object, or a cell that holds one as JSON.
fn usage(row: &Row) -> Result<Option<Usage>, Diagnostic> {
    let Some(written) = told(row, "usage") else { return Ok(None) };
    let read = match written.as_str() {
        Some(cell) => serde_json::from_str(cell).ok().as_ref().and_then(Usage::read),
        None => Usage::read(written),
    };
    match read {
        Some(usage) => Ok(Some(usage)),
        None => {
            let found: String = written.to_string().chars().take(80).collect();
            Err(row.mistake(Some("usage"), format!("`usage`: expected {}, found {found}", Usage::EXPECTED)))
        }
    }
}

/// A column that every row must have. An empty cell is an empty text.
fn field<'a>(row: &'a Row, name: &str) -> Result<&'a Value, Diagnostic> {
    row.fields.get(name).ok_or_else(|| {
        if let Some((_, dtype)) = row.origin.unreadable.iter().find(|(column, _)| column == name) {
            return row.mistake(None, format!("the column `{name}` is {dtype}, which is not read"));
        }
        let mistake = row.mistake(None, format!("the row has no `{name}`"));
        match nearest(name, row.fields.keys().map(String::as_str)) {
            Some(near) => {
                mistake.hint(format!("it has `{near}`; a row of outputs is `case`, `text` and, for repeats, `sample`"))
            }
            None => mistake.hint("a row of outputs is `case`, `text` and, for repeats, `sample`"),
        }
    })
}

fn wrong(row: &Row, name: &str, expected: &str, found: &Value) -> Diagnostic {
    row.mistake(Some(name), format!("`{name}`: expected {expected}, found {}", kind_of(found)))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::dataset::CaseFile;

    fn read(name: &str, text: &str) -> Result<Outputs, Diagnostics> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let dataset = folder.path().join("cases.jsonl");
        let ids = ["a-1", "a-2", "3"];
        std::fs::write(&dataset, ids.map(|id| format!("{{\"id\": \"{id}\", \"input\": \"\"}}\n")).concat()).unwrap();
        let dataset = CaseFile::new(dataset, "cases.jsonl".to_string(), IndexMap::new());
        load_outputs(&path, name, &ids.into_iter().collect(), &dataset)
    }

    #[test]
    fn texts_are_kept_by_case_and_sample() {
        let jsonl = "{\"case\": \"a-1\", \"text\": \"x\"}\n{\"case\": \"a-1\", \"text\": \"\", \"sample\": 1}\n{\"case\": 3, \"text\": \"z\"}";
        let csv = "case,sample,text\na-1,0,x\na-1,1,\n3,,z\n";
        let outputs = read("old.jsonl", jsonl).unwrap();
        assert_eq!(outputs, read("old.csv", csv).unwrap());
        assert_eq!(outputs[&("a-1".into(), 1)].text, "");
        assert_eq!(outputs.keys().next().map(|(case, _)| case.as_str()), Some("3"));
    }

    #[test]
    fn the_way_to_an_output_stands_beside_it() {
        let jsonl = r#"{"case": "a-1", "text": "x", "contexts": [{"id": "d", "text": "D"}]}"#;
        let csv = "case,text,contexts\na-1,x,\"[{\"\"id\"\": \"\"d\"\", \"\"text\"\": \"\"D\"\"}]\"\na-2,y,\n";
        let key = ("a-1".into(), 0);
        let (of_json, of_csv) = (read("old.jsonl", jsonl).unwrap(), read("old.csv", csv).unwrap());
        assert_eq!(of_json[&key].trace.as_ref().unwrap().contexts[0].id.as_deref(), Some("d"));
        assert_eq!(of_json[&key], of_csv[&key]);
        assert_eq!(of_csv[&("a-2".into(), 0)].trace, None);
        let wrong = read("old.jsonl", r#"{"case": "a-1", "text": "x", "contexts": 3}"#).unwrap_err().to_string();
        assert!(
            wrong.contains("`contexts`: expected a list, found a number") && wrong.contains("old.jsonl:1"),
            "{wrong}"
        );
    }

    #[test]
    fn the_call_that_gave_an_output_stands_beside_it_too() {
        let jsonl = r#"{"case": "a-1", "text": "x", "finish": "length", "latency_ms": 120, "cost": 0.002,
            "usage": {"prompt_tokens": 7, "completion_tokens": 2}}"#
            .replace('\n', "");
        let csv = "case,text,finish,latency_ms,cost,usage\na-1,x,length,120,0.002,\"{\"\"input_tokens\"\": 7, \"\"output_tokens\"\": 2}\"\na-2,y,,,,\n";
        let of_csv = read("old.csv", csv).unwrap();
        let output = &of_csv[&("a-1".into(), 0)];
        assert_eq!((output.finish, output.latency_ms, output.usd), (Some(StopReason::Length), Some(120), Some(0.002)));
        assert_eq!(output.usage.unwrap(), Usage { input_tokens: 7, output_tokens: 2, ..Usage::default() });
        assert_eq!(read("old.jsonl", &jsonl).unwrap()[&("a-1".into(), 0)], *output);
        assert_eq!(of_csv[&("a-2".into(), 0)], Output { text: "y".to_string(), ..Output::default() });
        for (wrong, expected) in [
            (r#""finish": "tool""#, "`finish`: expected `stop`, `length`, `refusal` or `content_filter`"),
            (r#""cost": -1"#, "`cost`: expected US dollars, from 0 to a million, found the number -1"),
            (r#""cost": 1e308"#, "`cost`: expected US dollars, from 0 to a million"),
            (
                r#""usage": 9"#,
                "`usage`: expected an object with `input_tokens` and `output_tokens`, whole numbers from 0 to a trillion, found 9",
            ),
            (r#""usage": {"input": 9}"#, "`usage`: expected an object with `input_tokens` and `output_tokens`"),
            (r#""usage": {"input_tokens": -9}"#, "`usage`: expected an object with"),
            (r#""usage": {"input_tokens": 9}"#, "`usage`: expected an object with"),
            (r#""latency_ms": "soon""#, "`latency_ms`: expected milliseconds, 0 or more"),
        ] {
            let said = read("old.jsonl", &format!(r#"{{"case": "a-1", "text": "x", {wrong}}}"#)).unwrap_err();
            assert!(said.to_string().contains(expected), "{said}");
        }
    }

    #[test]
    fn mistakes_are_told_by_line() {
        let rows = [
            r#"{"case": "a-1", "text": "x"}"#,
            r#"{"case": "a1", "text": "x"}"#,
            r#"{"case": "a-1", "text": "y", "sample": 0}"#,
            r#"{"case": "a-2"}"#,
            r#"{"case": "a-2", "text": null}"#,
            r#"{"case": "a-2", "text": "x", "sample": -1}"#,
            r#"{"cases": "a-2", "text": "x"}"#,
        ];
        insta::assert_snapshot!(read("old.jsonl", &rows.join("\n")).unwrap_err(), @r#"
        error: the dataset has no case `a1`
         --> old.jsonl:2:2
          |
        2 | {"case": "a1", "text": "x"}
          |  ^^^^^^
          |
          = help: did you mean `a-1`?

        error: the case `a-1` has two outputs for sample 0
         --> old.jsonl:3:2
          |
        3 | {"case": "a-1", "text": "y", "sample": 0}
          |  ^^^^^^
          |
          = help: the first stands in line 1; repeats are told apart by `sample`, from 0

        error: the row has no `text`
         --> old.jsonl:4:1
          |
        4 | {"case": "a-2"}
          | ^
          |
          = help: a row of outputs is `case`, `text` and, for repeats, `sample`

        error: `text`: expected a string, found null
         --> old.jsonl:5:17
          |
        5 | {"case": "a-2", "text": null}
          |                 ^^^^^^

        error: `sample`: expected a whole number from 0, found the number -1
         --> old.jsonl:6:30
          |
        6 | {"case": "a-2", "text": "x", "sample": -1}
          |                              ^^^^^^^^

        error: the row has no `case`
         --> old.jsonl:7:1
          |
        7 | {"cases": "a-2", "text": "x"}
          | ^
          |
          = help: it has `cases`; a row of outputs is `case`, `text` and, for repeats, `sample`
        "#);
        insta::assert_snapshot!(read("old.csv", "case,text\n").unwrap_err(), @r"
        error: old.csv holds no outputs
         |
         = help: rows of `case` and `text`
        ");
    }
}
