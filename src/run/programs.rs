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
