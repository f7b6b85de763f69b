//! What a program said of an output → a number, by the one form that was agreed on.

use serde_json::{Map, Value};

use super::score::{Score, Scored, Subject};
use super::template::Template;
use super::{CheckError, cut};
use crate::dataset::Case;
use crate::suite::{CheckKind, Gives};

/// Beyond it sums are not exact, and one number drowns all others.
const MOST: f64 = 1e15;

/// A check that a program of the user's own makes: `{"pass": true}`, or `{"score": 0.5}`, each with a `reason` if it likes.
pub(super) struct Told(pub Gives);

impl Score for Told {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let told = subject.told.ok_or_else(|| CheckError::Told("nobody was asked".to_string()))?;
        let fields = match serde_json::from_str(told) {
            Ok(Value::Object(fields)) => fields,
            _ => return Err(CheckError::Told(format!("the answer is no JSON object: {}", cut(told, 100)))),
        };
        let value = self.value(&fields).map_err(CheckError::Told)?;
        let reason = ["reason", "reasoning", "detail"].iter().find_map(|key| fields.get(*key)?.as_str());
        Ok((value, reason.map_or_else(|| format!("the program says {value}"), str::to_string)))
    }
}

impl Told {
    fn value(&self, fields: &Map<String, Value>) -> Result<f64, String> {
        let (pass, score) = (fields.get("pass"), fields.get("score"));
        let number = || match score {
            Some(score) => score.as_f64().ok_or_else(|| format!("`score` is {score}, which is no number")),
            None => Err("the answer has no `score`".to_string()),
        };
        match self.0 {
            Gives::YesNo => match (pass, score) {
                (Some(Value::Bool(pass)), _) => Ok(f64::from(u8::from(*pass))),
                (Some(other), _) => Err(format!("`pass` is {other}, and not true or false")),
                (None, Some(Value::Bool(score))) => Ok(f64::from(u8::from(*score))),
                (None, Some(_)) => match number()? {
                    score if score == 0.0 || score == 1.0 => Ok(score),
                    score => Err(format!("`score` is {score}, and without `gives: share` it is 0 or 1")),
                },
                (None, None) => Err("the answer has neither `pass` nor `score`".to_string()),
            },
            Gives::Share => match number()? {
                score if (0.0..=1.0).contains(&score) => Ok(score),
                score => Err(format!("`score` is {score}, and with `gives: share` it is from 0 to 1")),
            },
            Gives::Number => match number()? {
                score if score.abs() <= MOST => Ok(score),
                score => Err(format!("`score` is {score:?}, and what lies beyond ±1e15 cannot be added up")),
            },
        }
    }
}

/// How alike the output and a text are, as an embeddings model said.
pub(super) struct Similar(pub Template);

impl Score for Similar {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        // What the case lacks is said, and not that nobody was asked for that.
        self.0.render_full(subject.case)?;
        Told(Gives::Number).score(subject)
    }

    fn templates(&self) -> Vec<&Template> {
        vec![&self.0]
    }
}

/// What an embeddings model is asked to compare; `None` where the check asks none, or the case lacks the text.
pub fn compared(kind: &CheckKind, output: &str, case: &Case) -> Option<[String; 2]> {
    let CheckKind::Similar { value, .. } = kind else { return None };
    Some([output.to_string(), Template::new(value).ok()?.render_full(case).ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(gives: Gives, answer: &str) -> Result<f64, String> {
        let Ok(Value::Object(fields)) = serde_json::from_str(answer) else { panic!("{answer}") };
        Told(gives).value(&fields)
    }

    #[test]
    fn a_program_says_one_thing_in_the_form_agreed_on() {
        assert_eq!(read(Gives::YesNo, r#"{"pass": true, "score": 0.3}"#), Ok(1.0));
        assert_eq!(read(Gives::YesNo, r#"{"score": 0}"#), Ok(0.0));
        assert_eq!(read(Gives::Share, r#"{"score": 0.25, "pass": false}"#), Ok(0.25));
        assert_eq!(read(Gives::Number, r#"{"score": -7.5}"#), Ok(-7.5));
        let wrong = [
            read(Gives::YesNo, r#"{"pass": "yes"}"#),
            read(Gives::YesNo, r#"{"score": 0.5}"#),
            read(Gives::YesNo, r#"{"reason": "none"}"#),
            read(Gives::Share, r#"{"score": 5}"#),
            read(Gives::Share, r#"{"pass": true}"#),
            read(Gives::Number, r#"{"score": "many"}"#),
            read(Gives::Number, r#"{"score": 1e308}"#),
        ];
        insta::assert_snapshot!(wrong.map(Result::unwrap_err).join("\n"), @r#"
        `pass` is "yes", and not true or false
        `score` is 0.5, and without `gives: share` it is 0 or 1
        the answer has neither `pass` nor `score`
        `score` is 5, and with `gives: share` it is from 0 to 1
        the answer has no `score`
        `score` is "many", which is no number
        `score` is 1e308, and what lies beyond ±1e15 cannot be added up
        "#);
    }
}
