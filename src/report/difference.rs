//! Two manifests → what differs between two runs, line by line: what was asked of whom, by which prompts and rubrics.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::{Value, json};

use super::text;
use crate::store::Manifest;
use crate::suite::ModelName;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Differing {
    what: String,
    before: String,
    after: String,
}

/// What differs, for a terminal.
pub fn render(before: &Manifest, after: &Manifest) -> String {
    let found = differing(before, after);
    let title = format!("{} and {}", before.run, after.run);
    if found.is_empty() {
        return text::inert(&format!("{}: nothing that was asked differs\n", text::line(&title)));
    }
    let mut lines = vec![format!("{}:", text::line(&title))];
    for Differing { what, before, after } in &found {
        lines.push(text::line(&format!("  {what}: {before} → {after}")));
    }
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

/// The same for programs.
pub fn json(before: &Manifest, after: &Manifest) -> Value {
    let found = differing(before, after);
    let one = |d: &Differing| json!({"what": d.what, "before": d.before, "after": d.after});
    json!({"before": before.run, "after": after.run, "differs": found.iter().map(one).collect::<Vec<_>>()})
}

fn differing(before: &Manifest, after: &Manifest) -> Vec<Differing> {
    let mut found = Vec::new();
    let mut add = |what: &str, before: String, after: String| {
        if before != after {
            found.push(Differing { what: what.to_string(), before, after });
        }
    };
    let all = |selection: &str| if selection.is_empty() { "all cases".to_string() } else { selection.to_string() };
    add("suite", before.suite.name.clone(), after.suite.name.clone());
    add("cases", before.cases.to_string(), after.cases.to_string());
    add("selection", all(&before.selection), all(&after.selection));
    add("dataset", short(&before.dataset_digest), short(&after.dataset_digest));
    add("seed", before.suite.seed.to_string(), after.suite.seed.to_string());
    add("answers a case", before.suite.repeat.to_string(), after.suite.repeat.to_string());
    add("karat", before.versions.karat.clone(), after.versions.karat.clone());
    let commit = |run: &Manifest| run.versions.commit.as_deref().map_or_else(|| "none".to_string(), short);
    add("commit", commit(before), commit(after));
    let parts: [(&str, Named, Named); 6] = [
        ("prompt of", texts(&before.prompt_digests), texts(&after.prompt_digests)),
        ("file", both(&files(before), &files(after)), both(&files(after), &files(before))),
        ("rubric of", texts(&before.rubric_digests), texts(&after.rubric_digests)),
        ("judge card of", texts(&before.cards), texts(&after.cards)),
        ("candidate", specs(&before.suite.candidates), specs(&after.suite.candidates)),
        ("model", specs(&before.suite.models), specs(&after.suite.models)),
    ];
    for (what, before, after) in parts {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let of = |map: &Named| map.get(name).cloned().unwrap_or_else(|| "none".to_string());
            add(&format!("{what} {name}"), of(&before), of(&after));
        }
    }
    let gate = |run: &Manifest| run.suite.gate.as_ref().map_or_else(|| "none".to_string(), |gate| digest(&json!(gate)));
    add("gate", gate(before), gate(after));
    found
}

/// Digests by name.
type Named = BTreeMap<String, String>;

fn texts<K: Display>(map: &BTreeMap<K, String>) -> Named {
    map.iter().map(|(name, digest)| (name.to_string(), short(digest))).collect()
}

/// The files that commands name: `bot.py of command:bot`.
fn files(run: &Manifest) -> Named {
    let of = |(command, files): (&ModelName, &Named)| -> Vec<_> {
        files.iter().map(|(file, digest)| (format!("{file} of {command}"), short(digest))).collect()
    };
    run.program_digests.iter().flat_map(of).collect()
}

/// Those of `map` that the other one has too: a command that is in one run only is told of as a model, and of runs that are
/// older than these digests nothing is known.
fn both(map: &Named, other: &Named) -> Named {
    map.iter()
        .filter(|(name, _)| other.contains_key(*name))
        .map(|(name, digest)| (name.clone(), digest.clone()))
        .collect()
}

/// Parts of a suite by name, as digests of what they say; prices from a list, which decide nothing, are left out.
fn specs<K: Display, V: serde::Serialize>(map: &indexmap::IndexMap<K, V>) -> Named {
    let of = |spec: &V| {
        let mut value = json!(spec);
        if let Some(object) =
            value.as_object_mut().filter(|object| object.get("price_list").is_some_and(|l| !l.is_null()))
        {
            object.remove("prices");
            object.remove("price_list");
        }
        digest(&value)
    };
    map.iter().map(|(name, spec)| (name.to_string(), of(spec))).collect()
}

fn digest(value: &Value) -> String {
    short(&blake3::hash(value.to_string().as_bytes()).to_hex())
}

/// As much of a digest as people compare.
fn short(digest: &str) -> String {
    digest.chars().take(10).collect()
}
