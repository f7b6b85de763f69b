//! The commands of a suite → the files that they name, with their digests.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::named_files;
use crate::suite::environment::expand;
use crate::suite::{ModelName, Service, Suite};

/// Of each command that names files: their digests, by the place of the word and the word as it is written.
pub(super) type Programs = BTreeMap<ModelName, BTreeMap<(usize, String), String>>;

/// The files of all commands as they are now. A variable that is not set is told of when the command is set up.
pub(super) fn of(suite: &Suite, environment: &dyn Fn(&str) -> Option<String>) -> Programs {
    let programs = suite.models.iter().filter_map(|(name, spec)| {
        let Some(Service::Command(command)) = spec.service.as_deref() else { return None };
        let expanded = |word: &String| expand(word, environment).unwrap_or_else(|_| word.clone());
        let folder = suite.root.join(command.cwd.as_ref().map(expanded).unwrap_or_default());
        let words: Vec<String> = command.command.iter().map(expanded).collect();
        let named = named_files(&words, Path::new(&folder)).into_iter();
        let named = named.filter_map(|file| Some(((file.at, command.command.get(file.at)?.clone()), file.digest)));
        let files: BTreeMap<_, _> = named.collect();
        (!files.is_empty()).then(|| (name.clone(), files))
    });
    programs.collect()
}
