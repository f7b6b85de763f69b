//! A plan → what it will take before anything is asked: calls, tokens and money, by candidate and by judge.
//!
//! What is sent to a candidate is known, and counted as it stands. What is sent to a judge holds outputs: those that
//! exist are counted too, and others are taken to be as long as expected. Tries after a failure or after a verdict that
//! cannot be read are not foreseen.

mod later;
mod routes;

use std::collections::BTreeMap;

use self::later::Later;
pub use self::routes::Detour;
use self::routes::{detours, larger, specs};
use super::ahead::{Known, at_most};
use super::escalation::{Need, is_of_later_round, need};
use super::rejudge::can_be_asked;
use super::turns::conversation;
use super::work::stored;
use super::{Plan, PlanError, requests};
use crate::candidate;
use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::judge::Shown;
use crate::model::{
    Ask, EXPECTED_OUTPUT, Message, Models, Money, Params, Reply, Request, Tokens, Usage, most_output, usd,
};
use crate::store::Event;
use crate::suite::{
    CandidateName, CandidateSource, MessageTemplate, MetricName, ModelName, ModelSpec, PriceList, Prices, Provider,
    Role, Service, StepSpec, Suite, Talk,
};

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

/// Goes over cases and adds up what they ask for.
struct Counter<'a> {
    plan: &'a Plan,
    models: &'a Models,
    parts: Vec<Part>,
    /// Tokens that one reply to each part is expected to have.
    written: Vec<u64>,
    /// The outputs of the case that is looked at, where a stored run has them.
    stored: Vec<Event>,
}

/// An output that a judge will be shown.
enum Outlook {
    /// It exists.
    There(Box<Reply>),
    /// It is still to be written, in so many tokens: to be expected, and at most.
    Ahead(u64, Option<u64>),
}

impl<'a> Counter<'a> {
    fn new(plan: &'a Plan, models: &'a Models, earlier: Option<&Earlier>) -> Self {
        let writers = plan.suite.candidates.iter().filter(|_| plan.stored.is_none()).flat_map(|(name, spec)| {
            let mean = earlier.and_then(|earlier| earlier.candidates.get(name.as_str()).copied());
            match &spec.source {
                CandidateSource::Steps(pipeline) => {
                    let steps = pipeline.steps.iter().zip(pipeline.most_rounds());
                    // A run tells what all steps of a candidate wrote.
                    let mean = mean.map(|mean| mean / pipeline.steps.len().max(1) as f64);
                    let part = |(step, rounds): (&'a StepSpec, u32)| {
                        let model = step.models().next()?;
                        let spec = plan.suite.models.get(model)?;
                        // A search by words asks nobody.
                        let model = if spec.provider == Provider::Retrieve { spec.embedder()? } else { model };
                        Some((Asker::Step(name.clone(), step.name.clone()), model, mean, rounds))
                    };
                    steps.filter_map(part).collect::<Vec<_>>()
                }
                CandidateSource::Talk(talk) => {
                    let part = |step: &str, model, mean| (Asker::Step(name.clone(), step.to_string()), model, mean, 1);
                    let turns = f64::from(talk.user.turns);
                    let mean = mean.map(|mean| mean / turns);
                    vec![part(Talk::USER, &talk.user.model, None), part(Talk::REPLY, talk.model(), mean)]
                }
                _ => spec.model().map(|model| (Asker::Candidate(name.clone()), model, mean, 1)).into_iter().collect(),
            }
        });
        let judges = plan.suite.metrics.iter().flat_map(|(name, metric)| {
            let mean = earlier.and_then(|earlier| earlier.judges.get(name.as_str()).copied());
            let program = metric.program().map(std::slice::from_ref);
            let all = metric.rubric().map_or(program.unwrap_or_default(), |judged| judged.judge.all());
            all.iter().map(move |judge| (Asker::Judge(name.clone()), judge, mean, 1))
        });
        let (mut parts, mut written) = (Vec::new(), Vec::new());
        for (asker, model, mean, rounds) in writers.chain(judges) {
            let Some(spec) = plan.suite.models.get(model) else { continue };
            let most = limit(spec);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts")]
            let mean = mean.map(|mean| mean.round() as u64);
            written.push(mean.unwrap_or_else(|| unwritten(spec).expected.output_tokens).min(most.unwrap_or(u64::MAX)));
            let detours = detours(&plan.suite, &asker);
            let mut may_answer = detours.iter().filter_map(|detour| plan.suite.models.get(&detour.model));
            let limited = most.is_some() && may_answer.all(|spec| limit(spec).is_some());
            parts.push(Part {
                asker,
                model: model.clone(),
                recorded: spec.provider == Provider::Recorded,
                is_own: spec.service.is_some(),
                prices: spec.prices,
                detours,
                price_list: spec.price_list.clone(),
                calls: 0,
                rounds: u64::from(rounds),
                limited,
                expected: Usage::default(),
                most: Some(Usage::default()),
            });
        }
        Self { plan, models, parts, written, stored: Vec::new() }
    }

