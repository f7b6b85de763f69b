//! What a judge replied → the row of its verdict: one call, or one for each criterion.

use std::borrow::Cow;

use super::{Answer, Rows, last_words, stood_in};
use crate::dataset::Case;
use crate::judge::{self, Briefing, Exhibit, Finding, Reading, Shown, Verdict};
use crate::model::{Ask, Reply};
use crate::run::briefings::judge_of;
use crate::run::requests;
use crate::store::{CallRow, Status, VerdictKind, VerdictRow};
use crate::suite::{CandidateName, ModelName};

/// What came of one call: nothing where it was not made, words where it failed.
type Part<'a> = Result<Option<Answered<'a>>, String>;

/// A call that was answered.
struct Answered<'a> {
    verdict: Verdict,
    /// The reply that it was read from.
    reply: &'a Reply,
    call: CallRow,
    repaired: bool,
}

impl Rows<'_> {
    /// The row of the verdict that `ask` is the first call for.
    pub(super) fn verdict(&self, index: u64, case: &Case, ask: &Ask) -> Option<VerdictRow> {
        let metric = ask.metric()?;
        let judge = judge_of(self.suite, ask)?;
        let rubric = &self.suite.metrics.get(metric)?.rubric()?.rubric;
        let (kind, candidate, second, sample, verdict_sample) = match ask {
            Ask::Output { .. } | Ask::Step { .. } => return None,
            Ask::Score { candidate, sample, verdict_sample, .. } => {
                (VerdictKind::Pointwise, candidate, None, *sample, *verdict_sample)
            }
            Ask::Preference { first, second, sample, verdict_sample, .. } => {
                (VerdictKind::Pairwise, first, Some(second), *sample, *verdict_sample)
            }
        };
        let of = [Some(candidate), second].into_iter().flatten();
        let shown: Vec<Shown<'_>> = of.filter_map(|of| self.shown(case, of, sample)).collect();
        let exhibit = requests::exhibit(case, &shown);
        let mut row = VerdictRow {
            index,
            case: case.id.clone(),
            metric: metric.clone(),
            kind,
            candidate: candidate.clone(),
            second: second.cloned(),
            sample,
            verdict_sample,
            judge: Some(judge.clone()),
            decides: true,
            met: None,
            status: Status::Skipped,
            value: None,
            method: None,
            mass: None,
            confidence: None,
            criteria: None,
            reasoning: None,
            failure: None,
            error: Some("not asked, since there is no output to judge".to_string()),
            alarm: None,
            repaired: false,
            call: CallRow::default(),
        };
        let briefings = self.briefings.of(metric);
        let parts = briefings.iter().map(|briefing| (briefing, self.part(ask, briefing, judge, &exhibit))).collect();
        if let Some((verdict, reply)) = gathered(&mut row, parts, |parts| judge::together(rubric, parts)) {
            fill(&mut row, verdict, reply);
            row.error = row.error.or_else(|| stood_in(judge, reply));
        }
        Some(row)
    }

    /// What became of the call by one briefing.
    fn part(&self, ask: &Ask, briefing: &Briefing, judge: &ModelName, exhibit: &Exhibit<'_>) -> Part<'_> {
        let ask = match briefing.criterion.as_deref() {
            about if about == ask.criterion() => Cow::Borrowed(ask),
            about => Cow::Owned(ask.clone().with(ask.judge(), about)),
        };
        let reply = match self.answers.0.get(ask.as_ref()) {
            None => return Ok(None),
            Some(Answer::Failed(failures)) => return Err(last_words(failures)),
            Some(Answer::Reply(reply)) => reply,
        };
        let mut call = self.call(Some(judge), reply);
        let verdict = judge::verdict(&briefing.rubric, reply, exhibit);
        let unread = matches!(verdict.reading, Reading::Unparsed(_));
        let mended = ask.repaired().filter(|_| unread).and_then(|again| match self.answers.0.get(&again) {
            Some(Answer::Reply(reply)) => Some(reply.as_ref()),
            _ => None,
        });
        let Some(second) = mended else {
            return Ok(Some(Answered { verdict, reply, call, repaired: false }));
        };
        call.add(&self.call(Some(judge), second));
        let alarm = verdict.alarm;
        let verdict = judge::verdict(&briefing.rubric, second, exhibit);
        let verdict = Verdict { alarm: verdict.alarm.clone().or(alarm), ..verdict };
        Ok(Some(Answered { verdict, reply: second, call, repaired: true }))
    }

    /// An output as a judge was shown it.
    fn shown(&self, case: &Case, candidate: &CandidateName, sample: u32) -> Option<Shown<'_>> {
        let ask = Ask::Output { candidate: candidate.clone(), case: case.id.clone(), sample };
        match self.answers.0.get(&ask) {
            Some(Answer::Reply(reply)) => Some(reply.as_ref().into()),
            _ => None,
        }
    }
}

