//! `cases.parquet` → what statistics need to know of the cases: clusters, slices, human labels; and their keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use indexmap::IndexMap;
use polars::prelude::DataFrame;
use serde::Deserialize;

use super::AnalysisError;
use super::findings::Slice;
use super::side_by_side::side_by_side;
use super::tables::{Tables, texts};
use crate::dataset::Label;
use crate::store::StoreError;
use crate::suite::MetricName;

/// A tag with more values than this names single cases rather than slices.
pub const MOST_VALUES_OF_A_TAG: usize = 12;

/// The cases of a run, by their place in the plan. A case is told apart by its place; its texts stay on the disk.
#[derive(Debug, Clone, Default)]
pub struct Cases {
    /// The number of each case's cluster: cases of one cluster share it.
    pub clusters: Vec<u32>,
    tags: BTreeMap<String, Tag>,
    labels: BTreeMap<MetricName, Vec<(u32, Label)>>,
}

/// The places of the cases that have a tag, by its value, ascending.
#[derive(Debug, Clone, Default)]
struct Tag {
    values: BTreeMap<String, Vec<u32>>,
    /// Whether it has too many values to be read. Only those that rules name are kept then.
    many: bool,
}

/// What is read of a case's body.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    cluster: Option<String>,
    #[serde(default)]
    labels: BTreeMap<MetricName, Label>,
}

/// Places of cases, ascending.
#[derive(Debug)]
pub enum Rows<'a> {
    /// So many, from the first.
    All(usize),
    /// These.
    Some(Cow<'a, [u32]>),
}

impl Cases {
    /// Reads the cases of a run. `named` are the slices that rules ask for.
    ///
    /// # Errors
    /// A table that is damaged, or a case that cannot be read.
    pub(super) fn read(tables: &Tables, named: &[Slice]) -> Result<Self, AnalysisError> {
        let mut found = Self { clusters: Vec::with_capacity(tables.cases.len()), ..Self::default() };
        // By the hash of the name: a run may have as many clusters as cases.
        let mut clusters: HashMap<u64, u32> = HashMap::new();
        let mut next = 0;
        let read = |frame: Result<DataFrame, StoreError>| -> Result<Vec<Body>, AnalysisError> {
            let frame = frame?;
            let bodies = texts(&frame, "body").map_err(|why| tables.cases.damaged(&why))?.iter();
            let body = |body: Option<&str>| serde_json::from_str(body.unwrap_or_default());
            bodies.map(body).collect::<Result<_, _>>().map_err(|e| AnalysisError::Case(e.to_string()))
        };
        side_by_side(tables.cases.frames(&["body"]), 2, read, |bodies| {
            for Body { tags, cluster, labels } in bodies? {
                let mut new = || {
                    next += 1;
                    next - 1
                };
                // A case without a cluster is one of its own.
                let number = match cluster {
                    Some(name) => *clusters.entry(hash(&name)).or_insert_with(new),
                    None => new(),
                };
                let position = found.add(number);
                for (tag, value) in tags {
                    let is_named =
                        |tag: &str, value: &str| named.iter().any(|s| s.get(tag).is_some_and(|v| v == value));
                    found.tag(position, tag, value, is_named);
                }
                for (metric, label) in labels {
                    found.labels.entry(metric).or_default().push((position, label));
                }
            }
            Ok::<_, AnalysisError>(())
        })?;
        found.tags.values_mut().flat_map(|tag| tag.values.values_mut()).for_each(Vec::shrink_to_fit);
        Ok(found)
    }

    /// Adds a case of a cluster, and gives its place.
    pub(super) fn add(&mut self, cluster: u32) -> u32 {
        self.clusters.push(cluster);
        u32::try_from(self.clusters.len() - 1).unwrap_or(u32::MAX)
    }

