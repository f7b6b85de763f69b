//! A report → the files and streams that it goes to.

use std::path::{Path, PathBuf};

use super::args::OutputArgs;
use super::context::{Context, Loudness};
use super::failure::Failure;
use super::session::mistake;
use crate::report::{Report, github, html, json, junit, markdown, terminal};

/// The formats of a report, and the endings that name them.
const FORMATS: [(&str, Format); 5] = [
    ("html", Format::Html),
    ("md", Format::Markdown),
    ("json", Format::Json),
    ("xml", Format::Junit),
    ("txt", Format::Text),
];

/// The files under `reports/<run>/`.
const FILES: [(&str, Format); 4] = [
    ("report.html", Format::Html),
    ("report.md", Format::Markdown),
    ("summary.json", Format::Json),
    ("junit.xml", Format::Junit),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Markdown,
    Json,
    Junit,
    Text,
}

/// Checks the endings of the files that `-o` names, and that they can be written, before anything is spent.
///
/// # Errors
/// An ending that names no format; a place where nothing can be written.
pub fn check(args: &OutputArgs) -> Result<(), Failure> {
    args.output.iter().try_for_each(|path| {
        format_of(path)?;
        can_be_written(path).map_err(|why| {
            mistake(format!("cannot write {}: {why}", path.display()), "name a file in a folder that you may write to")
        })
    })
}

/// Tries it without a trace: the file as it stands, or another one in the folder that it will be in.
fn can_be_written(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return std::fs::OpenOptions::new().append(true).open(path).map(drop);
    }
    let folder = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || folder.exists());
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tried = folder.join(format!(".karat-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&tried)?;
    std::fs::remove_file(&tried)
}

/// Writes a report everywhere it belongs: `reports/<run>/` and `reports/latest/`, the files that `-o` names, the job's
/// page on GitHub, and standard output. `deciding` says whether the decision sets the exit code.
///
/// # Errors
/// A file that cannot be written.
pub fn publish(
    context: &Context,
    root: &Path,
    report: &Report,
    args: &OutputArgs,
    deciding: bool,
) -> Result<(), Failure> {
    check(args)?;
    let folder = root.join("reports").join(&report.meta.run);
    let latest = root.join("reports").join("latest");
    for (name, format) in FILES {
        let text = render(report, format, deciding, &[])?;
        write(&folder.join(name), &text)?;
        write(&latest.join(name), &text)?;
    }
    for path in &args.output {
        write(path, &render(report, format_of(path)?, deciding, &[])?)?;
    }
    if context.on_github() {
        if let Some(page) = context.variable("GITHUB_STEP_SUMMARY") {
            append(Path::new(&page), &render(report, Format::Markdown, deciding, &[])?)?;
        }
        if !args.json {
            context.print(&github::render(report))?;
        }
    }
    if args.json {
        context.print(&json::render(report)?)?;
    } else {
        let paths = ["report.html", "report.md"].map(|name| latest.join(name).display().to_string());
        let view =
            terminal::View { columns: context.columns(), colour: context.colour_on_stdout(), deciding, paths: &paths };
        let text = terminal::render(report, &view);
        context.print(if context.loudness == Loudness::Quiet { decision(&text) } else { &text })?;
    }
    Ok(())
}

/// The first paragraph of a report on the terminal: the decision, and why.
fn decision(text: &str) -> &str {
    text.find("\n\n").map_or(text, |end| &text[..=end])
}

fn render(report: &Report, format: Format, deciding: bool, paths: &[String]) -> Result<String, Failure> {
    Ok(match format {
        Format::Html => html::render(report)?,
        Format::Markdown => markdown::render(report, None),
        Format::Json => json::render(report)?,
        Format::Junit => junit::render(report)?,
        Format::Text => terminal::render(report, &terminal::View { columns: 100, colour: false, deciding, paths }),
    })
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    FORMATS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format).ok_or_else(|| {
        let known: Vec<String> = FORMATS.iter().map(|(known, _)| format!(".{known}")).collect();
        mistake(
            format!("the ending of {} names no format", path.display()),
            format!("the endings are {}", known.join(", ")),
        )
    })
}

/// Writes a file whole or not at all, so that no reader finds half a report.
///
/// # Errors
/// The file system's.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |action: &'static str, path: &Path| {
        let path = path.display().to_string();
        move |source| Failure::Io { action, path, source }
    };
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    // A device such as /dev/stdout can only be written in place.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, text).map_err(failed("write", path));
    }
    let mut beside = path.as_os_str().to_owned();
    // Another process may be writing the same file.
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, text).map_err(failed("write", &beside))?;
    std::fs::rename(&beside, path).map_err(failed("write", path))
}

fn append(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let failed = |source| Failure::Io { action: "write", path: path.display().to_string(), source };
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
