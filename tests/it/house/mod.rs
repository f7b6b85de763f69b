//! The rules of the house, held against the source itself: which folder may use which, and who may touch the world.

mod source;

use std::path::Path;

use regex::Regex;

use source::{Line, all, lines};

/// The way of the data. A module may use what stands before it, never what stands after it.
const ORDER: [&str; 18] = [
    "diagnostic",
    "json",
    "suite",
    "trace",
    "dataset",
    "retrieve",
    "model",
    "mock",
    "candidate",
    "judge",
    "check",
    "store",
    "run",
    "stats",
    "analysis",
    "gate",
    "report",
    "cli",
];

/// What tests of any module may read: published judgments. It is compiled for tests only.
const PUBLISHED: &str = "published";

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == module)
}

/// Every line of the source for which `wrong` has something to say.
#[track_caller]
fn hold(rule: &str, wrong: impl Fn(&Line) -> Option<String>) {
    let found: Vec<String> =
        lines().iter().filter_map(|line| Some(format!("{}:{}: {}", line.file, line.number, wrong(line)?))).collect();
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[track_caller]
fn nowhere(rule: &str, pattern: &str, may: impl Fn(&Line) -> bool) {
    let pattern = Regex::new(pattern).unwrap();
    hold(rule, |line| (!may(line) && pattern.is_match(&line.code)).then(|| line.code.trim().to_string()));
}

#[test]
fn the_map_shows_the_way_of_the_data() {
    let map = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let written: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(written, ORDER);
}

#[test]
fn a_module_uses_only_what_stands_above_it() {
    let named = Regex::new(r"\b(?:crate|karat)::(\w+|\{|\*)").unwrap();
    hold("the way of the data has one direction", |line| {
        let own = rank(&line.module)?;
        named.captures_iter(&line.code).find_map(|found| match rank(&found[1]) {
            None if line.is_test && &found[1] == PUBLISHED => None,
            Some(other) if other <= own => None,
            Some(_) => Some(format!("`{}` stands above `{}` and may not use it", line.module, &found[1])),
            None => Some(format!("`crate::{}` does not say which module it means", &found[1])),
        })
    });
}

#[test]
fn nobody_climbs_out_of_a_module() {
    let climb = Regex::new(r"\b(?:super::)+").unwrap();
    hold("`super` stays within the module; what is outside is named from `crate`", |line| {
        let steps = climb.find_iter(&line.code).map(|found| found.len() / "super::".len()).max()?;
        (steps >= line.depth).then(|| line.code.trim().to_string())
    });
}

#[test]
fn statistics_know_nothing_of_the_rest() {
    let named = Regex::new(r"\bcrate::(\w+)").unwrap();
    hold("numbers in, numbers out", |line| {
        let foreign = |module: &str| module != "stats" && !(line.is_test && module == PUBLISHED);
        let other = named.captures_iter(&line.code).find(|found| foreign(&found[1]))?;
        (line.module == "stats").then(|| other[0].to_string())
    });
    nowhere("numbers in, numbers out", r"\b(?:polars|tokio|reqwest|minijinja|clap)::", |line| line.module != "stats");
}

#[test]
fn only_the_command_line_touches_the_world() {
    let may = |line: &Line| line.module == "cli" || line.is_test;
    nowhere("the environment is read in cli", r"\bstd::env\b|\benv::(?:vars?|args|var_os|current_dir)\b", may);
    nowhere("what is said is said in cli", r"\be?print(?:ln)?!|\bstd(?:out|err|in)\(\)", may);
    nowhere("the program is ended in cli", r"\bprocess::(?:exit|abort)\b", may);
    nowhere("nothing is left over from a search for a fault", r"\bdbg!|\btodo!|\bunimplemented!", |_| false);
}

#[test]
fn only_tests_unwrap() {
    nowhere("an error is passed on or explained", r"\.unwrap\(\)|\.unwrap_err\(\)|\bpanic!\(", |line| line.is_test);
}

#[test]
fn an_exception_gives_its_reason() {
    nowhere("`#[expect(…, reason)]` rather than `#[allow]`", r"#!?\[allow\(", |_| false);
    let expect = Regex::new(r"#!?\[expect\(").unwrap();
    for file in all("src", "rs") {
        for at in expect.find_iter(&file.text) {
            let attribute = file.text[at.start()..].split(")]").next().unwrap_or_default();
            assert!(attribute.contains("reason = "), "{}: {attribute}", file.name);
        }
    }
}

#[test]
fn every_file_opens_with_a_sentence_that_says_what_it_is() {
    for folder in ["src", "tests"] {
        for file in all(folder, "rs") {
            let first = file.text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.len() > 12, "{} opens with {first:?}", file.name);
        }
    }
}

#[test]
fn no_file_is_named_for_what_is_left_over() {
    for file in all("src", "rs") {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        let vague = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];
        assert!(!vague.contains(&name.trim_end_matches(".rs")), "{} says nothing by its name", file.name);
    }
    let main = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 40);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let path = Regex::new(r#"(?:^|[\s"'`(=:,])(?:/(?:home|Users|root|work|tmp|mnt)/|[A-Z]:\\Users\\)\w"#).unwrap();
    for file in all("", "") {
        let found = file.text.lines().position(|line| path.is_match(line));
        assert_eq!(found, None, "{} names a path of a machine (line, from 0)", file.name);
        assert!(!file.text.contains(env!("CARGO_MANIFEST_DIR")), "{} knows where this repository lies", file.name);
    }
}
