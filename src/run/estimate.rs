//! A plan → what it will take before anything is asked: calls, tokens and money, by candidate and by judge.
//!
//! What is sent to a candidate is known, and counted as it stands. What is sent to a judge holds outputs: those that
//! exist are counted too, and others are taken to be as long as expected. Tries after a failure or after a verdict that
//! cannot be read are not foreseen.

mod counter;
mod later;
mod routes;
mod ways;

use std::collections::BTreeMap;

use self::counter::Counter;
pub use self::routes::Detour;
use super::{Plan, PlanError};
use crate::diagnostic::Diagnostic;
use crate::model::{Models, Money, Usage, usd};
use crate::suite::{CandidateName, MetricName, ModelName, PriceList, Prices};

/// What a plan will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Selected cases.
    pub cases: u64,
    /// By candidate, then by judge, each in the order of the suite. Outputs that exist already are no part.
    pub parts: Vec<Part>,
    /// Of the calls of judges, those on what they are shown beside the cases.
    pub controls: u64,
    /// The earlier run that replies are taken to be as long as, where one is known.
    pub earlier: Option<String>,
}

/// What one candidate or one judge will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Who asks.
    pub asker: Asker,
    /// Who answers, as the suite calls it.
    pub model: ModelName,
    /// Whether the answers are recorded: they cost nothing, and their tokens are not counted here.
    pub recorded: bool,
    /// Whether a system of the user's own answers: its tokens and its cost are not known before.
    pub is_own: bool,
    /// What tokens cost, where that is known.
    pub prices: Option<Prices>,
    /// Other models that may answer instead, of a step with routes. They are no part of what is expected.
    pub detours: Vec<Detour>,
    /// The list that the prices are from; the suite's own where absent.
    pub price_list: Option<PriceList>,
    /// Requests to be expected: of a step, one for each output.
    pub calls: u64,
    /// How many times as many it can be: rounds of a step's loop.
    pub rounds: u64,
    /// Whether the model has a limit on what it writes.
    pub limited: bool,
    /// Tokens to be expected.
    pub expected: Usage,
    /// Tokens at most; `None` where no limit is set on what is written, here or in the outputs that are judged.
    pub most: Option<Usage>,
}

/// Who asks a model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// A candidate, for its outputs.
    Candidate(CandidateName),
    /// A step of a candidate.
    Step(CandidateName, String),
    /// A search by vectors, for those of the corpus of this name.
    Corpus(String),
    /// The judge of a metric, or the program or model of a check, for verdicts.
    Judge(MetricName),
}

/// How long replies were in an earlier run: mean tokens written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// The run.
    pub run: String,
    /// By candidate.
    pub candidates: BTreeMap<String, f64>,
    /// By metric.
    pub judges: BTreeMap<String, f64>,
}

impl Estimate {
    /// Counts over the cases of a plan: over every one, or over as many as `looked_at`, evenly spread, and then scaled.
    ///
    /// # Errors
    /// A dataset that is not what it was when the plan was made.
    pub fn of(plan: &Plan, models: &Models, earlier: Option<&Earlier>, looked_at: usize) -> Result<Self, PlanError> {
        let mut counter = Counter::new(plan, models, earlier);
        let every = plan.cases.len().div_ceil(looked_at.max(1)).max(1);
        let (cases, mut looked_at) = (plan.cases.len() as u64, 0_u64);
        for case in plan.cases.read_every(every)? {
            let (index, case) = case?;
            looked_at += 1;
            counter.stored = plan.stored_outputs(index).map_err(|why| Diagnostic::new(why.to_string()))?;
            counter.count(&case);
        }
        let mut parts = counter.parts;
        for part in &mut parts {
            let scale = |n: &mut u64| *n = scaled(*n, cases, looked_at);
            scale(&mut part.calls);
            for usage in [Some(&mut part.expected), part.most.as_mut()].into_iter().flatten() {
                scale(&mut usage.input_tokens);
                scale(&mut usage.output_tokens);
            }
        }
        // Embedded once, however many cases there are.
        parts.extend(plan.corpora.iter().filter_map(|volume| volume.part(&plan.suite)));
        Ok(Self { cases, parts, controls: 0, earlier: earlier.map(|earlier| earlier.run.clone()) })
    }