    fn count(&mut self, case: &Case) {
        let planned = self.plan.planned(&case.id, self.models);
        let mut later = Later::default();
        for ask in planned.outputs.iter().chain(&planned.verdicts) {
            if self.plan.stored.is_some() && !can_be_asked(ask, &self.stored) {
                continue;
            }
            // Where a judge may be asked, it is counted: what is told is the most that there can be.
            if need(&self.plan.suite, case, ask) == Need::Never {
                continue;
            }
            self.count_steps(case, ask);
            self.count_turns(case, ask);
            let asker = match ask {
                Ask::Output { candidate, .. } | Ask::Step { candidate, .. } => Asker::Candidate(candidate.clone()),
                Ask::Score { metric, .. } | Ask::Preference { metric, .. } => Asker::Judge(metric.clone()),
            };
            let model = self.plan.model_for(ask);
            let same = |part: &Part| part.asker == asker && Some(&part.model) == model;
            let Some(at) = self.parts.iter().position(same) else { continue };
            let tokens = self.tokens(case, ask, at);
            if is_of_later_round(&self.plan.suite, case, ask) {
                later.add(at, tokens);
                continue;
            }
            let Some(part) = self.parts.get_mut(at) else { continue };
            part.calls += 1;
            if let Some((expected, most)) = tokens {
                part.expected = add(part.expected, expected);
                part.most = part.most.zip(most).map(|(sum, most)| add(sum, most));
            }
        }
        later.finish(self.plan.suite.candidates.len() as u64, &mut self.parts);
    }

    /// The tokens of one request, to be expected and at most; `None` where the answer is recorded.
    fn tokens(&self, case: &Case, ask: &Ask, at: usize) -> Option<(Usage, Option<Usage>)> {
        let suite = &self.plan.suite;
        let spec = suite.models.get(self.plan.model_for(ask)?)?;
        // What a system of the user's own reads and writes is not known before it says so.
        if spec.provider == Provider::Recorded || spec.service.is_some() {
            return None;
        }
        let (mut ahead, mut most_ahead) = (0, Some(0));
        let request = match ask {
            // A prompt that cannot be filled in has been told of.
            Ask::Output { candidate, .. } => {
                let request = candidate::request(suite.candidates.get(candidate)?, &suite.models, case.question(), ask);
                request.ok()??
            }
            Ask::Step { .. } => return None,
            Ask::Score { .. } | Ask::Preference { .. } => {
                let shown: Vec<Outlook> = self
                    .shown_for(ask)
                    .into_iter()
                    .map(|(name, n)| self.shown(case, name, n))
                    .collect::<Option<_>>()?;
                let mut texts = Vec::new();
                for output in &shown {
                    match output {
                        Outlook::There(reply) => texts.push(Shown::from(reply.as_ref())),
                        Outlook::Ahead(expected, most) => {
                            ahead += expected;
                            most_ahead = most_ahead.zip(*most).map(|(sum, most)| sum + most);
                            texts.push(Shown::from(""));
                        }
                    }
                }
                requests::verdict(suite, &self.plan.briefings, case, ask, &texts)?
            }
        };
        let tokens = Tokens::of(&request, &spec.params, most_output(spec.provider));
        let expected = Usage {
            input_tokens: tokens.expected.input_tokens + ahead,
            output_tokens: self.written.get(at).copied().unwrap_or_default(),
            ..Usage::default()
        };
        let most = tokens.most.zip(most_ahead);
        Some((expected, most.map(|(most, ahead)| Usage { input_tokens: most.input_tokens + ahead, ..most })))
    }

