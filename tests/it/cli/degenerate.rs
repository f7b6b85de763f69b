//! Runs that leave statistics nothing to hold on to: every report says so in words, and none shows a number that is none.

use serde_json::{Value, json};

use super::project::{Project, Ran};

/// One case: the scores of both candidates, what the pair is worth to the second, and what else is known of the case.
#[derive(Clone)]
struct Made {
    scores: [u8; 2],
    worth: f64,
    right: [bool; 2],
    more: Value,
}

impl Made {
    fn new(scores: [u8; 2], worth: f64, right: [bool; 2]) -> Self {
        Self { scores, worth, right, more: json!({}) }
    }
}

const GATE: &str = "
gate:
  baseline: v1
  candidate: v2
MORE
  rules:
    - {metric: quality, not_worse_by: 0.2}
    - {metric: quality, equivalent_within: 0.5, severity: warn}
    - {metric: preference, better_than: 0.5}
    - {metric: right, not_worse_by: 0.1}
    - {metric: right, at_least: 0.5}
    - {metric: words, not_worse_by: 3, severity: info}
    - {limit: error_rate, at_most: 0.5}
";

/// Three candidates, of which the third says what the second does, so that there is something to rank.
fn suite(cases: &[Made], more: &str) -> Project {
    let words = if more.contains("sequential") { "" } else { "  words: {check: length, unit: words}\n" };
    let gate = GATE.replace("MORE\n", more);
    let gate = if words.is_empty() {
        gate.replace("    - {metric: words, not_worse_by: 3, severity: info}\n", "")
    } else {
        gate
    };
    let project = Project::with(&[
        (
            "karat.yaml",
            &format!(
                "name: degenerate\ndataset: cases.jsonl\nmodels:\n  judge: {{provider: recorded, replies: replies.jsonl}}\n\
                 candidates:\n  v1: {{outputs: v1.jsonl}}\n  v2: {{outputs: v2.jsonl}}\n  v3: {{outputs: v3.jsonl}}\nmetrics:\n  \
                 quality: {{rubric: quality.yaml, judge: judge, repeat: 2}}\n  preference: {{rubric: preference.yaml, judge: judge}}\n  \
                 right: {{check: contains, value: right}}\n{words}{gate}ranking: {{control: [length, style]}}\n"
            ),
        ),
        ("quality.yaml", "name: q\nmode: pointwise\ninstructions: Grade.\nscale: {min: 1, max: 5}\nreply: bracketed\n"),
        ("preference.yaml", "name: p\nmode: pairwise\ninstructions: Which?\nreply: bracketed\n"),
    ]);
    let (mut rows, mut replies) = (String::new(), String::new());
    let mut outputs = [String::new(), String::new(), String::new()];
    for (n, made) in cases.iter().enumerate() {
        let mut row = json!({"id": format!("c{n}"), "input": "?"});
        row.as_object_mut().unwrap().extend(made.more.as_object().unwrap().clone());
        rows.push_str(&format!("{row}\n"));
        for (at, name) in ["v1", "v2", "v3"].into_iter().enumerate() {
            let side = at.min(1);
            let text = if made.right[side] { "this is right" } else { "this is wrong" };
            outputs[at].push_str(&format!("{}\n", json!({"case": format!("c{n}"), "text": text})));
            for sample in 0..2 {
                let said = format!("[[{}]]", made.scores[side]);
                let reply = json!({"metric": "quality", "case": format!("c{n}"), "candidate": name, "verdict_sample": sample, "text": said});
                replies.push_str(&format!("{reply}\n"));
            }
            for (first, second) in [("v1", name), (name, "v1")].into_iter().filter(|_| name != "v1") {
                let worth = if first == name { made.worth } else { 1.0 - made.worth };
                let said = if worth == 0.5 {
                    "[[C]]"
                } else if worth == 1.0 {
                    "[[A]]"
                } else {
                    "[[B]]"
                };
                let reply = json!({"metric": "preference", "case": format!("c{n}"), "first": first, "second": second, "text": said});
                replies.push_str(&format!("{reply}\n"));
            }
        }
    }
    project.write("cases.jsonl", &rows);
    project.write("replies.jsonl", &replies);
    for (name, text) in ["v1.jsonl", "v2.jsonl", "v3.jsonl"].into_iter().zip(outputs) {
        project.write(name, &text);
    }
    project
}

