//! A suite's anchors → what its judges are shown of them. All of it is known before the run.

use std::collections::BTreeMap;

use super::super::Plan;
use super::{Control, ControlKind, Texts, judged, plan_within};
use crate::dataset::{Anchor, Case, Output, Outputs, load_anchors};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::suite::environment::expand;
use crate::suite::{CandidateName, CaseId, Lookup};

/// What stands before the id of an anchor, so that no case of the run is taken for it.
const PREFIX: &str = "anchor:";

/// Who wrote what is scored.
pub const ANCHOR: &str = "anchor";

/// Who wrote what is compared.
pub const ANCHOR_PAIR: [&str; 2] = ["first", "second"];

/// The anchors of a plan, for judges that score and for those that compare.
pub(super) fn all(plan: &Plan, environment: Lookup<'_>) -> Result<Vec<Control>, Diagnostics> {
    let Some(spec) = &plan.suite.anchors else { return Ok(Vec::new()) };
    let shown =
        expand(&spec.path, environment).map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
    let anchors = load_anchors(&plan.suite.root.join(&shown), &shown)?;
    let mut controls = Vec::new();
    for kind in [ControlKind::AnchorsOfScores, ControlKind::AnchorsOfPairs] {
        let metrics = judged(&plan.suite, kind.mode(), |metric| spec.are_for(metric));
        let (cases, texts): (Vec<Case>, Vec<Vec<String>>) =
            anchors.iter().filter_map(|anchor| Some((case(anchor, kind), texts(anchor, kind)?))).unzip();
        if metrics.is_empty() || cases.is_empty() {
            continue;
        }
        let order: Vec<CandidateName> = match kind {
            ControlKind::AnchorsOfPairs => ANCHOR_PAIR.map(CandidateName::from).to_vec(),
            _ => vec![CandidateName::from(ANCHOR)],
        };
        let outputs: BTreeMap<CandidateName, Outputs> = (0..)
            .zip(&order)
            .map(|(nth, name): (usize, _)| {
                let own = cases.iter().zip(&texts).filter_map(|(case, texts)| {
                    Some(((case.id.clone(), 0), Output { text: texts.get(nth)?.clone(), ..Output::default() }))
                });
                (name.clone(), own.collect())
            })
            .collect();
        let plan = plan_within(plan, kind, metrics, cases, outputs, &order);
        controls.push(Control { kind, plan, texts: Texts::Known });
    }
    if controls.is_empty() {
        let words = format!("no judge of the suite is shown anything of the anchors in {shown}");
        let hint = "judges that score are shown `output`, those that compare `outputs`";
        return Err(Diagnostic::new(words).hint(hint).into());
    }
    Ok(controls)
}

/// The texts that judges of a kind are shown.
fn texts(anchor: &Anchor, kind: ControlKind) -> Option<Vec<String>> {
    match kind {
        ControlKind::AnchorsOfPairs => anchor.outputs.as_ref().map(|both| both.to_vec()),
        _ => anchor.output.clone().map(|one| vec![one]),
    }
}

/// The case, with a tag that names the texts: an anchor whose output was edited is another one. Judges see no tags.
fn case(anchor: &Anchor, kind: ControlKind) -> Case {
    let texts = texts(anchor, kind).unwrap_or_default();
    let digest = blake3::hash(serde_json::to_string(&texts).unwrap_or_default().as_bytes()).to_hex().to_string();
    let mut case = anchor.case.clone();
    case.id = CaseId::from(format!("{PREFIX}{}", case.id).as_str());
    case.labels.clear();
    case.tags.insert("output".to_string(), digest);
    case
}
