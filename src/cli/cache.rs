//! `karat cache`: what the cache of a folder holds, and how it is made smaller. And the cache of a run, from its flags.

use std::path::Path;
use std::sync::Arc;

use super::args::{PruneArgs, RunArgs};
use super::context::Context;
use super::exit::Exit;
use super::{Outcome, stored};
use crate::model::{Cache, CacheUse, Stats};
use crate::report::number::{bytes, count, counted};
use crate::suite::{CacheSpec, Provider, Suite, load};

/// The cache that a run works with. One that cannot be had is told of, and the run goes on without.
pub fn of_run(context: &Context, suite: &Suite, args: &RunArgs) -> Option<Arc<Cache>> {
    let asks = suite.models.values().any(|model| model.provider != Provider::Recorded);
    if args.no_cache || !asks {
        return None;
    }
    let how = match (args.offline, args.refresh) {
        (true, _) => CacheUse::Read,
        (_, true) => CacheUse::Refresh,
        _ => CacheUse::ReadAndWrite,
    };
    match Cache::open(&Cache::path(&suite.root), suite.cache, how) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(why) => {
            warn(context, &format!("no cache is used: {why}"));
            None
        }
    }
}

/// The same cache, for what has to be asked anew in each run: its answers are kept and none is taken. `None` where that
/// is not wanted, or the cache is used so already.
pub fn past(context: &Context, suite: &Suite, args: &RunArgs, used: Option<&Arc<Cache>>) -> Option<Arc<Cache>> {
    if suite.anchors.is_none() || used.is_none() || args.offline || args.refresh {
        return None;
    }
    match Cache::open(&Cache::path(&suite.root), suite.cache, CacheUse::Refresh) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(why) => {
            warn(context, &format!("anchors are asked without a cache: {why}"));
            None
        }
    }
}

/// The cache of a suite's folder as it is, for looking only; `None` where there is none that can be read.
pub fn as_it_is(suite: &Suite) -> Option<Arc<Cache>> {
    let path = Cache::path(&suite.root);
    path.exists().then(|| Cache::open(&path, suite.cache, CacheUse::Read).ok())?.map(Arc::new)
}

/// Brings what a run paid for into its cache, and tells what was wrong with it.
pub fn close(context: &Context, cache: Option<&Cache>) {
    for trouble in cache.map(Cache::close).unwrap_or_default() {
        warn(context, &trouble);
    }
}

fn warn(context: &Context, words: &str) {
    context.note(&crate::report::visible(&format!("warning: {words}")));
}

/// `karat cache stats`.
///
/// # Errors
/// A cache that cannot be read.
pub fn stats(context: &Context, file: &Path, json: bool) -> Outcome {
    let path = Cache::path(&stored::root_of(file));
    let stats = Cache::stats(&path)?;
    if json {
        let text = serde_json::to_string_pretty(&stats).map_err(crate::report::RenderError::from)?;
        context.print(&format!("{text}\n"))?;
    } else {
        let text = match stats {
            Some(stats) => in_words(&path, &stats),
            None => format!("{}: there is none yet; a run that asks a model makes it\n", path.display()),
        };
        context.print(&text)?;
    }
    Ok(Exit::Done)
}

fn in_words(path: &Path, stats: &Stats) -> String {
    let replies = counted(stats.entries, "reply", "replies");
    let mut out =
        format!("{}: {replies}, {} of text, {} on disk\n", path.display(), bytes(stats.bytes), bytes(stats.file_bytes));
    if let (Some(oldest), Some(newest)) = (stats.oldest, stats.newest) {
        out.push_str(&format!("the oldest is of {}, the newest of {}\n", time(oldest), time(newest)));
    }
    let name = |model: &str| if model.is_empty() { "(no name)".to_string() } else { crate::report::visible(model) };
    let width = stats.models.keys().map(|model| name(model).chars().count()).max().unwrap_or(0);
    for (model, of) in &stats.models {
        let (entries, size) = (count(of.entries), bytes(of.bytes));
        out.push_str(&format!("  {:<width$}  {entries:>10}  {size:>9}\n", name(model)));
    }
    out
}

/// Milliseconds since the epoch → to the second, UTC.
fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| at.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `karat cache prune`: by the limits of the flags, else by those of the suite.
///
/// # Errors
/// A cache that cannot be written; without flags, mistakes in the suite.
pub fn prune(context: &Context, file: &Path, args: &PruneArgs) -> Outcome {
    let path = Cache::path(&stored::root_of(file));
    let limits = match (args.max_age, args.max_size) {
        (None, None) => load(file, &|name| context.variable(name))?.cache,
        (max_age, max_size) => CacheSpec { max_age, max_size: max_size.unwrap_or(u64::MAX) },
    };
    let Some(removed) = Cache::prune(&path, &limits)? else {
        context.note(&format!("{}: there is none, so nothing is removed", path.display()));
        return Ok(Exit::Done);
    };
    context.note(&format!(
        "{}: removed {} by age and {} by size; the file is {} smaller",
        path.display(),
        counted(removed.old, "reply", "replies"),
        count(removed.unused),
        bytes(removed.bytes)
    ));
    Ok(Exit::Done)
}

/// `karat cache clear`.
///
/// # Errors
/// Files that cannot be removed.
pub fn clear(context: &Context, file: &Path) -> Outcome {
    let path = Cache::path(&stored::root_of(file));
    let words = match path.exists() {
        false => "there is none, so nothing is removed".to_string(),
        true => match Cache::clear(&path)? {
            Some(gone) => format!("removed {}", counted(gone, "reply", "replies")),
            None => "it could not be read, and the file is removed".to_string(),
        },
    };
    context.note(&format!("{}: {words}", path.display()));
    Ok(Exit::Done)
}
