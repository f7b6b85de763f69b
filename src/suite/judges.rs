//! Who judges by a rubric: one model, several that are heard together, or a cheap one before a dear one.

use std::slice::from_ref;

use serde::{Deserialize, Serialize};

use super::ModelName;

/// The models that judge by a rubric. One alone is stored as its name, as it was before there were several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Judges {
    /// One model.
    One(ModelName),
    /// Several, each of which judges everything.
    Panel {
        /// The judges, no two of them the same.
        panel: Vec<ModelName>,
        /// How their verdicts become one.
        by: PanelRule,
    },
    /// A cheap model first, and the next one where it is unsure.
    Cascade(Cascade),
}

/// How the verdicts of several judges on one output or pair become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelRule {
    /// Their mean.
    #[default]
    Mean,
    /// What most of them say; the mean of those that are said equally often.
    Majority,
    /// What is most likely by Dawid and Skene's model of judges that err each in its own way. Needs no labels, and takes
    /// it that judges err independently of each other.
    DawidSkene,
    /// A vote, weighed by the log-odds of each judge's accuracy on the labelled cases. A labelled case is decided by
    /// weights from other cases only.
    Weighted,
}

/// Judges from the cheapest to the dearest. Each is asked where the one before was not sure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    /// The judges, in the order in which they are asked.
    pub cascade: Vec<ModelName>,
    /// The share of its verdicts in which a judge that decides may differ from the human labels.
    pub max_disagreement: f64,
    /// How likely that promise may be broken, for each judge.
    pub risk: f64,
    /// What shows how sure a judge is.
    pub confidence: Confidence,
    /// How many verdicts each judge but the last gives, from which its confidence is told.
    pub samples: u32,
    /// How far a score may lie from a label and still agree with it, in units of the scale.
    pub within: f64,
    /// How sure each judge but the last has to be to decide. Empty before they were calibrated: then the last judge
    /// decides everything, and cases with labels are judged by all.
    pub thresholds: Vec<f64>,
}

/// What shows how sure a judge is of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The share of its verdicts, over samples and orders, that say the same.
    #[default]
    Votes,
    /// The probability that it gave to what it said.
    Logprobs,
}

impl Judges {
    /// Every judge, in the order in which they are asked.
    pub fn all(&self) -> &[ModelName] {
        match self {
            Self::One(judge) => from_ref(judge),
            Self::Panel { panel, .. } => panel,
            Self::Cascade(Cascade { cascade, .. }) => cascade,
        }
    }

    /// Whether a model is one of them.
    pub fn has(&self, model: &ModelName) -> bool {
        self.all().contains(model)
    }

    /// The judge that is named where there are several; the only one where nobody is.
    pub fn named(&self, name: Option<&ModelName>) -> Option<&ModelName> {
        match (self, name) {
            (Self::One(judge), None) => Some(judge),
            (_, Some(name)) => self.all().iter().find(|judge| *judge == name),
            (_, None) => None,
        }
    }

    /// Each judge by the name that tells it from the others; one alone needs none.
    pub fn names(&self) -> Vec<Option<&ModelName>> {
        match self {
            Self::One(_) => vec![None],
            several => several.all().iter().map(Some).collect(),
        }
    }

    /// Whether what they say becomes one by a model that is fitted to these very verdicts, so that no bound of it is known.
    pub fn is_fitted(&self) -> bool {
        matches!(self, Self::Panel { by: PanelRule::DawidSkene, .. })
    }

    /// How many verdicts a judge gives on each output or order, where the metric says `repeat`.
    pub fn samples(&self, judge: Option<&ModelName>, repeat: u32) -> u32 {
        match self {
            Self::Cascade(spec) if spec.cascade.last() != judge => spec.samples,
            _ => repeat,
        }
    }

    /// In words: `a`, `panel of a, b and c`, `a, then b`.
    pub fn told(&self) -> String {
        let names: Vec<&str> = self.all().iter().map(ModelName::as_str).collect();
        match self {
            Self::One(judge) => judge.to_string(),
            Self::Panel { .. } => match names.split_last() {
                Some((last, rest)) => format!("a panel of {} and {last}", rest.join(", ")),
                None => String::new(),
            },
            Self::Cascade(_) => names.join(", then "),
        }
    }

    /// The cascade, where it is one.
    pub fn cascade(&self) -> Option<&Cascade> {
        match self {
            Self::Cascade(cascade) => Some(cascade),
            Self::One(_) | Self::Panel { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_judge_is_stored_as_its_name_and_the_others_tell_themselves_apart() {
        let one = Judges::One("a".into());
        assert_eq!(serde_json::to_value(&one).unwrap(), json!("a"));
        let panel = Judges::Panel { panel: vec!["a".into(), "b".into()], by: PanelRule::DawidSkene };
        let cascade = Judges::Cascade(Cascade {
            cascade: vec!["a".into(), "b".into()],
            max_disagreement: 0.1,
            risk: 0.1,
            confidence: Confidence::Votes,
            samples: 5,
            within: 0.0,
            thresholds: vec![0.8],
        });
        for judges in [&one, &panel, &cascade] {
            let stored = serde_json::to_string(judges).unwrap();
            assert_eq!(serde_json::from_str::<Judges>(&stored).unwrap(), *judges, "{stored}");
        }
        assert_eq!((one.named(None), one.named(Some(&"b".into()))), (Some(&"a".into()), None));
        assert_eq!((panel.named(None), panel.named(Some(&"b".into()))), (None, Some(&"b".into())));
        assert_eq!((cascade.samples(Some(&"a".into()), 2), cascade.samples(Some(&"b".into()), 2)), (5, 2));
        assert_eq!([one.told(), panel.told(), cascade.told()], ["a", "a panel of a and b", "a, then b"]);
    }
}
