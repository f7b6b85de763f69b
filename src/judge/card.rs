//! What a verdict hangs on, as one digest: runs are compared only where it agrees.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::messages::TEMPLATE_VERSION;
use super::parse::PARSER_VERSION;
use crate::model::Params;
use crate::suite::Rubric;

/// The digest of a judge: its model and parameters, its rubric (scale and form with it), and the versions of the
/// message template and of the parser. Hexadecimal.
///
/// # Errors
/// Where the rubric holds a number that JSON cannot write.
pub fn card(model: Option<&str>, params: &Params, rubric: &Rubric) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Card<'a> {
        model: Option<&'a str>,
        params: BTreeMap<&'a str, &'a Value>,
        rubric: &'a Rubric,
        template: u32,
        parser: u32,
    }
    // In one order, however the suite wrote them.
    let params = params.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let card = Card { model, params, rubric, template: TEMPLATE_VERSION, parser: PARSER_VERSION };
    Ok(blake3::hash(&serde_json::to_vec(&card)?).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::suite::{Mode, ReplyForm, Scale};

    #[test]
    fn a_card_changes_with_whatever_changes_a_verdict() {
        let rubric = Rubric {
            name: "quality".into(),
            mode: Mode::Pointwise,
            instructions: "Grade.".into(),
            scale: Some(Scale::YesNo),
            criteria: Vec::new(),
            shows: Default::default(),
            failure_categories: Vec::new(),
            reply: ReplyForm::Json,
            orders: Default::default(),
            calls: Default::default(),
            scoring: Default::default(),
            graded: false,
        };
        let params = |text: &str| serde_json::from_str::<Params>(text).unwrap();
        let written = params(r#"{"temperature": 0, "seed": 1}"#);
        let first = card(Some("judge-1"), &written, &rubric).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(first, card(Some("judge-1"), &params(r#"{"seed": 1, "temperature": 0}"#), &rubric).unwrap());
        let stricter = Rubric { instructions: "Grade strictly.".into(), ..rubric.clone() };
        let others = [
            card(Some("judge-2"), &written, &rubric).unwrap(),
            card(None, &written, &rubric).unwrap(),
            card(Some("judge-1"), &Params::from_iter([("seed".to_string(), json!(1))]), &rubric).unwrap(),
            card(Some("judge-1"), &written, &stricter).unwrap(),
        ];
        assert!(!others.contains(&first), "{others:?}");
    }
}
