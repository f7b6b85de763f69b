//! A pipeline and what was answered so far → the next thing to ask, or the output.
//!
//! A walk asks nobody itself. A run answers it from models, a check before the run from what is recorded or cached, and
//! a reader of the journal from its events; so all of them take the same way.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::service;
use super::spent::{Spent, traced};
use crate::dataset::Question;
use crate::diagnostic::Diagnostic;
use crate::model::{Allowance, Ask, Failure, FailureKind, Finish, Message, Reply, Request};
use crate::suite::{Action, CandidateName, CaseId, ModelName, ModelSpec, Pipeline, StepSpec, template};
use crate::trace::{Trace, TracedStep};

/// Which output of which candidate a walk leads to.
#[derive(Debug, Clone, Copy)]
pub struct Aim<'a> {
    /// The candidate.
    pub candidate: &'a CandidateName,
    /// The case.
    pub case: &'a CaseId,
    /// Which of several outputs.
    pub sample: u32,
}

/// One case on its way through the steps.
#[derive(Debug)]
pub struct Walk<'a> {
    pipeline: &'a Pipeline,
    models: &'a IndexMap<ModelName, ModelSpec>,
    question: Question<'a>,
    aim: Aim<'a>,
    variables: Map<String, Value>,
    /// The step that is next.
    at: usize,
    /// How often each step was taken.
    taken: Vec<u32>,
    /// How many rounds each loop has had.
    rounds: Vec<u32>,
    spent: Spent,
    trace: Trace,
    /// What came of the last step that was taken.
    last: Option<(String, Finish)>,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// A request, and who is to answer it.
    Ask(Box<Request>, ModelName),
    /// The output, with the way to it.
    Output(Box<Reply>),
    /// There will be no output.
    Failed(Failure),
}

impl<'a> Walk<'a> {
    /// The start. `models` are the suite's.
    pub fn new(
        pipeline: &'a Pipeline,
        models: &'a IndexMap<ModelName, ModelSpec>,
        question: Question<'a>,
        aim: Aim<'a>,
    ) -> Self {
        let mut variables = template::prompt_variables(question.input, question.context, &question.messages);
        variables.insert("steps".to_string(), json!({}));
        let none = vec![0; pipeline.steps.len()];
        // A search that is not made has found nothing.
        let only_steps = !pipeline.steps.iter().any(is_search);
        let (spent, trace) = (Spent::nothing(), Trace { only_steps, ..Trace::default() });
        Self {
            pipeline,
            models,
            question,
            aim,
            variables,
            at: 0,
            taken: none.clone(),
            rounds: none,
            spent,
            trace,
            last: None,
        }
    }

    /// Goes on until somebody has to be asked.
    pub fn advance(&mut self) -> Next {
        match self.go_on() {
            Ok(next) => next,
            Err((kind, why)) => {
                let step = self.pipeline.steps.get(self.at).map_or("", |step| step.name.as_str());
                Next::Failed(Failure::new(kind, format!("step `{step}`: {why}")))
            }
        }
    }

    fn go_on(&mut self) -> Result<Next, (FailureKind, String)> {
        let pipeline = self.pipeline;
        while let Some(step) = pipeline.steps.get(self.at) {
            self.variables.insert("round".to_string(), (self.taken[self.at] + 1).into());
            if let Some(when) = &step.when
                && !template::holds(when, &self.variables).map_err(unfilled)?
            {
                self.at += 1;
                continue;
            }
            let Action::Template(text) = &step.action else {
                self.check_limits()?;
                let (request, model) = self.request(step).map_err(unfilled)?;
                return Ok(Next::Ask(Box::new(request.allowed(self.allowance(step))), model));
            };
            let filled = template::render(std::slice::from_ref(text), &self.variables).map_err(unfilled)?;
            let text = filled.into_iter().map(|(_, text)| text).collect::<String>();
            self.take(step, &Reply::of_text(text), None)?;
        }
        Ok(self.output())
    }

    /// Takes the answer to what was asked last.
    ///
    /// # Errors
    /// Why there will be no output: the answer is not what the next steps need, or took longer than the case has.
    pub fn answer(&mut self, reply: &Reply, model: &ModelName) -> Result<(), Failure> {
        let Some(step) = self.pipeline.steps.get(self.at) else { return Ok(()) };
        self.spent.add(reply);
        let taken = match self.overrun(step) {
            Some(limit) => {
                let why = format!("the case took more than its limit of {limit}");
                let traced = traced(&step.name, step.kind(), self.taken[self.at], reply, Some(model));
                self.trace.steps.push(TracedStep { error: Some(why.clone()), ..traced });
                Err((FailureKind::Limit, why))
            }
            None => self.take(step, reply, Some(model)),
        };
        taken.map_err(|(kind, why)| Failure::new(kind, format!("step `{}`: {why}", step.name)))
    }

