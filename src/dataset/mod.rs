//! Files → cases: one row of gold data each, in the order of the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::suite::{CaseId, MetricName, Role};

mod anchors;
mod columns;
mod csv;
mod digest;
mod ids;
mod json;
mod jsonl;
mod label;
mod lines;
mod load;
mod order;
mod outputs;
mod parquet;
mod place;
mod row;
mod rows;
mod seen;
mod select;
mod source;
mod value;

pub use anchors::{Anchor, load_anchors};
pub use digest::{Digest, DigestOfAll};
pub use ids::Ids;
pub use label::{Choice, HumanPreference, HumanScore, LabelError, Rating};
pub use order::Order;
pub use outputs::{Output, Outputs, load_outputs};
pub use rows::{Format, Row, Rows, Wanted, rows};
pub use seen::Seen;
pub use select::{Kept, Selection, Sieve, parse_filter};
pub use source::{CaseFile, Cases, Source, Survey};

/// One row of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Unique within the dataset.
    pub id: CaseId,
    /// What the candidate is given: a string or an object.
    pub input: Value,
    /// The gold answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
    /// Documents that go with the input: strings or objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Value>,
    /// What slices are cut by. A list of tags becomes `tag: "true"` each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Cases of one cluster are not independent of each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// What humans said, by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<MetricName, Label>,
    /// The conversation so far, for multi-turn cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<CaseMessage>,
}

/// One turn of a conversation that a case brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseMessage {
    /// Who spoke.
    pub role: Role,
    /// What was said.
    pub content: String,
}

/// What humans said of a case, for one metric, in the form it was written.
///
/// For a pointwise metric: a score, a scale label, a list of scores by several raters, an object rater → score;
/// or an object candidate → any of these, where the label is about one candidate's output.
/// For a pairwise metric: the preferred candidate's name or `tie`, or a list of those.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(pub Value);

/// What a candidate may see of a case: never its gold.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The input.
    pub input: &'a Value,
    /// The documents.
    pub context: &'a [Value],
    /// The conversation so far.
    pub messages: &'a [CaseMessage],
}

impl Case {
    /// What a candidate may see of this case.
    pub fn question(&self) -> Question<'_> {
        Question { input: &self.input, context: &self.context, messages: &self.messages }
    }
}