/// Adds up what the calls of one verdict took, and puts their verdicts together; `None` where one of them has none.
fn gathered<'a>(
    row: &mut VerdictRow,
    parts: Vec<(&Briefing, Part<'a>)>,
    together: impl Fn(&[(&str, Verdict)]) -> Verdict,
) -> Option<(Verdict, &'a Reply)> {
    let (mut answered, mut last): (Vec<(Option<&str>, Verdict)>, Option<&Reply>) = (Vec::new(), None);
    let (mut unasked, all) = (0, parts.len());
    for (briefing, part) in parts {
        match part {
            Ok(None) => unasked += 1,
            Err(why) => {
                row.status = Status::Error;
                row.error = Some(match &briefing.criterion {
                    Some(name) => format!("the criterion `{name}`: {why}"),
                    None => why,
                });
            }
            Ok(Some(Answered { verdict, reply, call, repaired })) => {
                match last {
                    None => row.call = call,
                    Some(_) => row.call.add(&call),
                }
                row.repaired |= repaired;
                // Another model's answer has to be told of, and so has a reply that could not be read.
                let telling = reply.fallback.is_some() || !matches!(verdict.reading, Reading::Read(_));
                last = last.filter(|_| !telling).or(Some(reply));
                answered.push((briefing.criterion.as_deref(), verdict));
            }
        }
    }
    if answered.len() < all {
        if row.status != Status::Error && unasked < all {
            row.error = Some("not all of its criteria were asked about".to_string());
        }
        return None;
    }
    let reply = last?;
    match answered.as_slice() {
        [(None, _)] => answered.pop().map(|(_, verdict)| (verdict, reply)),
        _ => {
            let named: Vec<(&str, Verdict)> =
                answered.into_iter().map(|(name, verdict)| (name.unwrap_or_default(), verdict)).collect();
            Some((together(&named), reply))
        }
    }
}

/// Puts what was read into a row.
fn fill(row: &mut VerdictRow, verdict: Verdict, reply: &Reply) {
    row.error = verdict.odd;
    row.alarm = verdict.alarm;
    match verdict.reading {
        Reading::Read(Finding { value, criteria, reasoning, failure }) => {
            row.status = Status::Ok;
            row.value = Some(value);
            row.method = Some(verdict.method.as_str().to_string());
            row.mass = verdict.mass;
            row.confidence = verdict.confidence;
            row.criteria = if criteria.is_empty() { None } else { serde_json::to_string(&criteria).ok() };
            row.reasoning = reasoning;
            row.failure = failure;
        }
        Reading::Unparsed(why) => {
            row.status = Status::Unparsed;
            row.reasoning = Some(reply.text.clone());
            row.error = Some(why);
        }
        Reading::Refused => {
            row.status = Status::Refused;
            row.reasoning = Some(reply.text.clone());
            row.error = Some("the judge declined to judge".to_string());
        }
    }
}
