//! `gate:` → what must hold, at which error rate, before a change may ship.

use indexmap::IndexMap;

use super::{Written, judges, pairs, reference, rules, sequential};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Value;
use crate::suite::{Baseline, CandidateName, Corrected, DecidedBy, GateSpec, MetricName, MetricSpec, OnInconclusive};

const ON_INCONCLUSIVE: &[(&str, OnInconclusive)] = &[("fail", OnInconclusive::Fail), ("warn", OnInconclusive::Warn)];

const CORRECTED: &[(&str, Corrected)] =
    &[("auto", Corrected::Auto), ("off", Corrected::Off), ("require", Corrected::Require)];

const METHODS: &[(&str, DecidedBy)] = &[("bounds", DecidedBy::Bounds), ("t", DecidedBy::T)];

/// The gate, and the `max_error_rate` that stands in it.
pub fn read(
    suite: &Fields<'_>,
    written: &Written,
    metrics: &IndexMap<MetricName, MetricSpec>,
    repeat: u32,
) -> Option<(GateSpec, Option<f64>)> {
    let fields = Fields::open(suite.reader, suite.get("gate")?, "a gate", keys::GATE)?;
    let candidate: Option<CandidateName> = fields
        .required("candidate", "candidate: v2")
        .and_then(|node| reference(fields.reader, node, "candidate", "candidate", &written.candidates));
    let baseline = baseline(&fields, written);
    if let (Some(Baseline::Candidate(baseline)), Some(candidate)) = (&baseline, &candidate)
        && baseline == candidate
    {
        fields.say("baseline", Diagnostic::new("the baseline and the candidate are the same"));
    }
    let alpha =
        fields.number("alpha", "a number from 0.000001 to below 0.5", |a| (1e-6..0.5).contains(&a)).unwrap_or(0.05);
    let min_cases = fields.whole("min_cases", 1, 1_000_000_000).and_then(|n| usize::try_from(n).ok()).unwrap_or(30);
    let min_overlap =
        fields.number("min_overlap", "a share above 0, at most 1", |s| s > 0.0 && s <= 1.0).unwrap_or(1.0);
    let on_inconclusive = fields.one_of("on_inconclusive", ON_INCONCLUSIVE).unwrap_or_default();
    let corrected = fields.one_of("corrected", CORRECTED).unwrap_or_default();
    let rate = max_error_rate(&fields);
    let given =
        rules::Given { written, metrics, baseline: baseline.as_ref(), has_baseline: fields.has("baseline"), repeat };
    let rules = rules::read(&fields, given);
    if let (Some(Baseline::Candidate(baseline)), Some(candidate)) = (&baseline, &candidate) {
        pairs::check(&fields, &rules, metrics, (baseline, candidate));
    }
    judges::check(&fields, &rules, metrics);
    let sequential = sequential::read(&fields, &rules, metrics);
    if let (Some(_), Corrected::Require) = (&sequential, corrected) {
        let words =
            "a sequential gate cannot require a correction: its bounds hold whenever one looks, corrected ones do not";
        fields.say("corrected", Diagnostic::new(words).hint("leave one of the two out"));
    }
    let method = fields.one_of("method", METHODS).unwrap_or_default();
    if method == DecidedBy::T && sequential.is_some() {
        let diagnostic = Diagnostic::new("a t interval does not hold while one looks, and the gate is sequential");
        fields.say("method", diagnostic.hint("leave `method` away, or judge all cases: `sequential: false`"));
    }
    let candidate = candidate?;
    let gate = GateSpec {
        baseline,
        candidate,
        alpha,
        min_cases,
        min_overlap,
        on_inconclusive,
        method,
        sequential,
        corrected,
        rules,
    };
    Some((gate, rate))
}

/// `max_error_rate`, of the suite or of its gate.
pub fn max_error_rate(fields: &Fields<'_>) -> Option<f64> {
    fields.number("max_error_rate", "a share from 0 to 1", |rate| (0.0..=1.0).contains(&rate))
}

fn baseline(gate: &Fields<'_>, written: &Written) -> Option<Baseline> {
    let node = gate.get("baseline")?;
    if !matches!(node.value, Value::Map(_)) {
        let name = gate.reader.scalar(node, "baseline")?;
        if matches!(name.as_str(), "accepted" | "latest")
            && !written.candidates.iter().any(|known| known.as_str() == name)
        {
            let diagnostic = Diagnostic::new(format!("there is no candidate `{name}`"));
            gate.say("baseline", diagnostic.hint(format!("a stored run is written `baseline: {{run: {name}}}`")));
            return None;
        }
        return reference(gate.reader, node, "baseline", "candidate", &written.candidates).map(Baseline::Candidate);
    }
    let fields = Fields::open(gate.reader, node, "a baseline", keys::BASELINE)?;
    let run = fields.text("run", "baseline: {run: accepted}");
    // The candidates of a stored run need not be those of this suite.
    let candidate = fields.scalar("candidate").map(CandidateName::from);
    Some(Baseline::Run { run: run?, candidate })
}
