//! Whether a run measured at all: a measurement that did not happen is never green.

use indexmap::IndexMap;

use super::words::percent;
use crate::analysis::{CandidateFindings, Counts, JudgeFindings, ProbeState, StatusCounts};
use crate::store::{EMPTY_ANSWER, Status};
use crate::suite::{Baseline, CandidateName, GateSpec};

/// Why a run's numbers cannot be trusted, each in a sentence's worth of words; empty where they can.
pub fn problems(counts: &Counts, max_error_rate: f64) -> Vec<String> {
    let mut found = Vec::new();
    if counts.cases == 0 {
        found.push("there is no case".to_string());
    }
    if counts.outputs.total > 0 && counts.outputs.ok == 0 {
        found.push("there is no output".to_string());
    }
    let empty = odd(counts, EMPTY_ANSWER);
    if empty > 0 && empty == counts.outputs.ok {
        found.push("every answer is empty".to_string());
    }
    if counts.outputs.skipped > 0 {
        let (skipped, total) = (counts.outputs.skipped, counts.outputs.total);
        found.push(format!("{skipped} of {total} outputs of the cases begun were never asked for"));
    }
    let outputs = [("outputs".to_string(), &counts.outputs)];
    let verdicts = counts.by_metric.iter().map(|(metric, counts)| (format!("verdicts of {metric}"), counts));
    for (what, counts) in outputs.into_iter().chain(verdicts) {
        let rate = error_rate(counts);
        let other = share(counts.error + counts.fallback, counts);
        if counts.fallback > 0 && other > max_error_rate {
            // Another model's answer is not what was to be measured, and weighs as much as none.
            let (percent, allowed) = (percent(other), percent(max_error_rate));
            let (others, total) = (counts.fallback, asked(counts));
            let errors =
                if counts.error > 0 { format!(" and {} ended in an error", counts.error) } else { String::new() };
            found.push(format!(
                "{others} of {total} {what} are another model's{errors} ({percent}, and {allowed} are allowed)"
            ));
        } else if rate > max_error_rate {
            let (percent, allowed) = (percent(rate), percent(max_error_rate));
            let (errors, total) = (counts.error, asked(counts));
            found.push(format!("{errors} of {total} {what} ended in an error ({percent}, and {allowed} are allowed)"));
        }
    }
    found
}

/// Of those whom a gate compares, the ones that gave nothing but empty answers, in words: a judge's score of nothing says
/// something of the judge alone.
pub fn silent(counts: &Counts, gate: &GateSpec) -> Vec<String> {
    let baseline = match &gate.baseline {
        Some(Baseline::Candidate(baseline)) => Some(baseline),
        // The outputs of an earlier run are not counted in this one.
        Some(Baseline::Run { .. }) | None => None,
    };
    let compared = [Some(&gate.candidate), baseline].into_iter().flatten();
    let is_silent = |name: &&CandidateName| counts.silent.iter().any(|silent| silent == name.as_str());
    compared.filter(is_silent).map(|name| format!("every answer of {name} is empty")).collect()
}

/// Candidates of whom there is no output though others gave some, in words, for a run that no gate speaks about: what it
/// says of them would be nothing.
pub fn absent(candidates: &IndexMap<String, CandidateFindings>) -> Vec<String> {
    let (gave, none): (Vec<_>, Vec<_>) =
        candidates.iter().filter(|(_, found)| found.outputs.total > 0).partition(|(_, found)| found.outputs.ok > 0);
    let absent: Vec<&str> = none.into_iter().filter(|_| !gave.is_empty()).map(|(name, _)| name.as_str()).collect();
    if absent.is_empty() { Vec::new() } else { vec![format!("there is no output of {}", absent.join(", "))] }
}

/// Judges that let pass too much of what is no answer, or were shown nothing of it though that was wanted.
pub fn passed_canaries(judges: &IndexMap<String, JudgeFindings>) -> Vec<String> {
    let problem = |(metric, found): (&String, &JudgeFindings)| {
        let canaries = found.canaries.as_ref()?;
        match canaries.state {
            ProbeState::Fail => {
                let rate = |share: Option<f64>| percent(share.unwrap_or_default());
                let worst = canaries.parts.iter().max_by(|(_, a), (_, b)| a.estimate.total_cmp(&b.estimate));
                let worst = worst.map_or_else(String::new, |(kind, share)| {
                    format!(" (of the kind `{kind}` {})", percent(share.estimate))
                });
                Some(format!(
                    "the judge of `{metric}` lets pass {} of what is no answer{worst}, and {} are allowed",
                    rate(canaries.rate),
                    percent(canaries.limit)
                ))
            }
            ProbeState::Absent => Some(format!("no canary was judged by the judge of `{metric}`: {}", canaries.method)),
            ProbeState::Pass | ProbeState::Inconclusive => None,
        }
    };
    judges.iter().filter_map(problem).collect()
}

