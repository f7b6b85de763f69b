//! `karat init`: a new suite that runs at once, offline, and is ready to be pointed at a model.

use std::path::Path;

use super::Outcome;
use super::args::InitArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::mistake;

mod tasks;

pub use tasks::Task;

/// What git should not keep.
const IGNORED: &str = include_str!("init/gitignore");

/// Writes a suite into a folder. A file that is there already is never touched: then nothing is written at all, but
/// for `.gitignore`, to which the lines that lack are added.
///
/// # Errors
/// A file of the suite that is there already; a folder that cannot be written.
pub fn init(context: &Context, args: &InitArgs) -> Outcome {
    let folder = &args.folder;
    let files = args.task.files();
    let there: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|name| folder.join(name).exists()).collect();
    if !there.is_empty() {
        let of = if folder == Path::new(".") { "this folder".to_string() } else { folder.display().to_string() };
        let message = format!("{of} has {} already, and nothing was written", there.join(", "));
        return Err(mistake(message, "name another folder: `karat init my-suite`"));
    }
    let here = folder == Path::new(".");
    let path = |name: &str| if here { name.into() } else { folder.join(name) };
    for (name, text) in files {
        write(&path(name), text)?;
        context.note(&format!("wrote {}", path(name).display()));
    }
    let ignored = path(".gitignore");
    if ignore(&ignored, IGNORED)? {
        context.note(&format!("wrote {}", ignored.display()));
    }
    let go = if here { String::new() } else { format!("cd {} && ", folder.display()) };
    context.print(&format!(
        "\nNow: {go}karat run\nThe replies are samples; karat.yaml says how to ask a model of your own.\n"
    ))?;
    Ok(Exit::Done)
}

/// Adds the lines that a .gitignore lacks, and says whether there were such.
fn ignore(path: &Path, lines: &str) -> Result<bool, Failure> {
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let lacking: Vec<&str> = lines.lines().filter(|line| !before.lines().any(|l| l == *line)).collect();
    if lacking.is_empty() {
        return Ok(false);
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    write(path, &format!("{before}{gap}{}\n", lacking.join("\n")))?;
    Ok(true)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |action: &'static str, path: &Path| {
        let path = path.display().to_string();
        move |why: std::io::Error| {
            mistake(format!("cannot {action} {path}: {why}"), "name a folder of your own: `karat init my-suite`")
        }
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    std::fs::write(path, text).map_err(failed("write", path))
}