/// Nothing in a text reads as a number that is none.
fn is_finite(what: &str, text: &str) {
    let bad = |word: &&str| ["nan", "inf", "infinity"].contains(&word.to_ascii_lowercase().as_str());
    let found = text.split(|c: char| !c.is_alphanumeric()).find(bad);
    assert!(found.is_none() && !text.contains('∞'), "{what}: {found:?} in {text}");
}

/// Where a number is not there, words stand beside it.
fn has_words(summary: &Value) {
    for comparison in summary["comparisons"].as_array().unwrap() {
        let known = comparison["low"].is_number() && comparison["difference"].is_number();
        let words = comparison["method"].as_str().unwrap_or_default();
        assert!(known || words.contains(' '), "{comparison}");
    }
    for rule in summary["gate"]["rules"].as_array().unwrap() {
        assert!(rule["words"].as_str().is_some_and(|words| words.contains(' ')), "{rule}");
    }
    for ranking in summary["ranking"].as_array().unwrap() {
        assert!(
            !ranking["candidates"].as_array().unwrap().is_empty()
                || ranking["method"].as_str().unwrap().contains("cannot be ranked")
        );
    }
    for effect in summary["length"].as_array().unwrap() {
        let known = effect["controlled_win_rate"]["low"].is_number() || effect["correlation"]["low"].is_number();
        assert!(known || effect["problem"].as_str().is_some(), "{effect}");
    }
}

/// Runs it through every command that shows numbers. What the gate decides is in `code`.
fn through_everything(name: &str, cases: &[Made], more: &str, code: i32) -> Value {
    let project = suite(cases, more);
    let formats = ["a.html", "a.md", "a.json", "a.xml", "a.txt"];
    let mut arguments = vec!["gate"];
    arguments.extend(if more.contains("gold_set") { None } else { Some("--self-test") });
    formats.iter().for_each(|format| arguments.extend(["-o", format]));
    let seen = |said: &Ran| {
        is_finite(name, &said.out);
        is_finite(name, &said.err);
    };
    seen(&project.karat(&arguments).expect(code));
    for format in formats {
        is_finite(&format!("{name}, {format}"), &project.read(format));
    }
    is_finite(name, &project.read("reports/latest/junit.xml"));
    for arguments in [&["compare"][..], &["calibrate"], &["calibrate", "--json"], &["report"], &["plan"], &["replay"]] {
        seen(&project.karat(arguments).expect(0));
    }
    let summary = project.summary();
    has_words(&summary);
    summary
}

fn method_of(summary: &Value, metric: &str) -> String {
    let all = summary["comparisons"].as_array().unwrap();
    let found = all.iter().find(|c| c["metric"] == metric && c["slice"].is_null()).unwrap();
    found["method"].as_str().unwrap().to_string()
}

/// Scores, worths and passes that vary.
fn mixed(n: usize) -> Made {
    let scores = [[3, 4], [4, 4], [2, 5], [5, 3]][n % 4];
    Made::new(scores, [1.0, 0.5, 0.0, 1.0, 0.0][n % 5], [!n.is_multiple_of(3), !n.is_multiple_of(7)])
}

#[test]
fn scores_that_are_all_equal() {
    let label = json!({"labels": {"quality": {"v1": 4, "v2": 4}, "preference": "tie"}});
    let cases = vec![Made { more: label, ..Made::new([4, 4], 0.5, [true, true]) }; 60];
    for more in ["", "  method: t\n", "  sequential: true\n", "  sequential: {about: gold_set}\n"] {
        let summary = through_everything("constant", &cases, more, 3);
        // That nothing differs is a number like any other.
        assert_eq!(summary["comparisons"][0]["difference"], 0.0);
    }
}

