//! What a plan will take → JSON.

use serde_json::{Value, json};

use super::{Forecast, power, words};
use crate::model::{Money, Usage};
use crate::run::{Asker, Part};
use crate::suite::Suite;

/// The newest form. Readers should pass over keys that they do not know.
const FORMAT: u32 = 1;

/// One object; unknown amounts are null.
///
/// # Errors
/// None that is known.
pub fn render(forecast: &Forecast<'_>) -> Result<String, serde_json::Error> {
    let Forecast { suite, estimate, budget, foreseen, unfinished, spared } = forecast;
    let parts: Vec<Value> = estimate.parts.iter().map(|part| one(suite, part)).collect();
    let unpriced: Vec<&str> = estimate.unpriced().into_iter().map(crate::suite::ModelName::as_str).collect();
    let expected_usd = unpriced.is_empty().then(|| estimate.expected_usd());
    let value = json!({
        "format": FORMAT,
        "suite": suite.name,
        "cases": estimate.cases,
        "unfinished_run": unfinished,
        "cost": {
            "parts": parts,
            "total": {
                "calls": estimate.calls(),
                "calls_at_most": estimate.most_calls(),
                "cached_calls": spared,
                "expected": amount(estimate.expected(), expected_usd),
                "at_most": estimate.most().map(|most| amount(most, estimate.most_usd())),
            },
            "unpriced": unpriced,
            "output_lengths_from": estimate.earlier,
            "budget_usd": budget.map(Money::usd),
            "assumptions": words::assumptions(forecast),
        },
        "gate": foreseen.map(power::json),
    });
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}

fn one(suite: &Suite, part: &Part) -> Value {
    let (role, name) = match &part.asker {
        Asker::Candidate(name) => ("candidate", name.as_str()),
        Asker::Step(name, _) => ("step", name.as_str()),
        Asker::Corpus(name) => ("corpus", name.as_str()),
        Asker::Judge(name) => ("judge", name.as_str()),
    };
    let step = match &part.asker {
        Asker::Step(_, step) => Some(step),
        Asker::Candidate(_) | Asker::Corpus(_) | Asker::Judge(_) => None,
    };
    let spec = suite.models.get(&part.model);
    let asked = !part.recorded;
    json!({
        "role": role,
        "name": name,
        "step": step,
        "model": part.model,
        "provider": spec.map(|spec| spec.provider),
        "provider_model": spec.and_then(|spec| spec.model.as_deref()),
        "calls": part.calls,
        "calls_at_most": part.most_calls(),
        "expected": asked.then(|| amount(part.expected, part.expected_usd())),
        "at_most": part.most.filter(|_| asked).map(|most| amount(most, part.most_usd())),
        "prices": part.prices.filter(|_| asked),
        "price_list": part.price_list.as_ref().filter(|_| asked),
    })
}

fn amount(usage: Usage, usd: Option<Money>) -> Value {
    json!({"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "usd": usd.map(Money::usd)})
}