    /// Notes what came of a step, and finds the next one.
    fn take(&mut self, step: &StepSpec, reply: &Reply, model: Option<&ModelName>) -> Result<(), (FailureKind, String)> {
        let round = self.taken[self.at];
        self.taken[self.at] += 1;
        let mut error = None;
        let json = step.json.as_ref().map(|schema| match parse(&reply.text, schema) {
            Ok(json) => json,
            Err(why) => {
                error = Some(why);
                Value::Null
            }
        });
        let told = json!({
            "output": reply.text,
            "json": json,
            "error": error,
            "round": round + 1,
            "contexts": reply.trace.as_ref().map_or_else(|| json!([]), |trace| json!(trace.contexts)),
            "tool_calls": reply.trace.as_ref().map_or_else(|| json!([]), |trace| json!(trace.tool_calls)),
        });
        if let Some(Value::Object(steps)) = self.variables.get_mut("steps") {
            steps.insert(step.name.clone(), told);
        }
        let step_of = traced(&step.name, step.kind(), round, reply, model);
        self.trace.steps.push(TracedStep { error: error.clone(), ..step_of });
        if let Some(trace) = &reply.trace {
            self.trace.only_steps &= trace.only_steps;
            self.trace.contexts.extend(trace.contexts.iter().cloned());
            self.trace.tool_calls.extend(trace.tool_calls.iter().cloned());
            self.trace.messages.extend(trace.messages.iter().cloned());
            self.trace.cut.extend(trace.cut.iter().cloned());
        }
        self.last = Some((reply.text.clone(), reply.finish));
        self.turn(step, error)
    }

    /// Goes back where a loop goes on, and else to the next step.
    fn turn(&mut self, step: &StepSpec, error: Option<String>) -> Result<(), (FailureKind, String)> {
        if let Some(repeat) = &step.repeat {
            self.rounds[self.at] += 1;
            let over = self.rounds[self.at] >= repeat.max;
            // An output that is not what the step wants ends no loop that may still mend it.
            let done = error.is_none() && template::holds(&repeat.until, &self.variables).map_err(unfilled)?;
            if !done && !over {
                let from = self.pipeline.steps.iter().position(|first| first.name == repeat.from).unwrap_or(self.at);
                // A loop within this one begins anew.
                self.rounds[from..self.at].fill(0);
                self.at = from;
                return Ok(());
            }
        }
        if let Some(why) = error {
            return Err((FailureKind::Step, why));
        }
        self.at += 1;
        Ok(())
    }

    fn request(&self, step: &StepSpec) -> Result<(Request, ModelName), Diagnostic> {
        let Aim { candidate, case, sample } = self.aim;
        let ask = Ask::Step {
            candidate: candidate.clone(),
            case: case.clone(),
            sample,
            step: step.name.clone(),
            round: self.taken[self.at],
        };
        match &step.action {
            Action::Prompt(prompt) => {
                let mut model = &prompt.model;
                for route in &step.route {
                    if template::holds(&route.when, &self.variables)? {
                        model = &route.model;
                        break;
                    }
                }
                let filled = template::render(&prompt.messages, &self.variables)?;
                let messages = filled.into_iter().map(|(role, content)| Message { role, content }).collect();
                Ok((Request::new(ask, messages, None), model.clone()))
            }
            Action::Service(model) => {
                let service = self.models.get(model).and_then(|spec| spec.service.as_deref());
                let request = match service {
                    Some(service) => {
                        let payload = service::payload(service, self.question, &ask, &self.variables)?;
                        Request::of_payload(ask.clone(), &payload)
                    }
                    None => Request::of_payload(ask, &Value::Null),
                };
                Ok((request, model.clone()))
            }
            // Whoever comes here has asked whether it is one.
            Action::Template(_) => Err(Diagnostic::new("a template asks nobody")),
        }
    }

