//! Who made a model → whether judge and candidate are of one family, and what labels say of the judge's kindness to its own.

use std::collections::BTreeSet;

use super::{Probed, Values};
use crate::analysis::data::Data;
use crate::suite::{CandidateName, MetricName, Probe, Suite};

/// Beginnings of model names, and the family that they stand for.
const FAMILIES: [(&str, &str); 27] = [
    ("gpt", "OpenAI"),
    ("chatgpt", "OpenAI"),
    ("o1", "OpenAI"),
    ("o3", "OpenAI"),
    ("o4", "OpenAI"),
    ("davinci", "OpenAI"),
    ("claude", "Anthropic"),
    ("gemini", "Google"),
    ("gemma", "Google"),
    ("palm", "Google"),
    ("llama", "Llama"),
    ("meta-llama", "Llama"),
    ("mistral", "Mistral"),
    ("mixtral", "Mistral"),
    ("ministral", "Mistral"),
    ("magistral", "Mistral"),
    ("codestral", "Mistral"),
    ("qwen", "Qwen"),
    ("qwq", "Qwen"),
    ("deepseek", "DeepSeek"),
    ("phi", "Microsoft"),
    ("command", "Cohere"),
    ("grok", "xAI"),
    ("nova", "Amazon"),
    ("titan", "Amazon"),
    ("falcon", "Falcon"),
    ("glm", "GLM"),
];

/// The family of a model by its name; `None` where it is not known.
pub fn family(model: &str) -> Option<&'static str> {
    let name = model.rsplit(['/', ':']).find(|part| part.chars().any(char::is_alphabetic))?.to_lowercase();
    // A tag may follow the name, as in `llama3:8b`.
    let whole = model.to_lowercase();
    let known = |name: &str| FAMILIES.iter().find(|(start, _)| name.starts_with(start)).map(|(_, family)| *family);
    known(&name).or_else(|| whole.split(['/', ':', '.']).find_map(known))
}

/// The family of a candidate's models; `None` where they are of several, or of none that is known.
fn of_candidate(suite: &Suite, candidate: &CandidateName) -> Option<&'static str> {
    let models = suite.candidates.get(candidate)?.models();
    let families: BTreeSet<&str> =
        models.into_iter().filter_map(|model| family(suite.models.get(model)?.model.as_deref()?)).collect();
    families.first().copied().filter(|_| families.len() == 1)
}

/// How much kinder than people the judge is to candidates of its own family, beyond how kind it is to others: the mean over
/// cases with labels on both, in units of the scale. With it, what is to be said without any label.
pub fn self_preference(
    suite: &Suite,
    data: &Data,
    metric: &MetricName,
    alpha: f64,
    limit: f64,
) -> (Probed, Option<String>) {
    let absent = |why: &str| Probed::absent(Probe::SelfPreference, limit, why.to_string());
    let judges = suite.metrics.get(metric).and_then(|spec| spec.rubric()).map_or(&[][..], |judged| judged.judge.all());
    let families: BTreeSet<&str> =
        judges.iter().filter_map(|judge| family(suite.models.get(judge)?.model.as_deref()?)).collect();
    let Some(own) = families.first().copied() else {
        return (absent("the family of the judge's model is not known"), None);
    };
    if families.len() > 1 {
        return (absent("the judges are of several families"), None);
    }
    let (kin, others): (Vec<&CandidateName>, Vec<&CandidateName>) = {
        let known = suite.candidates.keys().filter(|name| of_candidate(suite, name).is_some());
        known.partition(|name| of_candidate(suite, name) == Some(own))
    };
    if kin.is_empty() {
        return (absent("no candidate is of the judge's family"), None);
    }
    let names: Vec<&str> = kin.iter().map(|name| name.as_str()).collect();
    let warning = format!(
        "judge and {} are both of the {own} family; judges have been seen to prefer their own, so have another one judge as well",
        names.join(", ")
    );
    if others.is_empty() {
        return (absent("all candidates are of the judge's family"), Some(warning));
    }
    let Some(scores) = data.metrics.get(metric).filter(|scores| !scores.is_pairwise()) else {
        return (absent("it is measured for scores, and this judge compares"), Some(warning));
    };
    let Some((min, max)) = scores.possible_levels() else { return (absent("the metric has no scale"), Some(warning)) };
    let kindness = |among: &[&CandidateName], case: usize| {
        let one = |name: &&CandidateName| {
            Some(
                scores.sign() * (scores.levels.get(*name)?.get(case)? - scores.humans.score(name, case)?) / (max - min),
            )
        };
        let found: Vec<f64> = among.iter().filter_map(one).collect();
        (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
    };
    let mut values = Values::default();
    for case in 0..data.cases.len() {
        if let (Some(own), Some(other)) = (kindness(&kin, case), kindness(&others, case)) {
            values.push(own - other, data.cases.clusters.get(case).copied().unwrap_or_default());
            values.cases += 1;
        }
    }
    if values.cases == 0 {
        return (absent("no case has labels on both families"), Some(warning));
    }
    (Probed::of(Probe::SelfPreference, &values, (-2.0, 2.0), alpha, limit), Some(warning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_tell_their_family() {
        for (model, expected) in [
            ("gpt-4.1-mini", Some("OpenAI")),
            ("o3-mini", Some("OpenAI")),
            ("openai/gpt-oss-20b", Some("OpenAI")),
            ("anthropic/claude-sonnet-4", Some("Anthropic")),
            ("us.anthropic.claude-3-5-sonnet", Some("Anthropic")),
            ("meta-llama/Llama-3.1-8B-Instruct", Some("Llama")),
            ("llama3:8b", Some("Llama")),
            ("qwen3", Some("Qwen")),
            ("models/gemini-2.5-pro", Some("Google")),
            ("my-own-model", None),
            ("", None),
        ] {
            assert_eq!(family(model), expected, "{model}");
        }
    }
}
