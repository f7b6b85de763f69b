//! `ranking:` → what a tie is to a ranking, and what strengths are freed of.

use indexmap::IndexMap;

use super::Written;
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::reader::remedy;
use crate::suite::{Control, MetricName, MetricSpec, Pairs, RankingSpec, TieModel, keys};

const TIES: &[(&str, TieModel)] =
    &[("half", TieModel::Half), ("davidson", TieModel::Davidson), ("rao_kupper", TieModel::RaoKupper)];
const CONTROLS: &[(&str, Control)] = &[("length", Control::Length), ("style", Control::Style)];

pub fn read(suite: &Fields<'_>, written: &Written, metrics: &IndexMap<MetricName, MetricSpec>) -> RankingSpec {
    let default = RankingSpec::default();
    let Some(node) = suite.get("ranking") else { return default };
    let Some(fields) = Fields::open(suite.reader, node, "`ranking`", keys::RANKING) else { return default };
    let ties = fields.one_of("ties", TIES).unwrap_or_default();
    let control = control(&fields).unwrap_or(default.control);
    let ranks = |spec: &MetricSpec| {
        let rubric = spec.rubric().filter(|_| spec.is_pairwise());
        rubric.is_some_and(|judged| !matches!(&judged.pairs, Pairs::Listed(pairs) if pairs.len() < 2))
    };
    if written.candidates.len() < 3 || !metrics.values().any(ranks) {
        let words = "nothing is ranked: no pairwise metric compares three candidates or more";
        suite.say(
            "ranking",
            Diagnostic::new(words).hint("leave `ranking` away, or add a candidate or a pairwise rubric"),
        );
    }
    if ties != TieModel::Half {
        let graded = |spec: &&MetricSpec| spec.rubric().is_some_and(|judged| judged.rubric.graded);
        if let Some((name, _)) = metrics.iter().find(|(_, spec)| graded(spec)) {
            let words = format!(
                "a model of ties reads wins, ties and losses, and the rubric of `{name}` is graded: most of what it says \
                 would be lost"
            );
            fields.say("ties", Diagnostic::new(words).hint("`ties: half` reads graded verdicts as they are"));
        }
    }
    RankingSpec { ties, control }
}

fn control(fields: &Fields<'_>) -> Option<Vec<Control>> {
    let mut found: Vec<Control> = Vec::new();
    for (at, word) in fields.texts("control").filter(|_| fields.has("control"))? {
        match CONTROLS.iter().find(|(known, _)| *known == word) {
            Some((_, control)) if found.contains(control) => {
                fields.reader.say(at, Diagnostic::new(format!("`{word}` is named twice")));
            }
            Some((_, control)) => found.push(*control),
            None => {
                let hint = remedy(&word, CONTROLS.iter().map(|(known, _)| *known), "");
                let words = format!("`{word}` is nothing that a ranking is freed of");
                fields.reader.say(at, Diagnostic::new(words).hint(hint));
            }
        }
    }
    Some(found)
}
