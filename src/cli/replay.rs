//! `karat replay`: a stored run rebuilt from its journal alone, offline, and held against what was stored.

use std::path::Path;

use serde_json::Value;

use super::Outcome;
use super::args::StoredArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::rebuilt::{Scratch, rebuild};
use super::session::Effort;
use super::stored;
use crate::analysis::Tables;
use crate::report::{RenderError, json};
use crate::run::control_folders;
use crate::store::{CaseRow, OutputRow, Row, Runs, StoreError, VerdictRow};

/// Exits 0 where the rebuilt summary has the same bytes as the stored one, but for `meta`, and 4 where it has not.
/// Tables that cannot be read are written again on the way.
///
/// # Errors
/// No such run, or one whose journal is damaged.
pub fn replay(context: &Context, file: &Path, args: &StoredArgs) -> Outcome {
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, &args.run)?;
    let folder = runs.folder_of(&id);
    let written = folder.join("summary.json");
    if !written.exists() {
        return Err(stored::interrupted(&id).into());
    }
    let before = summary(&written)?;
    let scratch = Scratch::new()?;
    let report = stored::report_from(rebuild(&folder, scratch.path())?, &runs, root, Effort::default(), Vec::new())?;
    let text = json::render(&report)?;
    let after: Value = serde_json::from_str(&text).map_err(RenderError::from)?;
    if args.json {
        context.print(&text)?;
    }
    if mend(&folder, scratch.path())? {
        context.note(&format!("the tables of run {id} could not be read, and are those of its journal now"));
    }
    let differing = differing(&before, &after);
    if differing.is_empty() {
        context.note(&format!("run {id} comes out of its journal byte for byte the same, but for `meta`"));
        return Ok(Exit::Done);
    }
    context.note(&format!(
        "run {id} does not come out of its journal the same: {} differ. Another version of karat, an accepted baseline \
         that changed, or a file that was touched can be why",
        differing.join(", ")
    ));
    Ok(Exit::Invalid)
}

/// Puts tables that were built again in the place of those that cannot be read, and says whether it did.
fn mend(folder: &Path, tables: &Path) -> Result<bool, Failure> {
    let controls = control_folders(folder).into_iter().map(|(kind, control)| (control, tables.join(kind.folder())));
    let mut mended = false;
    for (folder, tables) in std::iter::once((folder.to_path_buf(), tables.to_path_buf())).chain(controls) {
        if Tables::read(&folder).is_ok() {
            continue;
        }
        for table in [CaseRow::FILE, OutputRow::FILE, VerdictRow::FILE] {
            let path = folder.join(table);
            std::fs::copy(tables.join(table), &path).map_err(StoreError::io("write", path))?;
        }
        mended = true;
    }
    Ok(mended)
}

fn summary(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path).map_err(StoreError::io("read", path))?;
    serde_json::from_str(&text).map_err(|e| {
        let message = e.to_string();
        StoreError::Damaged { path: path.to_path_buf(), line: e.line(), message }.into()
    })
}

/// The parts of two summaries whose bytes differ, `meta` aside.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let keys = |value: &Value| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let mut all = keys(before);
    all.extend(keys(after).into_iter().filter(|key| before.get(key).is_none()));
    all.retain(|key| key != "meta" && before.get(key).map(Value::to_string) != after.get(key).map(Value::to_string));
    all
}
