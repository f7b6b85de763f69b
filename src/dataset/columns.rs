//! A file's columns → the fields of a case: as the suite maps them, by their own names, or by names that others use.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use super::rows::Row;
use crate::diagnostic::{Diagnostic, nearest};

/// A field of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Id,
    Input,
    Reference,
    Context,
    Tags,
    Cluster,
    Labels,
    Messages,
}

/// Our names of the fields.
const FIELDS: [(&str, Field); 8] = [
    ("id", Field::Id),
    ("input", Field::Input),
    ("reference", Field::Reference),
    ("context", Field::Context),
    ("tags", Field::Tags),
    ("cluster", Field::Cluster),
    ("labels", Field::Labels),
    ("messages", Field::Messages),
];

/// The names that other tools use.
const ALIASES: [(&str, Field); 13] = [
    ("question", Field::Input),
    ("prompt", Field::Input),
    ("query", Field::Input),
    ("vars", Field::Input),
    ("inputs", Field::Input),
    ("expected", Field::Reference),
    ("expected_output", Field::Reference),
    ("target", Field::Reference),
    ("ideal", Field::Reference),
    ("answer", Field::Reference),
    ("contexts", Field::Context),
    ("retrieval_context", Field::Context),
    ("metadata", Field::Tags),
];

impl Field {
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    /// Whether a column may hold one entry of it: `tags.topic`.
    fn has_parts(self) -> bool {
        matches!(self, Self::Input | Self::Tags | Self::Labels)
    }
}

/// A field, or one entry of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub field: Field,
    pub part: Option<String>,
}

impl Target {
    /// The target that a name says, where `names` are the fields' names.
    fn parse(name: &str, names: &[(&str, Field)]) -> Option<Self> {
        let find = |name: &str| names.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
        if let Some(field) = find(name) {
            return Some(Self { field, part: None });
        }
        let (name, part) = name.split_once('.')?;
        let field = find(name).filter(|field| field.has_parts() && !part.is_empty())?;
        Some(Self { field, part: Some(part.to_string()) })
    }

    pub fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}.{part}", self.field.name()),
            None => self.field.name().to_string(),
        }
    }
}

/// Which column of a file gives which field, learned as its rows go by.
#[derive(Debug)]
pub(super) struct Columns {
    /// What the suite says: our field, their column, and whether a row had it.
    wanted: Vec<(Target, String, bool)>,
    /// The columns seen so far, and what each gives.
    seen: IndexMap<String, Vec<Target>>,
    /// The place of the column that comes next if this row is as the last one.
    next: usize,
    /// The column that each field was first taken from.
    taken: BTreeMap<Target, String>,
    /// The columns that two were found for; said once.
    clashes: IndexSet<(String, String)>,
}