    /// Adds what a control of the same plan will take.
    pub fn add(&mut self, control: Self) {
        for more in control.parts {
            self.controls += more.calls;
            let same = |part: &&mut Part| part.asker == more.asker && part.model == more.model;
            if let Some(part) = self.parts.iter_mut().find(same) {
                part.calls += more.calls;
                part.expected = add(part.expected, more.expected);
                part.most = part.most.zip(more.most).map(|(a, b)| add(a, b));
            }
        }
    }

    /// What is asked over a network.
    pub fn asked(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| !part.recorded)
    }

    /// Calls over a network, or to commands, to be expected.
    pub fn calls(&self) -> u64 {
        self.asked().map(|part| part.calls).sum()
    }

    /// As many at most.
    pub fn most_calls(&self) -> u64 {
        self.asked().map(Part::most_calls).sum()
    }

    /// Tokens to be expected, read and written.
    pub fn expected(&self) -> Usage {
        self.asked().fold(Usage::default(), |sum, part| add(sum, part.expected))
    }

    /// Tokens at most, where every part has a most.
    pub fn most(&self) -> Option<Usage> {
        self.asked().try_fold(Usage::default(), |sum, part| Some(add(sum, part.most?)))
    }

    /// Money to be expected for all that has a price.
    pub fn expected_usd(&self) -> Money {
        self.asked().filter_map(Part::expected_usd).sum()
    }

    /// Money at most, where everything has a price and a most.
    pub fn most_usd(&self) -> Option<Money> {
        self.asked().map(Part::most_usd).sum()
    }

    /// The models that are asked and have no price, each once.
    pub fn unpriced(&self) -> Vec<&ModelName> {
        let mut names: Vec<&ModelName> = self
            .asked()
            .flat_map(Part::may_answer)
            .filter(|(_, prices)| prices.is_none())
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.as_str()));
        names
    }
}

impl Part {
    /// Requests at most.
    pub fn most_calls(&self) -> u64 {
        self.calls.saturating_mul(self.rounds)
    }

    /// Money to be expected; `None` without a price.
    pub fn expected_usd(&self) -> Option<Money> {
        self.usd(Some(self.expected))
    }

    /// Money at most, whoever answers; `None` where one of them has no price, or without a most.
    pub fn most_usd(&self) -> Option<Money> {
        let own = self.usd(self.most);
        self.detours.iter().try_fold(own?, |most, detour| Some(most.max(usd(&self.most?, detour.prices.as_ref()?)?)))
    }

    fn usd(&self, usage: Option<Usage>) -> Option<Money> {
        if self.recorded { Some(Money::default()) } else { usd(&usage?, self.prices.as_ref()?) }
    }

    /// The models that may answer, with what they cost.
    fn may_answer(&self) -> impl Iterator<Item = (&ModelName, Option<Prices>)> {
        let detours = self.detours.iter().map(|detour| (&detour.model, detour.prices));
        std::iter::once((&self.model, self.prices)).chain(detours)
    }
}

fn add(a: Usage, b: Usage) -> Usage {
    let (input_tokens, output_tokens) = (a.input_tokens + b.input_tokens, a.output_tokens + b.output_tokens);
    Usage { input_tokens, output_tokens, ..Usage::default() }
}

/// `n` of `part` things → of `whole`, rounded.
fn scaled(n: u64, whole: u64, part: u64) -> u64 {
    let (n, whole, part) = (u128::from(n), u128::from(whole), u128::from(part.max(1)));
    u64::try_from((n * whole + part / 2) / part).unwrap_or(u64::MAX)
}