    /// Whose outputs a verdict is about.
    fn shown_for<'b>(&self, ask: &'b Ask) -> Vec<(&'b CandidateName, u32)> {
        match ask {
            Ask::Output { .. } | Ask::Step { .. } => Vec::new(),
            Ask::Score { candidate, sample, .. } => vec![(candidate, *sample)],
            Ask::Preference { first, second, sample, .. } => vec![(first, *sample), (second, *sample)],
        }
    }

    /// An output as it is known before the run; `None` where there will be none.
    fn shown(&self, case: &Case, candidate: &CandidateName, sample: u32) -> Option<Outlook> {
        if self.plan.stored.is_some() {
            let wanted = Ask::Output { candidate: candidate.clone(), case: case.id.clone(), sample };
            return self.stored.iter().find_map(|event| match event {
                Event::Reply { ask, reply, .. } if *ask == wanted => Some(Outlook::There(Box::new(reply.clone()))),
                _ => None,
            });
        }
        let spec = self.plan.suite.candidates.get(candidate)?;
        let model = match &spec.source {
            CandidateSource::Outputs(_) => {
                let texts = self.plan.outputs.get(candidate)?;
                return Some(Outlook::There(Box::new(stored(texts.get(&(case.id.clone(), sample))?))));
            }
            CandidateSource::Talk(talk) => return Some(self.conversation_ahead(candidate, talk)),
            _ => match spec.model() {
                Some(model) => model,
                None => return Some(Outlook::Ahead(EXPECTED_OUTPUT, None)),
            },
        };
        if let Some(recorded) = self.models.get(model).and_then(|model| model.recorded()) {
            let ask = Ask::Output { candidate: candidate.clone(), case: case.id.clone(), sample };
            return Some(Outlook::There(Box::new(recorded.reply(&ask).ok()?)));
        }
        let at = self.parts.iter().position(|part| part.asker == Asker::Candidate(candidate.clone()))?;
        Some(Outlook::Ahead(self.written.get(at).copied()?, limit(self.plan.suite.models.get(model)?)))
    }

    /// A conversation that a judge will be shown whole, with its last words once more.
    fn conversation_ahead(&self, candidate: &CandidateName, talk: &Talk) -> Outlook {
        let side = |step: &str, model: &ModelName| {
            let asker = Asker::Step(candidate.clone(), step.to_string());
            let at = self.parts.iter().position(|part| part.asker == asker);
            let written = at.and_then(|at| self.written.get(at).copied()).unwrap_or(EXPECTED_OUTPUT);
            (written, self.plan.suite.models.get(model).and_then(limit))
        };
        let (user, reply) = (side(Talk::USER, &talk.user.model), side(Talk::REPLY, talk.model()));
        let turns = u64::from(talk.user.turns);
        let whole = |user: u64, reply: u64| turns * (user + reply) + reply;
        Outlook::Ahead(whole(user.0, reply.0), user.1.zip(reply.1).map(|(user, reply)| whole(user, reply)))
    }

    /// Counts all the turns that a conversation may have, since nobody knows when it ends. Each reads what was said before it.
    fn count_turns(&mut self, case: &Case, ask: &Ask) {
        let Ask::Output { candidate, .. } = ask else { return };
        let plan = self.plan;
        let Some(CandidateSource::Talk(talk)) = plan.suite.candidates.get(candidate).map(|spec| &spec.source) else {
            return;
        };
        let at = |step: &str| {
            let asker = Asker::Step(candidate.clone(), step.to_string());
            self.parts.iter().position(|part| part.asker == asker)
        };
        let (Some(user), Some(reply)) = (at(Talk::USER), at(Talk::REPLY)) else { return };
        let length = |at: usize| {
            let spec = self.parts.get(at).and_then(|part| plan.suite.models.get(&part.model));
            (self.written.get(at).copied().unwrap_or_default(), spec.and_then(limit))
        };
        let said = conversation(talk, case, length(user), length(reply), |name, messages| {
            let spec = plan.suite.models.get(name)?;
            Some(Tokens::of(&Request::new(ask.clone(), messages, None), &spec.params, most_output(spec.provider)))
        });
        for (at, (expected, most)) in [user, reply].into_iter().zip(said) {
            let Some(part) = self.parts.get_mut(at) else { continue };
            part.calls += u64::from(talk.user.turns);
            if !part.recorded && !part.is_own {
                part.expected = add(part.expected, expected);
                part.most = part.most.zip(most).map(|(sum, most)| add(sum, most));
            }
        }
    }

    /// Counts each step of an output once. What is sent to one that looks at earlier steps is not known: what came of them
    /// is taken to be as long as one reply is expected to be, and at most as long as it may be.
    fn count_steps(&mut self, case: &Case, ask: &Ask) {
        let Ask::Output { candidate, .. } = ask else { return };
        let plan = self.plan;
        let Some(CandidateSource::Steps(pipeline)) = plan.suite.candidates.get(candidate).map(|spec| &spec.source)
        else {
            return;
        };
        for step in &pipeline.steps {
            let asker = Asker::Step(candidate.clone(), step.name.clone());
            let Some(at) = self.parts.iter().position(|part| part.asker == asker) else { continue };
            let written = self.written.get(at).copied().unwrap_or_default();
            let Some(part) = self.parts.get_mut(at) else { continue };
            part.calls += 1;
            if part.recorded || part.is_own {
                continue;
            }
            let Some(spec) = plan.suite.models.get(&part.model) else { continue };
            let tokens = |messages: Vec<Message>| {
                let request = Request::new(ask.clone(), messages, None);
                let of = |spec: &ModelSpec| Tokens::of(&request, &spec.params, most_output(spec.provider));
                let Tokens { expected, most } = of(spec);
                let most = specs(&plan.suite, step).fold(most, |most, (_, other)| larger(most, of(other).most));
                Tokens { expected, most }
            };
            // A prompt that looks at no earlier step can be filled in as it will be.
            let templates = templates(step, &plan.suite);
            let (read, most) = match candidate::filled(&templates, case.question()) {
                Ok(messages) => {
                    let Tokens { expected, most } = tokens(messages);
                    (expected.input_tokens, most)
                }
                Err(_) => {
                    let as_written =
                        |message: &MessageTemplate| Message { role: message.role, content: message.content.clone() };
                    let mut messages: Vec<Message> = templates.iter().map(as_written).collect();
                    messages.push(Message { role: Role::User, content: case.input.to_string() });
                    let known = Known { models: &plan.suite.models, corpora: &plan.corpora, limit: &limit };
                    let most = at_most(pipeline, step, &templates, case, &known).and_then(|(messages, ahead)| {
                        let most = tokens(messages).most?;
                        Some(Usage { input_tokens: most.input_tokens + ahead, ..most })
                    });
                    (tokens(messages).expected.input_tokens + written, most)
                }
            };
            part.expected =
                add(part.expected, Usage { input_tokens: read, output_tokens: written, ..Usage::default() });
            part.most = part.most.zip(most).map(|(sum, most)| (0..part.rounds).fold(sum, |sum, _| add(sum, most)));
        }
    }
}

/// What a step says to its model: its messages, or what it looks for.
fn templates(step: &StepSpec, suite: &Suite) -> Vec<MessageTemplate> {
    if let Some(prompt) = step.prompt() {
        return prompt.messages.clone();
    }
    let searched = step.models().next().and_then(|name| suite.models.get(name)?.service.as_deref());
    let query = match searched {
        Some(Service::Retrieve(retrieve)) => Some(retrieve.query.clone()),
        _ => None,
    };
    let message = |content| MessageTemplate { role: Role::User, content, file: String::new(), line: 1 };
    query.map(message).into_iter().collect()
}

/// Tokens that a model may write in one reply, where that has a limit.
fn limit(spec: &ModelSpec) -> Option<u64> {
    unwritten(spec).most.map(|most| most.output_tokens)
}

/// The tokens of a call in which nothing is said.
fn unwritten(spec: &ModelSpec) -> Tokens {
    let ask = Ask::Output { candidate: "".into(), case: "".into(), sample: 0 };
    let nothing = Request::new(ask, Vec::new(), None);
    let params: &Params = &spec.params;
    Tokens::of(&nothing, params, most_output(spec.provider))
}