#[test]
fn a_constant_run_says_what_it_does_not_tell() {
    let label = json!({"labels": {"quality": {"v1": 4, "v2": 4}}, "tags": {"topic": "t"}});
    let mut cases = vec![Made { more: label, ..Made::new([4, 4], 0.5, [true, true]) }; 60];
    for (n, case) in cases.iter_mut().enumerate() {
        case.more["tags"]["topic"] = json!(format!("t{}", n % 15));
    }
    let project = suite(&cases, "");
    project.karat(&["gate", "-o", "a.txt", "-o", "a.md", "-o", "a.html"]).expect(3);
    for file in ["a.txt", "a.md", "a.html"] {
        let told = project.read(file).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("120 labels, but no rank agreement: all"), "{told}");
        assert!(told.contains("topic has more than 12 values"), "{told}");
        assert!(!told.contains("that this run would have found"), "{told}");
    }
    let comparisons = project.summary()["comparisons"].as_array().unwrap().clone();
    assert!(comparisons.iter().all(|c| c["smallest_detectable"].is_null()), "{comparisons:?}");
    let planned = project.karat(&["plan"]).expect(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(planned.contains("does not tell how cases vary: all"), "{planned}");
    assert!(!planned.contains("without bounds on the score"), "{planned}");
}

#[test]
fn a_side_that_wins_every_case() {
    let cases = vec![Made::new([1, 5], 1.0, [false, true]); 40];
    let summary = through_everything("all wins", &cases, "", 0);
    let ranking = &summary["ranking"][0];
    assert!(ranking["method"].as_str().unwrap().contains("none ever lost to"), "{ranking}");
}

#[test]
fn one_case() {
    let summary = through_everything("one case", &[Made::new([3, 4], 1.0, [true, true])], "", 3);
    assert_eq!(summary["counts"]["cases"], 1);
}

#[test]
fn no_discordant_pair() {
    let cases: Vec<Made> = (0..50).map(|n: usize| Made::new([4, 3], 0.0, [n.is_multiple_of(2); 2])).collect();
    let summary = through_everything("no discordant pair", &cases, "", 1);
    assert!(method_of(&summary, "right").contains("Newcombe") || method_of(&summary, "right").contains("Gaffke"));
}

#[test]
fn one_cluster() {
    let cluster = json!({"cluster": "all"});
    let cases: Vec<Made> = (0..50).map(|n| Made { more: cluster.clone(), ..mixed(n) }).collect();
    let summary = through_everything("one cluster", &cases, "", 3);
    assert!(
        summary["gate"]["rules"][0]["words"].as_str().unwrap().contains("1 independent case"),
        "{}",
        summary["gate"]
    );
}

#[test]
fn a_thousand_slices_of_two() {
    // A tag of more than twelve values cuts no slices, so there are many tags.
    let tags =
        |n: usize| (0..84).map(|tag| (format!("t{tag}"), json!((n + tag) % 12))).collect::<serde_json::Map<_, _>>();
    let cases: Vec<Made> = (0..24).map(|n| Made { more: json!({"tags": tags(n)}), ..mixed(n) }).collect();
    let project = suite(&cases, "");
    let ran = project.karat(&["run", "-o", "a.html", "-o", "a.md", "-o", "a.txt"]).expect(0);
    is_finite("terminal", &ran.out);
    for file in ["a.html", "a.md", "a.txt", "reports/latest/junit.xml", "reports/latest/summary.json"] {
        is_finite(file, &project.read(file));
    }
    let summary = project.summary();
    has_words(&summary);
    let slices = summary["comparisons"].as_array().unwrap().iter().filter(|c| !c["slice"].is_null() && c["n"] == 2);
    assert!(slices.count() >= 1000);
}