    /// Tags the case that was added last, or one after those that have the tag.
    pub(super) fn tag(&mut self, position: u32, tag: String, value: String, is_named: impl Fn(&str, &str) -> bool) {
        let known = self.tags.entry(tag.clone()).or_default();
        if let Some(places) = known.values.get_mut(&value) {
            places.push(position);
            return;
        }
        if known.values.len() >= MOST_VALUES_OF_A_TAG && !known.many {
            known.many = true;
            known.values.retain(|value, _| is_named(&tag, value));
        }
        if !known.many || is_named(&tag, &value) {
            known.values.insert(value, vec![position]);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// The cases that have all of these tags; an empty slice has all cases. Of tags that cut no [`Self::slices`], only
    /// the values that rules name are known.
    pub fn within(&self, slice: &IndexMap<String, String>) -> Rows<'_> {
        let places = |(tag, value): (&String, &String)| {
            self.tags.get(tag).and_then(|tag| tag.values.get(value)).map_or(&[][..], Vec::as_slice)
        };
        let mut tags = slice.iter().map(places);
        let Some(first) = tags.next() else { return Rows::All(self.len()) };
        let both = |some: Cow<'_, [u32]>, more: &[u32]| {
            Cow::Owned(some.iter().copied().filter(|place| more.binary_search(place).is_ok()).collect())
        };
        Rows::Some(tags.fold(Cow::Borrowed(first), both))
    }

    /// The slices that single tags cut, in alphabetical order. A tag that all cases share, or that has too many values
    /// to be read, cuts none.
    pub fn slices(&self) -> Vec<Slice> {
        let readable = self.tags.iter().filter(|(_, tag)| !tag.many);
        let values =
            readable.flat_map(|(name, tag)| tag.values.iter().map(move |(value, places)| (name, value, places)));
        values
            .filter(|(_, _, places)| places.len() < self.len())
            .map(|(tag, value, _)| Slice::from([(tag.clone(), value.clone())]))
            .collect()
    }

    /// The tags that have too many values to be read, in alphabetical order.
    pub fn unsliced(&self) -> Vec<String> {
        self.tags.iter().filter(|(_, tag)| tag.many).map(|(name, _)| name.clone()).collect()
    }

    /// What humans said for a metric: the place of the case, ascending, and the label.
    pub fn labels(&self, metric: &MetricName) -> &[(u32, Label)] {
        self.labels.get(metric).map_or(&[], Vec::as_slice)
    }
}

impl Rows<'_> {
    /// How many.
    pub fn count(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Some(places) => places.len(),
        }
    }

    /// The places.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let (count, places) = match self {
            Self::All(count) => (*count, &[][..]),
            Self::Some(places) => (0, &**places),
        };
        (0..count).chain(places.iter().map(|place| *place as usize))
    }
}

/// What a case of one run is known by in another, in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    id: u64,
    digest: u64,
}

impl Key {
    /// Of a case's id and the digest of its content.
    pub fn of(id: &str, digest: &str) -> Self {
        Self { id: hash(id), digest: hash(digest) }
    }

    /// Whether it is the same case, edited or not.
    pub fn is_of_same_id(self, other: Self) -> bool {
        self.id == other.id
    }

    /// The keys of a run's cases, in their order.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn read(tables: &Tables) -> Result<Vec<Self>, AnalysisError> {
        let mut keys = Vec::with_capacity(tables.cases.len());
        for frame in tables.cases.frames(&["case", "digest"]) {
            let frame = frame?;
            let column = |name| texts(&frame, name).map_err(|why| tables.cases.damaged(&why));
            let (ids, digests) = (column("case")?, column("digest")?);
            keys.extend(
                ids.iter()
                    .zip(digests.iter())
                    .map(|(id, digest)| Self::of(id.unwrap_or_default(), digest.unwrap_or_default())),
            );
        }
        Ok(keys)
    }
}

/// The ids of some cases, by their places.
///
/// # Errors
/// A table that is damaged.
pub(super) fn ids(
    tables: &Tables,
    places: impl Iterator<Item = usize>,
) -> Result<HashMap<usize, String>, AnalysisError> {
    let mut places: Vec<usize> = places.collect();
    places.sort_unstable();
    places.dedup();
    let mut found = HashMap::new();
    tables.cases.rows(&["case"], &places, |place, frame, at| {
        let id = texts(frame, "case").map_err(|why| tables.cases.damaged(&why))?.get(at).unwrap_or_default();
        found.insert(place, id.to_string());
        Ok::<_, AnalysisError>(())
    })?;
    Ok(found)
}

/// Sixty-four bits, the same in every run of the program. Two of a million texts share them once in forty million runs.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
