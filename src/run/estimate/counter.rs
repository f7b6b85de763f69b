//! The cases of a plan, one after the other → calls and tokens, by who asks.

use super::later::Later;
use super::routes::detours;
use super::{Asker, Earlier, Part, add};
use crate::candidate;
use crate::dataset::Case;
use crate::judge::Shown;
use crate::model::{Ask, EXPECTED_OUTPUT, Models, Params, Reply, Request, Tokens, Usage, most_output};
use crate::run::escalation::{Need, is_of_later_round, need};
use crate::run::rejudge::can_be_asked;
use crate::run::work::stored;
use crate::run::{Plan, requests};
use crate::store::Event;
use crate::suite::{CandidateName, CandidateSource, ModelSpec, Provider, StepSpec, Talk};

/// Goes over cases and adds up what they ask for.
pub(super) struct Counter<'a> {
    pub(super) plan: &'a Plan,
    models: &'a Models,
    pub(super) parts: Vec<Part>,
    /// Tokens that one reply to each part is expected to have.
    pub(super) written: Vec<u64>,
    /// The outputs of the case that is looked at, where a stored run has them.
    pub(super) stored: Vec<Event>,
}

/// An output that a judge will be shown.
pub(super) enum Outlook {
    /// It exists.
    There(Box<Reply>),
    /// It is still to be written, in so many tokens: to be expected, and at most.
    Ahead(u64, Option<u64>),
}

impl<'a> Counter<'a> {
    pub(super) fn new(plan: &'a Plan, models: &'a Models, earlier: Option<&Earlier>) -> Self {
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

    pub(super) fn count(&mut self, case: &Case) {
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
                Event::Reply { ask, reply, .. } if *ask == wanted => Some(Outlook::There(reply.clone())),
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
}

/// Tokens that a model may write in one reply, where that has a limit.
pub(super) fn limit(spec: &ModelSpec) -> Option<u64> {
    unwritten(spec).most.map(|most| most.output_tokens)
}

/// The tokens of a call in which nothing is said.
fn unwritten(spec: &ModelSpec) -> Tokens {
    let ask = Ask::Output { candidate: "".into(), case: "".into(), sample: 0 };
    let nothing = Request::new(ask, Vec::new(), None);
    let params: &Params = &spec.params;
    Tokens::of(&nothing, params, most_output(spec.provider))
}
