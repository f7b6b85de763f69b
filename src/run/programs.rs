//! A command of the suite → the digests of the files that it names: a program that was changed is another one, though its
//! name is the same.

use std::collections::BTreeMap;

use crate::suite::{ModelName, Service, Suite};

/// The digest of each file among the words of a command, by the place of the word. The first is the program itself, which
/// as a rule is an interpreter of the machine; it counts where it is named by a path.
pub(super) fn files(suite: &Suite, model: &ModelName) -> BTreeMap<usize, String> {
    let Some(Service::Command(command)) = suite.models.get(model).and_then(|spec| spec.service.as_deref()) else {
        return BTreeMap::new();
    };
    let folder = suite.root.join(command.cwd.as_deref().unwrap_or(""));
    let words = command.command.iter().enumerate().filter(|(at, word)| *at > 0 || word.contains('/'));
    let digest = |(at, word): (usize, &String)| {
        let bytes = std::fs::read(folder.join(word)).ok()?;
        Some((at, blake3::hash(&bytes).to_hex().to_string()))
    };
    words.filter_map(digest).collect()
}

/// The same of all commands among some models, by the file as the command names it.
pub(super) fn digests<'a>(
    suite: &Suite,
    models: impl IntoIterator<Item = &'a ModelName>,
) -> BTreeMap<ModelName, BTreeMap<String, String>> {
    let of = |model: &ModelName| {
        let Some(Service::Command(command)) = suite.models.get(model)?.service.as_deref() else { return None };
        let named = |(at, digest): (usize, String)| Some((command.command.get(at)?.clone(), digest));
        let found: BTreeMap<_, _> = files(suite, model).into_iter().filter_map(named).collect();
        (!found.is_empty()).then(|| (model.clone(), found))
    };
    models.into_iter().filter_map(of).collect()
}
