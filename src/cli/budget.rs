//! `--budget-usd` and `budget:` → what a run may spend, held against its models' prices before anything is spent.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Budget, Money, Stop};
use crate::run::Plan;
use crate::store::{Manifest, Runs, StoreError};
use crate::suite::{Provider, Suite};

/// What a run may cost: the flag, else the suite's.
pub fn cap(suite: &Suite, flag: Option<f64>) -> Option<Money> {
    flag.or(suite.budget_usd).and_then(Money::from_usd)
}

/// The budget of a run, where one is set.
///
/// # Errors
/// Models that would be asked and have no price: nothing could be held against the budget.
pub fn of_run(plan: &Plan, flag: Option<f64>, stop: &Stop) -> Result<Option<Arc<Budget>>, Diagnostics> {
    let Some(cap) = cap(&plan.suite, flag) else { return Ok(None) };
    let mut wrong = Diagnostics::default();
    for (name, spec) in &plan.suite.models {
        // What a system of the user's own spends is counted once it says so, and cannot be held back.
        let has_prices = spec.provider != Provider::Recorded && spec.service.is_none();
        if has_prices && spec.prices.is_none() && plan.needs(name) {
            let words = format!("the model `{name}` has no price, so no budget can hold for it");
            let hint = "give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`";
            wrong.push(Diagnostic::new(words).hint(hint));
        }
    }
    wrong.into_result(Some(Budget::new(cap, stop.clone())))
}

/// Where the plan goes on with a run, its prices are those that the run was begun with.
///
/// # Errors
/// A folder of runs that cannot be read.
pub fn take_prices_of_begun(runs: &Runs, plan: &mut Plan) -> Result<(), StoreError> {
    if let Some(id) = runs.unfinished(&plan.digest)? {
        plan.take_prices_of(&Manifest::read(&runs.folder_of(&id))?);
    }
    Ok(())
}

/// An amount on the command line.
pub fn usd(text: &str) -> Result<f64, &'static str> {
    let usd = text.parse::<f64>().ok().filter(|usd| usd.is_finite() && *usd >= 0.0);
    usd.ok_or("a number of US dollars, 0 or more, such as 2.50")
}