    /// The time that a step may take; `None` where it is not to be broken off: without a limit, and in a search, which may be
    /// asking for vectors that all cases need.
    fn allowance(&self, step: &StepSpec) -> Option<Allowance> {
        let limit = self.pipeline.limits.time.filter(|_| !is_search(step))?;
        Some(Allowance { left: limit.saturating_sub(self.spent.time()), limit })
    }

    /// The limit that the case passed with the answer to a step. A search that takes its time may be asking for vectors that
    /// all cases need; and what takes longer than the case has was kept from before: asked now, it would be broken off.
    fn overrun(&self, step: &StepSpec) -> Option<String> {
        let (limits, spent) = (&self.pipeline.limits, &self.spent);
        let tokens = limits.tokens.filter(|most| spent.tokens() > *most).map(|most| format!("{most} tokens"));
        let usd = || limits.usd.filter(|most| spent.money().usd() > *most).map(|most| format!("${most}"));
        let time =
            || limits.time.filter(|most| !is_search(step) && spent.time() > *most).map(|most| format!("{most:?}"));
        tokens.or_else(usd).or_else(time)
    }

    fn check_limits(&self) -> Result<(), (FailureKind, String)> {
        let (limits, spent) = (&self.pipeline.limits, &self.spent);
        let over = |what: String| Err((FailureKind::Limit, format!("the case is at its limit of {what}")));
        if let Some(calls) = limits.calls.filter(|calls| spent.calls >= *calls) {
            return over(format!("{calls} calls"));
        }
        if let Some(most) = limits.tokens.filter(|most| spent.tokens() >= *most) {
            return over(format!("{most} tokens"));
        }
        if let Some(most) = limits.usd.filter(|most| spent.money().usd() >= *most) {
            return over(format!("${most}"));
        }
        match limits.time {
            Some(time) if spent.time() >= time => over(format!("{time:?}")),
            _ => Ok(()),
        }
    }

    fn output(&mut self) -> Next {
        let Some((text, finish)) = self.last.take() else {
            return Next::Failed(Failure::new(FailureKind::Step, "no step was taken: every `when` was false"));
        };
        let trace = std::mem::take(&mut self.trace).within_limits();
        let Spent { calls, usage, usd, latency_ms, .. } = self.spent;
        let known = calls > 0;
        Next::Output(Box::new(Reply {
            finish,
            usage: usage.filter(|_| known),
            usd: usd.filter(|_| known),
            latency_ms: latency_ms.filter(|_| known),
            trace: Some(Box::new(trace)),
            ..Reply::of_text(text)
        }))
    }

    /// What has been done so far. `why` is what became of the step that is next.
    pub fn so_far(mut self, why: Option<&str>) -> Trace {
        if let (Some(step), Some(why)) = (self.pipeline.steps.get(self.at), why) {
            // A step that gave what the next ones cannot use is there already, and says so.
            let told = self.trace.steps.last().is_some_and(|last| last.name == step.name && last.error.is_some());
            if !told {
                self.trace.steps.push(TracedStep {
                    name: step.name.clone(),
                    kind: Some(step.kind().to_string()),
                    round: self.taken[self.at],
                    error: Some(why.to_string()),
                    ..TracedStep::default()
                });
            }
        }
        self.trace.within_limits()
    }
}

fn is_search(step: &StepSpec) -> bool {
    step.kind() == "retrieve"
}

fn unfilled(why: Diagnostic) -> (FailureKind, String) {
    (FailureKind::Rejected, why.message)
}

/// The JSON of an output, alone or in a fenced block, held against a schema (`true` for any).
fn parse(text: &str, schema: &Value) -> Result<Value, String> {
    let inner = text.trim();
    let inner = inner.strip_prefix("```json").or_else(|| inner.strip_prefix("```")).unwrap_or(inner);
    let inner = inner.strip_suffix("```").unwrap_or(inner).trim();
    let json: Value = serde_json::from_str(inner).map_err(|error| format!("its output is not JSON: {error}"))?;
    let options = jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex());
    let validator = options.build(schema).map_err(|error| format!("its JSON Schema is not valid: {error}"))?;
    let unmet = validator.iter_errors(&json).next().map(|error| {
        let at = error.instance_path().to_string();
        let at = if at.is_empty() { at } else { format!(" at `{at}`") };
        let words: String = error.to_string().chars().take(200).collect();
        format!("its output is not what the schema wants{at}: {words}")
    });
    match unmet {
        None => Ok(json),
        Some(why) => Err(why),
    }
}

#[cfg(test)]
mod tests;
