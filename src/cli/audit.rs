//! `karat audit`: the judges of a suite, shown changed copies of a stored run's outputs.

use std::path::Path;
use std::time::Instant;

use indexmap::IndexMap;

use super::args::AuditArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::form::{Form, form_of};
use super::session::{self, Ran, mistake};
use super::{Outcome, outputs, stored};
use crate::analysis::{Gathered, Key, MetricAudit, Probed, audited, drift, self_preference};
use crate::report::{RenderError, audit};
use crate::run::{AuditOptions, Plan, PlanOptions, StoredOutputs, audit_file, audit_suite};
use crate::store::{Manifest, RunId, Runs};
use crate::suite::{CandidateName, MetricName, Probe, Subject, Suite, load_without_data};

/// So many cases by default: without a single fault they show a rate below ten per cent.
const CASES: usize = 30;

/// Asks the judges, and says how often each fell for what it should not. Exits 0, 2, 4 or 130.
///
/// # Errors
/// Mistakes in the files, no such run; a disk that fails.
pub fn audit(context: &Context, file: &Path, args: &AuditArgs) -> Outcome {
    for path in &args.new.output.output {
        form_of(path, "an audit")?;
    }
    let begun = Instant::now();
    let lookup = |name: &str| context.variable(name);
    let mut suite = load_without_data(file, &lookup)?;
    let select = &args.new.select;
    suite.seed = select.seed.unwrap_or(suite.seed);
    let fixed = [
        ("--repeat", select.repeat.is_some()),
        ("--filter", !select.filter.is_empty()),
        ("--limit", select.limit.is_some()),
    ];
    if let Some((flag, _)) = fixed.iter().find(|(_, given)| *given) {
        return Err(mistake(format!("an audit knows no `{flag}`"), "`--sample N` says on how many cases"));
    }
    if select.candidate.len() > 1 {
        return Err(mistake("an audit is of one candidate's outputs", "name one `--candidate`"));
    }
    let runs = Runs::of(&suite.root);
    let id = stored::find(&runs, file, &args.run)?;
    let source = StoredOutputs::open(&runs, &id)?;
    let options = AuditOptions {
        cases: select.sample.and_then(|n| usize::try_from(n).ok()).unwrap_or(CASES),
        candidate: select.candidate.first().map(|name| name.as_str().into()),
        metrics: select.metric.clone(),
    };
    let alpha = suite.gate.as_ref().map_or(0.05, |gate| gate.alpha);
    let limits = limits(&suite);
    let (audit_of, candidate) = audit_suite(suite, &source, &options)?;
    drop(source);
    let plan = Plan::new(audit_of, &PlanOptions::default(), &lookup)?;
    context.note(&format!("auditing the judges on outputs of run {id}: the judges are asked, no candidate is"));
    let (run, exit) = match session::carry_out_plan(context, plan, &args.new, begun)? {
        Ran::Unfinished(exit, _) => return Ok(exit),
        Ran::Finished(finished) => {
            let (report, _) = *finished;
            for problem in &report.problems {
                context.warn(problem);
            }
            (RunId(report.meta.run.clone()), if report.problems.is_empty() { Exit::Done } else { Exit::Invalid })
        }
    };
    let limit = |metric: &MetricName, probe: Probe| {
        limits.get(&(metric.clone(), probe)).copied().unwrap_or_else(|| probe.limit())
    };
    let mut metrics = findings(&runs, &run, alpha, limit)?;
    add_what_takes_both(&runs, (&run, &id), &candidate, alpha, limit, &mut metrics)?;
    let found = audit::AuditReport {
        suite: Manifest::read(&runs.folder_of(&run))?.suite.name,
        run: run.to_string(),
        of: format!("run {id}"),
        alpha,
        metrics: metrics.into_iter().map(|(name, found)| (name.to_string(), found)).collect(),
    };
    let json =
        || -> Result<String, Failure> { Ok(serde_json::to_string_pretty(&found).map_err(RenderError::from)? + "\n") };
    for path in &args.new.output.output {
        let text = match form_of(path, "an audit")? {
            Form::Json => json()?,
            Form::Markdown => audit::markdown(&found),
            Form::Text => audit::render(&found, 100, false),
        };
        outputs::write(path, &text)?;
    }
    if args.new.output.json {
        context.print(&json()?)?;
    } else {
        context.print(&audit::render(&found, context.columns(), context.colour_on_stdout()))?;
    }
    Ok(exit)
}