impl Columns {
    /// The columns of a file, mapped by `fields` (ours → theirs) first.
    ///
    /// # Errors
    /// A field that a case does not have.
    pub fn new(fields: &IndexMap<String, String>) -> Result<Self, Vec<Diagnostic>> {
        let (mut wanted, mut unknown) = (Vec::new(), Vec::new());
        for (ours, theirs) in fields {
            match Target::parse(ours, &FIELDS) {
                Some(target) => wanted.push((target, theirs.clone(), false)),
                None => {
                    let names = FIELDS.map(|(name, _)| name);
                    let hint = match nearest(ours, names) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the fields are {}", names.join(", ")),
                    };
                    unknown.push(
                        Diagnostic::new(format!("`fields:` names `{ours}`, which a case does not have")).hint(hint),
                    );
                }
            }
        }
        if unknown.is_empty() {
            Ok(Self { wanted, seen: IndexMap::new(), next: 0, taken: BTreeMap::new(), clashes: IndexSet::new() })
        } else {
            Err(unknown)
        }
    }

    fn targets(&self, column: &str) -> Vec<Target> {
        let explicit: Vec<Target> =
            self.wanted.iter().filter(|(_, theirs, _)| theirs == column).map(|(target, ..)| target.clone()).collect();
        if !explicit.is_empty() {
            return explicit;
        }
        // Where the suite says which column a field is, no other column is taken for it.
        let mapped = |target: &Target| {
            self.wanted
                .iter()
                .any(|(wanted, ..)| wanted == target || (wanted.part.is_none() && wanted.field == target.field))
        };
        let named = Target::parse(column, &FIELDS).or_else(|| Target::parse(column, &ALIASES));
        named.filter(|target| !mapped(target)).into_iter().collect()
    }

    /// Notes a column of a row, and says what it gives.
    pub fn note(&mut self, column: &str) -> &[Target] {
        let expected = self.seen.get_index(self.next).is_some_and(|(known, _)| known == column);
        let place = if expected { self.next } else { self.place(column) };
        self.next = (place + 1) % self.seen.len();
        self.seen.get_index(place).map_or(&[], |(_, targets)| targets.as_slice())
    }

    /// The place of a column among those seen, of which it is one from now on.
    fn place(&mut self, column: &str) -> usize {
        if let Some(place) = self.seen.get_index_of(column) {
            return place;
        }
        for (_, theirs, found) in &mut self.wanted {
            *found |= theirs == column;
        }
        let targets = self.targets(column);
        self.seen.insert_full(column.to_string(), targets).0
    }

    /// Takes a column that holds something for a target.
    ///
    /// # Errors
    /// Another column gave it already. Nothing but `false` where that was said before.
    pub fn take(&mut self, target: &Target, column: &str, row: &Row) -> Result<bool, Diagnostic> {
        let whole = Target { field: target.field, part: None };
        let other = match self.taken.get(target) {
            Some(other) => Some(other),
            // An input is one column, or several that each give an entry; never both.
            None if target.field == Field::Input && target.part.is_some() => self.taken.get(&whole),
            None if target.field == Field::Input => {
                self.taken.iter().find(|(t, _)| t.field == Field::Input).map(|(_, other)| other)
            }
            None => None,
        };
        let Some(other) = other else {
            self.taken.insert(target.clone(), column.to_string());
            return Ok(true);
        };
        if other == column {
            return Ok(true);
        }
        let other = other.clone();
        if !self.clashes.insert((other.clone(), column.to_string())) {
            return Ok(false);
        }
        let name = target.name();
        let mistake = row.mistake(Some(column), format!("two columns give `{name}`: `{other}` and `{column}`"));
        Err(if self.taken.contains_key(target) {
            mistake.hint(format!("say which in the suite: `dataset: {{path: …, fields: {{{name}: {other}}}}}`"))
        } else {
            mistake.hint("an input is one column, or several that give an entry each (`input.question`)")
        })
    }

    /// Our field ← their column, wherever the two have different names, in the order they were first seen.
    pub fn mapped(&self) -> Vec<(String, String)> {
        let pairs =
            self.seen.iter().flat_map(|(theirs, targets)| targets.iter().map(move |t| (t.name(), theirs.clone())));
        pairs.filter(|(ours, theirs)| ours != theirs).collect()
    }

    /// The columns that give nothing.
    pub fn ignored(&self) -> Vec<String> {
        self.seen.iter().filter(|(_, targets)| targets.is_empty()).map(|(column, _)| column.clone()).collect()
    }

    /// A mistake for each column that the suite names and no row has, with the field it was to give.
    pub fn never_seen(&self, file: &str) -> Vec<(Field, Diagnostic)> {
        let missing = self.wanted.iter().filter(|(_, _, found)| !found);
        missing
            .map(|(target, theirs, _)| {
                let message =
                    format!("no row of {file} has the column `{theirs}` that `fields:` gives for `{}`", target.name());
                let hint = match nearest(theirs, self.seen.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => self.known(),
                };
                (target.field, Diagnostic::new(message).hint(hint))
            })
            .collect()
    }

    /// The column that a whole field is taken from.
    pub fn column_of(&self, field: Field) -> Option<&str> {
        self.taken.get(&Target { field, part: None }).map(String::as_str)
    }

    /// The columns of the file, for a hint.
    pub fn known(&self) -> String {
        let mut names: Vec<String> = self.seen.keys().map(|name| format!("`{name}`")).take(20).collect();
        if self.seen.len() > names.len() {
            names.push("…".to_string());
        }
        format!("its columns are {}", names.join(", "))
    }
}
