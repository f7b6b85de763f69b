//! The JSON Schemas (draft 2020-12) of karat.yaml and of rubrics, for editors.
//!
//! They say which keys and types there are. What only the loader can know, such as whether a name stands
//! elsewhere in the suite, they leave to `karat check`.

mod checks;

/// The schema of karat.yaml but for the checks, which follow from their table.
const SUITE: &str = include_str!("suite.json");

/// The schema of a file under `rubrics/`.
pub const RUBRIC: &str = include_str!("rubric.json");

/// The schema of karat.yaml.
pub fn suite() -> String {
    // What is built in is JSON, which a test holds.
    let mut schema = serde_json::from_str(SUITE).unwrap_or_default();
    checks::add(&mut schema);
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::suite::load::checks::table::FORMS;
    use crate::suite::load::tests::{GOOD, QUALITY};
    use crate::suite::{keys, yaml};

    fn suite() -> String {
        super::suite()
    }

    fn whole() -> Value {
        schema(&suite())
    }

    fn schema(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// What the schema says of a YAML text.
    fn faults(schema_text: &str, yaml_text: &str) -> Vec<String> {
        let json = yaml::parse(yaml_text).0.and_then(|node| node.to_json()).unwrap();
        let schema = schema(schema_text);
        let validator = jsonschema::validator_for(&schema).unwrap();
        validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn assert_same_keys(schema: &Value, at: &str, known: &[&str]) {
        let properties =
            schema.pointer(at).and_then(|at| at["properties"].as_object()).unwrap_or_else(|| panic!("{at}"));
        let described: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(described, known.iter().copied().collect(), "{at}");
        assert!(properties.values().all(|value| value["description"].is_string() || value["$ref"].is_string()), "{at}");
    }

    #[test]
    fn the_schema_of_a_suite_has_the_keys_that_are_read() {
        let schema = whole();
        let places = [
            ("", keys::SUITE),
            ("/$defs/budget", keys::BUDGET),
            ("/$defs/cache", keys::CACHE),
            ("/$defs/canaries", keys::CANARIES),
            ("/$defs/anchors", keys::ANCHORS),
            ("/$defs/dataset", keys::DATASET),
            ("/$defs/dataset/properties/fields", keys::DATASET_FIELDS),
            ("/$defs/model", keys::MODEL),
            ("/$defs/prices", keys::PRICES),
            ("/$defs/candidate", keys::CANDIDATE),
            ("/$defs/http", keys::HTTP),
            ("/$defs/step", keys::STEP),
            ("/$defs/route", keys::ROUTE),
            ("/$defs/repeat", keys::REPEAT),
            ("/$defs/limits", keys::LIMITS),
            ("/$defs/user", keys::USER),
            ("/$defs/rubric_metric", keys::RUBRIC_METRIC),
            ("/$defs/cascade", keys::CASCADE),
            ("/$defs/gate", keys::GATE),
            ("/$defs/sequential", keys::SEQUENTIAL),
            ("/$defs/ranking", keys::RANKING),
            ("/$defs/baseline", keys::BASELINE),
            ("/$defs/rule", keys::RULE),
        ];
        for (at, known) in places {
            assert_same_keys(&schema, at, known);
        }
        for form in FORMS {
            let known: Vec<&str> = keys::CHECK.iter().copied().chain(form.keys.iter().map(|key| key.name)).collect();
            assert_same_keys(&schema, &format!("/$defs/{}", checks::definition(form)), &known);
        }
        // Every closed object of the schema is one of those above, and the other way round.
        assert_eq!(schema["$defs"].as_object().unwrap().len(), places.len() - 2 + FORMS.len() + 1);
    }

    #[test]
    fn the_schema_of_a_rubric_has_the_keys_that_are_read() {
        let schema = schema(RUBRIC);
        let places = [
            ("", keys::RUBRIC),
            ("/$defs/scale", keys::SCALE),
            ("/$defs/criterion", keys::CRITERION),
            ("/$defs/checklist_item", keys::CHECKLIST_ITEM),
            ("/$defs/pattern", keys::PATTERN),
            ("/$defs/claims", keys::CLAIMS),
        ];
        for (at, known) in places {
            assert_same_keys(&schema, at, known);
        }
    }

    /// Adds every key that a schema describes, at any depth.
    fn keys_of<'a>(schema: &'a Value, into: &mut BTreeSet<&'a str>) {
        match schema {
            Value::Object(fields) => {
                let described = fields.get("properties").and_then(Value::as_object);
                into.extend(described.into_iter().flat_map(|all| all.keys().map(String::as_str)));
                fields.values().for_each(|value| keys_of(value, into));
            }
            Value::Array(all) => all.iter().for_each(|value| keys_of(value, into)),
            _ => {}
        }
    }

    #[test]
    fn every_key_stands_in_the_readme() {
        let readme = include_str!("../../../README.md");
        let (_, rest) = readme.split_once("\n## The suite file\n").unwrap();
        let (told, _) = rest.split_once("\n## The cache\n").unwrap();
        let (suite, rubric) = (whole(), schema(RUBRIC));
        let mut keys = BTreeSet::new();
        [&suite, &rubric].into_iter().for_each(|schema| keys_of(schema, &mut keys));
        assert!(keys.len() > 100, "{keys:?}");
        let stands = |key: &str| regex::Regex::new(&format!(r"\b{key}:|`{key}`")).unwrap().is_match(told);
        let missing: Vec<&str> = keys.into_iter().filter(|key| !stands(key)).collect();
        assert_eq!(missing, [] as [&str; 0], "the README says that every key is there");
    }

    #[test]
    fn both_are_schemas() {
        assert!(jsonschema::meta::is_valid(&whole()));
        assert!(jsonschema::meta::is_valid(&schema(RUBRIC)));
    }

    #[test]
    fn what_the_loader_takes_the_schema_takes() {
        assert_eq!(faults(&suite(), GOOD), [] as [&str; 0]);
        assert_eq!(faults(RUBRIC, QUALITY), [] as [&str; 0]);
        assert_eq!(faults(RUBRIC, crate::suite::load::tests::PREFERENCE), [] as [&str; 0]);
        for rubric in crate::suite::builtin::ALL {
            assert_eq!(faults(RUBRIC, rubric.text), [] as [&str; 0], "{}", rubric.name);
        }
        assert_eq!(faults(&suite(), include_str!("../../../karat.yaml")), [] as [&str; 0]);
        for provider in ["openai-responses", "anthropic", "gemini"] {
            let provider_suite = GOOD.replacen("provider: openai", &format!("provider: {provider}"), 1);
            assert_eq!(faults(&suite(), &provider_suite), [] as [&str; 0]);
        }
    }

    #[test]
    fn what_the_loader_refuses_the_schema_refuses() {
        let wrong = [
            ("candidates:", "candidats:"),
            ("provider: recorded, replies: datasets/support.replies.jsonl", "provider: recorded"),
            ("provider: openai, model: gpt-4.1-mini", "provider: azure, model: x"),
            ("provider: openai, model: gpt-4.1-mini", "provider: gemini"),
            ("provider: openai, model: gpt-4.1-mini", "provider: anthropic, model: x, structured: object"),
            ("timeout: 90s", "timeout: 90"),
            ("check: rouge-l", "check: rogue-l"),
            ("check: rouge-l", "check: rouge-l, pattern: x"),
            ("old: {outputs: datasets/old.jsonl}", "old: {outputs: datasets/old.jsonl, model: writer}"),
            ("not_worse_by: 0.15", "not_worse_by: -1"),
            ("not_worse_by: 0.15", "not_worse_by: 0.15, at_least: 3"),
            ("alpha: 0.05", "alpha: 0.5"),
            ("max_size: 2GB", "max_size: 2"),
            ("max_age: 30d", "max_age: 30"),
        ];
        for (from, to) in wrong {
            assert_ne!(faults(&suite(), &GOOD.replacen(from, to, 1)), [] as [&str; 0], "{to}");
        }
        assert_ne!(faults(RUBRIC, &QUALITY.replacen("mode: pointwise", "mode: pairwise", 1)), [] as [&str; 0]);
    }
}
