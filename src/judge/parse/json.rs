//! A reply with a JSON object → a finding, its score weighted over the criteria.

use indexmap::IndexMap;

use super::objects::{Item, Object, objects};
use super::worth::{short, within, worth};
use super::{Finding, Unread};
use crate::suite::{Criterion, Mode, Rubric, Scale};

/// Where a judge's own words may stand.
const REASONING: [&str; 4] = ["reasoning", "reason", "explanation", "rationale"];

/// Reads the verdict object: wherever it stands in the reply, and however often, as long as it says one thing.
pub fn read(rubric: &Rubric, reply: &str) -> Result<Finding, Unread> {
    let keys = verdict_keys(rubric);
    let mut verdicts = objects(reply)
        .map_err(Unread::Unclear)?
        .into_iter()
        .filter(|object| keys.iter().any(|key| object.get(key).is_some()))
        .map(|object| finding(rubric, keys, &object).map_err(Unread::Unclear));
    let Some(first) = verdicts.next().transpose()? else {
        return Err(Unread::Absent(format!("no object with `{}` in the reply", keys.join("` or `"))));
    };
    for other in verdicts {
        let other = other?;
        if other.value != first.value || other.criteria != first.criteria {
            return Err(Unread::Several(format!(
                "two different verdicts: {} and {}",
                described(&first),
                described(&other)
            )));
        }
    }
    Ok(first)
}

/// The keys that may hold the verdict.
pub fn verdict_keys(rubric: &Rubric) -> &'static [&'static str] {
    match (&rubric.mode, &rubric.scale) {
        (Mode::Pairwise, _) => &["preference"],
        (_, Some(Scale::Labels { .. })) => &["label", "score"],
        (_, Some(Scale::YesNo)) => &["score", "label", "verdict"],
        _ => &["score"],
    }
}

fn finding(rubric: &Rubric, keys: &[&str], object: &Object<'_>) -> Result<Finding, String> {
    let mut read: Option<(&str, f64, IndexMap<String, f64>)> = None;
    for key in keys {
        let Some(verdict) = object.get(key) else {
            continue;
        };
        let (value, criteria) = by_criterion(rubric, key, verdict)?;
        match &read {
            Some((first, earlier, parts)) if *earlier != value || *parts != criteria => {
                return Err(format!("`{first}` and `{key}` say different things"));
            }
            _ => read = Some((key, value, criteria)),
        }
    }
    let Some((key, value, criteria)) = read else {
        return Err("no verdict in the object".to_string());
    };
    let failure = object.get("failure").and_then(Item::text);
    Ok(Finding {
        value,
        criteria,
        reasoning: reasoning(object).or_else(|| reasons_by_criterion(object.get(key)?)),
        failure: failure.and_then(|named| category(rubric, named)),
    })
}

/// The value of a verdict and, where the rubric has several criteria, of each of them.
fn by_criterion(rubric: &Rubric, key: &str, verdict: &Item<'_>) -> Result<(f64, IndexMap<String, f64>), String> {
    match (rubric.criteria.as_slice(), verdict) {
        ([], _) => Ok((single(rubric, key, verdict)?, IndexMap::new())),
        ([one], Item::Object(parts)) => Ok((part(rubric, key, one, parts)?, IndexMap::new())),
        ([_], _) => Ok((single(rubric, key, verdict)?, IndexMap::new())),
        (several, Item::Object(parts)) => {
            let read = several
                .iter()
                .map(|criterion| Ok((criterion.name.clone(), part(rubric, key, criterion, parts)?)))
                .collect::<Result<IndexMap<_, _>, String>>()?;
            Ok((combined(several, &read)?, read))
        }
        _ => Err(format!("`{key}` is not given by criterion")),
    }
}

/// The value of one criterion: itself, or the verdict of an object with its own reasoning.
fn part(rubric: &Rubric, key: &str, criterion: &Criterion, parts: &Object<'_>) -> Result<f64, String> {
    let name = &criterion.name;
    let mut named = parts.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let value = parts.get(name).or_else(|| named.next()).ok_or_else(|| format!("the criterion `{name}` is missing"))?;
    let value = match value {
        Item::Object(inner) => verdict_keys(rubric)
            .iter()
            .find_map(|key| inner.get(key))
            .ok_or_else(|| format!("the criterion `{name}` has no `{key}`"))?,
        plain => plain,
    };
    single(rubric, key, value).map_err(|reason| format!("the criterion `{name}`: {reason}"))
}

/// The value of one verdict.
fn single(rubric: &Rubric, key: &str, verdict: &Item<'_>) -> Result<f64, String> {
    match verdict {
        Item::Text(words) => worth(rubric, words),
        // By its value, since serde_json writes a whole float as `4.0` and a large one with an exponent.
        Item::Number(number) => match (number.as_f64().unwrap_or(f64::NAN), &rubric.mode, &rubric.scale) {
            // What its words are read as again.
            (value, Mode::Pointwise, Some(Scale::Numbers { min, max })) if value.is_finite() => {
                within(value, *min, *max)
            }
            (value, ..) => worth(rubric, &value.to_string()),
        },
        Item::Flag(answer) if matches!(rubric.scale, Some(Scale::YesNo)) => Ok(f64::from(u8::from(*answer))),
        other => Err(format!("`{key}` is {}, no verdict", kind(other))),
    }
}

/// The mean over the criteria by their weights; nothing where a critical one is not met.
pub fn combined(criteria: &[Criterion], values: &IndexMap<String, f64>) -> Result<f64, String> {
    let total: f64 = criteria.iter().map(|criterion| criterion.weight).sum();
    if total.is_nan() || total <= 0.0 {
        return Err("the criteria of the rubric weigh nothing".to_string());
    }
    let value = |criterion: &Criterion| values.get(&criterion.name).copied().unwrap_or(f64::NAN);
    if criteria.iter().any(|criterion| criterion.critical && value(criterion) < 0.5) {
        return Ok(0.0);
    }
    let sum: f64 = criteria.iter().map(|criterion| criterion.weight * value(criterion)).sum();
    let low = values.values().copied().fold(f64::INFINITY, f64::min);
    let high = values.values().copied().fold(f64::NEG_INFINITY, f64::max);
    // A mean lies between its values; the last bit of a sum may not.
    Ok((sum / total).max(low).min(high))
}

fn reasoning(object: &Object<'_>) -> Option<String> {
    REASONING.iter().find_map(|key| object.get(key)?.text()).map(str::to_string)
}

/// The words given for each criterion, one a line.
fn reasons_by_criterion(verdict: &Item<'_>) -> Option<String> {
    let lines: Vec<String> = verdict
        .object()?
        .iter()
        .filter_map(|(name, part)| Some(format!("{name}: {}", reasoning(part.object()?)?)))
        .collect();
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}

/// The failure category as the rubric writes it; what is not one of them is no category.
fn category(rubric: &Rubric, named: &str) -> Option<String> {
    rubric.failure_categories.iter().find(|known| known.eq_ignore_ascii_case(named.trim())).cloned()
}

fn described(finding: &Finding) -> String {
    if finding.criteria.is_empty() {
        return finding.value.to_string();
    }
    let parts: Vec<String> = finding.criteria.iter().map(|(name, value)| format!("{} {value}", short(name))).collect();
    format!("({})", parts.join(", "))
}

fn kind(value: &Item<'_>) -> &'static str {
    match value {
        Item::Null => "null",
        Item::Flag(_) => "true or false",
        Item::Number(_) => "a number",
        Item::Text(_) => "a string",
        Item::List(_) => "a list",
        Item::Object(_) => "an object",
    }
}