/// How many answers something odd is said of.
fn odd(counts: &Counts, what: &str) -> u64 {
    let told = counts.causes.iter().filter(|cause| cause.status == Status::Ok && cause.reason == what);
    told.map(|cause| cause.count).sum()
}

/// The share of what was asked that ended in an error.
fn error_rate(counts: &StatusCounts) -> f64 {
    share(counts.error, counts)
}

fn share(of: u64, counts: &StatusCounts) -> f64 {
    if asked(counts) == 0 { 0.0 } else { of as f64 / asked(counts) as f64 }
}

/// All but what was skipped for want of an output.
fn asked(counts: &StatusCounts) -> u64 {
    counts.total - counts.skipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(total: u64, error: u64) -> StatusCounts {
        StatusCounts { total, error, ok: total - error, ..StatusCounts::default() }
    }

    #[test]
    fn a_candidate_without_an_output_is_named_where_others_have_some() {
        let absent = |counts: &[StatusCounts]| {
            let found =
                |outputs: &StatusCounts| CandidateFindings { outputs: *outputs, ..CandidateFindings::default() };
            let names = ["v1", "v2", "v3"].map(str::to_string);
            super::absent(&names.into_iter().zip(counts.iter().map(found)).collect())
        };
        assert_eq!(absent(&[of(4, 3), of(4, 4), of(0, 0)]), ["there is no output of v2"]);
        assert!(absent(&[of(4, 4), of(4, 4)]).is_empty(), "said already");
        assert!(absent(&[of(4, 0)]).is_empty());
    }

    #[test]
    fn a_run_is_valid_up_to_its_rate_of_errors() {
        let problems = |outputs, verdicts| {
            let by_metric = indexmap::IndexMap::from([("quality".to_string(), verdicts)]);
            problems(&Counts { cases: 50, outputs, verdicts, by_metric, ..Counts::default() }, 0.02).join("; ")
        };
        assert_eq!(problems(of(100, 2), of(300, 6)), "");
        assert_eq!(problems(of(100, 3), of(300, 0)), "3 of 100 outputs ended in an error (3%, and 2% are allowed)");
        assert!(problems(of(100, 0), of(300, 7)).starts_with("7 of 300 verdicts of quality"));
        assert_eq!(problems(of(100, 0), of(0, 0)), "");
        assert!(problems(of(4, 4), of(0, 0)).starts_with("there is no output; 4 of 4"));
        let refused = StatusCounts { total: 4, refused: 4, ..StatusCounts::default() };
        assert_eq!(problems(refused, of(0, 0)), "there is no output");
        // What was skipped was not asked, and does not thin the errors out.
        let thinned = StatusCounts { total: 300, error: 3, ok: 97, skipped: 200, ..StatusCounts::default() };
        assert!(problems(of(100, 0), thinned).starts_with("3 of 100 verdicts of quality"));
        let unasked = StatusCounts { total: 4, ok: 3, skipped: 1, ..StatusCounts::default() };
        assert_eq!(problems(unasked, of(0, 0)), "1 of 4 outputs of the cases begun were never asked for");
        assert_eq!(super::problems(&Counts::default(), 0.02), ["there is no case"]);
        // Answers of another model weigh as much as errors.
        let stood_in = |error, fallback| StatusCounts { fallback, ..of(100, error) };
        assert_eq!(problems(stood_in(0, 2), stood_in(1, 1)), "");
        let many = "3 of 100 verdicts of quality are another model's (3%, and 2% are allowed)";
        assert_eq!(problems(of(100, 0), stood_in(0, 3)), many);
        let both = "1 of 100 outputs are another model's and 2 ended in an error (3%, and 2% are allowed)";
        assert_eq!(problems(stood_in(2, 1), of(100, 0)), both);
    }
}