/// What the rules of the gate bear, where they say it.
fn limits(suite: &Suite) -> IndexMap<(MetricName, Probe), f64> {
    let rules = suite.gate.iter().flat_map(|gate| &gate.rules);
    let limit = |rule: &crate::suite::Rule| match (&rule.of, rule.kind) {
        (Subject::Audit { probe, metric }, crate::suite::RuleKind::AtMost(most)) => {
            Some(((metric.clone(), *probe), most))
        }
        _ => None,
    };
    rules.filter_map(limit).collect()
}

/// What a finished audit found, from its tables.
fn findings(
    runs: &Runs,
    id: &RunId,
    alpha: f64,
    limit: impl Fn(&MetricName, Probe) -> f64,
) -> Result<IndexMap<MetricName, MetricAudit>, Failure> {
    let stored::Stored { manifest, tables, pairs, .. } = stored::read(runs, id)?;
    let gathered = Gathered::read(&manifest.suite, &pairs, &tables)?;
    Ok(audited(&manifest.suite, &gathered, alpha, limit))
}

/// Drift is measured between the audited run and its audit, self-preference on the audited run, whose candidates have models.
fn add_what_takes_both(
    runs: &Runs,
    (audit, of): (&RunId, &RunId),
    candidate: &CandidateName,
    alpha: f64,
    limit: impl Fn(&MetricName, Probe) -> f64,
    metrics: &mut IndexMap<MetricName, MetricAudit>,
) -> Result<(), Failure> {
    if !runs.folder_of(of).join("summary.json").exists() {
        return Ok(());
    }
    let read = |id: &RunId| -> Result<_, Failure> {
        let stored::Stored { manifest, tables, pairs, .. } = stored::read(runs, id)?;
        let Gathered { data, .. } = Gathered::read(&manifest.suite, &pairs, &tables)?;
        Ok((manifest, data, Key::read(&tables)?))
    };
    let ((now_manifest, now, now_keys), (manifest, then, keys)) = (read(audit)?, read(of)?);
    for (name, found) in metrics {
        let (side, other) = ((&now, &now_keys[..]), (&then, &keys[..]));
        found.probes.push(drift(side, (other, candidate), name, alpha, limit(name, Probe::Drift)));
        if now_manifest.cards.get(name) != manifest.cards.get(name) {
            found.warnings.push(
                "the judge is another one than then (model, parameters, rubric or version of karat): drift is what that changes"
                    .to_string(),
            );
        }
        let (probed, warning) =
            self_preference(&manifest.suite, &then, name, alpha, limit(name, Probe::SelfPreference));
        found.probes.push(probed);
        found.warnings.extend(warning);
    }
    Ok(())
}

/// What the newest audit of the judge of a metric found, for a rule of the gate; or why there is nothing to go by. An audit
/// of another judge card says nothing of this one.
pub fn newest(
    runs: &Runs,
    manifest: &Manifest,
    (metric, probe): (&MetricName, Probe),
    alpha: f64,
    limit: f64,
) -> Result<Probed, String> {
    let none = || format!("there is no audit of the judge of `{metric}`; `karat audit` makes one");
    let file = audit_file(&manifest.suite.file);
    let card = manifest.cards.get(metric);
    let mut others = false;
    for id in runs.list().map_err(|why| why.to_string())?.into_iter().rev() {
        let folder = runs.folder_of(&id);
        let Ok(audit) = Manifest::read(&folder) else { continue };
        if audit.suite.file != file
            || !folder.join("summary.json").exists()
            || !audit.suite.metrics.contains_key(metric)
        {
            continue;
        }
        if audit.cards.get(metric) != card {
            others = true;
            continue;
        }
        let found = findings(runs, &id, alpha, |_, _| limit).map_err(|why| why.to_string())?;
        let probed = found.into_iter().find(|(name, _)| name == metric).map(|(_, found)| found.probes);
        let probed = probed.into_iter().flatten().find(|probed| probed.probe == probe);
        return probed.ok_or_else(none);
    }
    if others {
        return Err(format!(
            "the audits of the judge of `{metric}` are of another model, rubric or version of karat; `karat audit` makes a new one"
        ));
    }
    Err(none())
}
