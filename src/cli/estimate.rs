//! A plan and the latest finished run of its suite → what the plan will take.

use std::collections::BTreeMap;

use serde_json::Value;

use super::context::Context;
use super::controls;
use crate::model::Models;
use crate::report::estimate::{headline, slow};
use crate::run::{Control, Controlled, Earlier, Estimate, Plan, PlanError};
use crate::store::Runs;
use crate::suite::{Lookup, Provider};

/// Of so many cases a run looks at the requests, before it makes them.
const GLANCE: usize = 500;

/// The estimate, from all cases.
///
/// # Errors
/// A dataset that is not what it was when the plan was made.
pub fn of_plan(plan: &Plan, models: &Models, runs: &Runs, lookup: Lookup<'_>) -> Result<Estimate, PlanError> {
    let earlier = earlier(runs, &plan.suite.file);
    let mut estimate = Estimate::of(plan, models, earlier.as_ref(), usize::MAX)?;
    for control in Control::all(plan, lookup)? {
        controls::check(&control, models)?;
        estimate.add(Estimate::of(&control.foreseen(), models, earlier.as_ref(), usize::MAX)?);
    }
    Ok(estimate)
}

/// What a run says of it before it begins, from a part of the cases where there are many, with a warning of limits that
/// would keep it waiting; `None` where nothing is asked over a network.
///
/// # Errors
/// A dataset that is not what it was when the plan was made.
pub fn of_run(
    context: &Context,
    plan: &Plan,
    controls: &[Controlled],
    models: &Models,
    runs: &Runs,
) -> Result<Option<String>, PlanError> {
    let asked = plan.suite.models.iter().any(|(name, spec)| spec.provider != Provider::Recorded && plan.needs(name));
    if !asked {
        return Ok(None);
    }
    let earlier = earlier(runs, &plan.suite.file);
    let mut estimate = Estimate::of(plan, models, earlier.as_ref(), GLANCE)?;
    for Controlled { control, models } in controls {
        estimate.add(Estimate::of(&control.foreseen(), models, earlier.as_ref(), GLANCE)?);
    }
    slow(&estimate, &plan.suite).iter().for_each(|words| context.warn(words));
    Ok(headline(&estimate))
}

/// How long replies were in the latest finished run; `None` where there is none, or none that can be read.
fn earlier(runs: &Runs, suite_file: &str) -> Option<Earlier> {
    let id = runs.finished(suite_file, None).ok()??;
    let text = std::fs::read_to_string(runs.folder_of(&id).join("summary.json")).ok()?;
    let summary: Value = serde_json::from_str(&text).ok()?;
    let means = |kind: &str| -> BTreeMap<String, f64> {
        let spent = summary.pointer(&format!("/cost/{kind}")).and_then(Value::as_object);
        spent.into_iter().flatten().filter_map(|(name, spent)| Some((name.clone(), mean(spent)?))).collect()
    };
    let earlier = Earlier { run: id.to_string(), candidates: means("candidates"), judges: means("judges") };
    (!earlier.candidates.is_empty() || !earlier.judges.is_empty()).then_some(earlier)
}

/// Tokens written a reply.
fn mean(spent: &Value) -> Option<f64> {
    let (tokens, replies) = (spent.get("output_tokens")?.as_f64()?, spent.get("replies")?.as_f64()?);
    (replies > 0.0).then_some(tokens / replies)
}
