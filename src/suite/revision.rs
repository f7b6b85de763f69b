//! `prompts/a.j2@main` → the file as it was at that git revision, and the commit that it stood for.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use super::Revision;
use crate::diagnostic::{Diagnostic, nearest};

/// A path and the revision that was asked for: split at the first `@` that does not begin a file's or folder's name.
pub fn split(path: &str) -> Option<(&str, &str)> {
    let at = path.char_indices().find(|&(i, c)| c == '@' && i > 0 && !path[..i].ends_with(['/', '\\']))?.0;
    Some((&path[..at], &path[at + 1..]))
}

/// Reads `path`, relative to the folder `root`, as it was at the revision `name`.
///
/// # Errors
/// No git, no repository, no such revision, no such file there, or a file that is not UTF-8.
pub fn read(root: &Path, path: &str, name: &str) -> Result<(String, Revision), Diagnostic> {
    if name.is_empty() || name.starts_with('-') {
        return Err(Diagnostic::new(format!("`{name}` is not a git revision"))
            .hint("name a branch, a tag or a commit, as in `prompts/a.j2@main`"));
    }
    if Path::new(path).is_absolute() {
        return Err(Diagnostic::new("a path with a git revision must be relative to the suite"));
    }
    let inside = git(root, ["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        let said = String::from_utf8_lossy(&inside.stderr);
        return Err(Diagnostic::new(format!("`@{name}` asks git, and git says: {}", first_line(&said))));
    }
    let commit = resolve(root, name)?;
    let blob = git(root, ["cat-file", "blob", &format!("{commit}:./{path}")])?;
    if !blob.status.success() {
        return Err(no_such_file(root, path, name, &commit));
    }
    let text =
        String::from_utf8(blob.stdout).map_err(|_| Diagnostic::new(format!("`{path}` at `{name}` is not UTF-8")))?;
    Ok((text, Revision { name: name.to_string(), commit }))
}

/// The commit that a name stands for; a branch that only `origin` has is found there.
fn resolve(root: &Path, name: &str) -> Result<String, Diagnostic> {
    let parsed = git(root, ["rev-parse", "--quiet", "--verify", "--end-of-options", &format!("{name}^{{commit}}")])?;
    if parsed.status.success() {
        return Ok(String::from_utf8_lossy(&parsed.stdout).trim().to_string());
    }
    // A checkout on a build server often has the branch of its remote only.
    let remote = format!("refs/remotes/origin/{name}^{{commit}}");
    let parsed = git(root, ["rev-parse", "--quiet", "--verify", "--end-of-options", &remote])?;
    if parsed.status.success() {
        return Ok(String::from_utf8_lossy(&parsed.stdout).trim().to_string());
    }
    let listed = git(root, ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"])?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names: Vec<&str> = listed.lines().collect();
    let remote = names.iter().find(|known| known.split_once('/').is_some_and(|(_, branch)| branch == name));
    let hint = match remote.copied().or_else(|| nearest(name, names.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a shallow clone may lack it: `git fetch origin {name}`"),
    };
    Err(Diagnostic::new(format!("git knows no revision `{name}`")).hint(hint))
}

fn no_such_file(root: &Path, path: &str, name: &str, commit: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("there is no `{path}` at `{name}`"));
    let Ok(tree) = git(root, ["ls-tree", "-r", "--name-only", commit]) else {
        return diagnostic;
    };
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let short = &commit[..commit.len().min(10)];
    match nearest(path, tree.lines()) {
        Some(near) => diagnostic.hint(format!("at {short} there is `{near}`")),
        None => diagnostic.hint(format!("`{name}` is commit {short}")),
    }
}

/// Runs git in a folder, whatever repository the environment points to.
fn git<I, S>(root: &Path, arguments: I) -> Result<Output, Diagnostic>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    command.output().map_err(|error| {
        Diagnostic::new(format!("git cannot be run: {error}")).hint("`path@revision` needs git on the PATH")
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").trim_start_matches("fatal: ").to_string()
}
