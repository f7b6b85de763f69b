//! A reply with a list of claims → a finding: the mean of what the verdicts on them are worth.

use indexmap::IndexMap;

use super::objects::{Item, Object, objects};
use super::worth::short;
use super::{Finding, Unread};
use crate::suite::Rubric;

/// Characters of a claim that are shown.
const LONGEST_CLAIM: usize = 300;

/// Reads the claims, wherever their object stands, as long as the reply holds one list of them. A claim without a
/// verdict that is known leaves the whole unparsed, as does a list without a claim: there is nothing to take a share of.
pub fn read(rubric: &Rubric, verdicts: &IndexMap<String, f64>, reply: &str) -> Result<Finding, Unread> {
    let mut lists = objects(reply)
        .map_err(Unread::Unclear)?
        .into_iter()
        .filter(|object| object.get("claims").is_some())
        .map(|object| finding(rubric, verdicts, &object).map_err(Unread::Unclear));
    let first = lists.next().ok_or_else(|| Unread::Absent("no object with `claims` in the reply".to_string()))??;
    for other in lists {
        if other? != first {
            return Err(Unread::Several("two different lists of claims".to_string()));
        }
    }
    Ok(first)
}

fn finding(rubric: &Rubric, verdicts: &IndexMap<String, f64>, object: &Object<'_>) -> Result<Finding, String> {
    let claims = object.get("claims").and_then(Item::list).ok_or("`claims` is not a list")?;
    let mut sum = 0.0;
    let mut lines = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        let text = claim.get("claim").and_then(Item::text).unwrap_or_default();
        let named = claim.get("verdict").and_then(Item::text).unwrap_or_default();
        let known = verdicts.iter().find(|(word, _)| same(word, named));
        let (word, worth) = known.ok_or_else(|| {
            let words: Vec<&str> = verdicts.keys().map(String::as_str).collect();
            format!("claim {}, `{}`: `{}` is none of {}", at + 1, short(text), short(named), words.join(", "))
        })?;
        sum += worth;
        let reason = claim.get("reasoning").or_else(|| claim.get("reason")).and_then(Item::text).map(str::trim);
        let reason = reason.filter(|words| !words.is_empty()).map(|words| format!(" ({words})")).unwrap_or_default();
        lines.push(format!("{word}: {}{reason}", text.trim().chars().take(LONGEST_CLAIM).collect::<String>()));
    }
    if claims.is_empty() {
        return Err("the list of claims is empty, so there is no share to take of them".to_string());
    }
    let failure = object.get("failure").and_then(Item::text);
    let category =
        |named: &str| rubric.failure_categories.iter().find(|known| known.eq_ignore_ascii_case(named.trim()));
    Ok(Finding {
        value: sum / claims.len() as f64,
        criteria: IndexMap::new(),
        reasoning: Some(lines.join(";\n")),
        failure: failure.and_then(category).cloned(),
    })
}

/// Whether two words are the same verdict: case and the way that words are joined do not count.
fn same(known: &str, named: &str) -> bool {
    let plain = |word: &str| word.trim().to_lowercase().replace([' ', '-'], "_");
    plain(known) == plain(named)
}
