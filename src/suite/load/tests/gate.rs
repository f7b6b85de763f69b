//! What is wrong with the gate and its rules.

use super::{Folder, GOOD, changed, replaced};

#[test]
fn it_names_candidates_of_the_suite() {
    insta::assert_snapshot!(changed("baseline: v1", "baseline: v9"), @r"
    error: there is no candidate `v9`
      --> evals/karat.yaml:34:13
       |
    34 |   baseline: v9
       |             ^^
       |
       = help: did you mean `v1`?
    ");
    insta::assert_snapshot!(changed("baseline: v1", "baseline: accepted"), @r"
    error: there is no candidate `accepted`
      --> evals/karat.yaml:34:13
       |
    34 |   baseline: accepted
       |             ^^^^^^^^
       |
       = help: a stored run is written `baseline: {run: accepted}`
    ");
    insta::assert_snapshot!(changed("baseline: v1", "baseline: v2"), @r"
    error: the baseline and the candidate are the same
      --> evals/karat.yaml:34:13
       |
    34 |   baseline: v2
       |             ^^
    ");
    insta::assert_snapshot!(changed("baseline: v1", "baseline: {runn: accepted}"), @r"
    error: unknown key `runn` in a baseline
      --> evals/karat.yaml:34:14
       |
    34 |   baseline: {runn: accepted}
       |              ^^^^
       |
       = help: did you mean `run`?
    ");
    insta::assert_snapshot!(changed("  candidate: v2\n", ""), @r"
    error: a gate needs `candidate`
      --> evals/karat.yaml:33:1
       |
    33 | gate:
       | ^^^^
       |
       = help: for example `candidate: v2`
    ");
}

#[test]
fn its_numbers_make_sense() {
    insta::assert_snapshot!(changed("alpha: 0.05", "alpha: 95"), @r"
    error: `alpha` must be a number from 0.000001 to below 0.5, and here stands the number 95
      --> evals/karat.yaml:36:10
       |
    36 |   alpha: 95
       |          ^^
    ");
    insta::assert_snapshot!(changed("min_cases: 20", "min_cases: 0.5"), @r"
    error: `min_cases` must be a whole number, 1 or more, and here stands the number 0.5
      --> evals/karat.yaml:37:14
       |
    37 |   min_cases: 0.5
       |              ^^^
    ");
    insta::assert_snapshot!(changed("min_cases: 20", "min_overlap: 0"), @r"
    error: `min_overlap` must be a share above 0, at most 1, and here stands the number 0
      --> evals/karat.yaml:37:16
       |
    37 |   min_overlap: 0
       |                ^
    ");
    insta::assert_snapshot!(changed("min_cases: 20", "max_error_rate: 2%"), @r"
    error: `max_error_rate` must be a share from 0 to 1, and here stands the text `2%`
      --> evals/karat.yaml:37:19
       |
    37 |   max_error_rate: 2%
       |                   ^^
    ");
    insta::assert_snapshot!(changed("min_cases: 20", "on_inconclusive: pass"), @r"
    error: `pass` is not a value of `on_inconclusive`
      --> evals/karat.yaml:37:20
       |
    37 |   on_inconclusive: pass
       |                    ^^^^
       |
       = help: known: `fail`, `warn`
    ");
}

#[test]
fn a_rule_demands_one_thing_of_one_metric() {
    insta::assert_snapshot!(changed("metric: quality, not_worse_by: 0.15", "metric: qualty, not_worse_by: 0.15"), @r"
    error: there is no metric `qualty`
      --> evals/karat.yaml:39:16
       |
    39 |     - {metric: qualty, not_worse_by: 0.15}
       |                ^^^^^^
       |
       = help: did you mean `quality`?
    ");
    insta::assert_snapshot!(changed("metric: quality, not_worse_by: 0.15", "metric: quality"), @r"
    error: a rule needs one of `not_worse_by`, `better_than`, `equivalent_within`, `at_least`, `at_most`, `every_case`
      --> evals/karat.yaml:39:7
       |
    39 |     - {metric: quality}
       |       ^^^^^^^^^^^^^^^^^
       |
       = help: two demands on one metric are two rules
    ");
    insta::assert_snapshot!(changed("metric: quality, not_worse_by: 0.15", "metric: quality, not_worse_by: 0.15, at_least: 3"), @r"
    error: a rule has only one of `not_worse_by`, `better_than`, `equivalent_within`, `at_least`, `at_most`, `every_case`
      --> evals/karat.yaml:39:7
       |
    39 |     - {metric: quality, not_worse_by: 0.15, at_least: 3}
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: two demands on one metric are two rules
    ");
    insta::assert_snapshot!(changed("metric: quality, not_worse_by: 0.15", "not_worse_by: 0.15"), @r"
    error: a rule needs `metric`
      --> evals/karat.yaml:39:7
       |
    39 |     - {not_worse_by: 0.15}
       |       ^^^^^^^^^^^^^^^^^^^^
       |
       = help: for example `metric: quality`
    ");
    insta::assert_snapshot!(changed("metric: quality, not_worse_by: 0.15", "metric: quality, margin: 0.15"), @r"
    error: unknown key `margin` in a rule
      --> evals/karat.yaml:39:25
       |
    39 |     - {metric: quality, margin: 0.15}
       |                         ^^^^^^
       |
       = help: the margin is the value of `not_worse_by`
    ");
}

#[test]
fn a_demand_is_within_reach() {
    insta::assert_snapshot!(changed("not_worse_by: 0.15", "not_worse_by: -0.15"), @r"
    error: `not_worse_by` must be a number, 0 or more, in the units of the metric, and here stands the number -0.15
      --> evals/karat.yaml:39:39
       |
    39 |     - {metric: quality, not_worse_by: -0.15}
       |                                       ^^^^^
    ");
    insta::assert_snapshot!(changed("not_worse_by: 0.15", "not_worse_by: 4"), @r"
    error: a margin of 4 lets any difference of `quality` pass
      --> evals/karat.yaml:39:39
       |
    39 |     - {metric: quality, not_worse_by: 4}
       |                                       ^
       |
       = help: it goes from 1 to 5
    ");
    insta::assert_snapshot!(changed("better_than: 0.5", "better_than: 50"), @r"
    error: no candidate can be better than that in `preference`
      --> evals/karat.yaml:40:41
       |
    40 |     - {metric: preference, better_than: 50}
       |                                         ^^
       |
       = help: its win rate goes from 0 to 1
    ");
    insta::assert_snapshot!(changed("at_least: 0.9", "at_least: 90"), @r"
    error: `at_least: 90` is outside of what `has_order` can be
      --> evals/karat.yaml:42:37
       |
    42 |     - {metric: has_order, at_least: 90}
       |                                     ^^
       |
       = help: it goes from 0 to 1
    ");
    insta::assert_snapshot!(changed("metric: preference, at_least: 0.4", "metric: preference, not_worse_by: 0.5"), @r"
    error: a margin of 0.5 lets any difference of `preference` pass
      --> evals/karat.yaml:43:42
       |
    43 |     - {metric: preference, not_worse_by: 0.5}
       |                                          ^^^
       |
       = help: its win rate goes from 0 to 1
    ");
}

#[test]
fn a_rule_that_compares_needs_a_baseline() {
    insta::assert_snapshot!(changed("  baseline: v1\n", ""), @r"
    error: `not_worse_by` compares with a baseline, and the gate has none
      --> evals/karat.yaml:38:39
       |
    38 |     - {metric: quality, not_worse_by: 0.15}
       |                                       ^^^^
       |
       = help: name one: `baseline: v1`, or `baseline: {run: accepted}`

    error: a pairwise metric compares with a baseline, and the gate has none
      --> evals/karat.yaml:39:41
       |
    39 |     - {metric: preference, better_than: 0.5}
       |                                         ^^^
       |
       = help: name one: `baseline: v1`, or `baseline: {run: accepted}`

    error: `not_worse_by` compares with a baseline, and the gate has none
      --> evals/karat.yaml:40:72
       |
    40 |     - {metric: quality, slice: {topic: safety, tier: 1}, not_worse_by: 0.1, severity: warn}
       |                                                                        ^^^
       |
       = help: name one: `baseline: v1`, or `baseline: {run: accepted}`

    error: a pairwise metric compares with a baseline, and the gate has none
      --> evals/karat.yaml:42:38
       |
    42 |     - {metric: preference, at_least: 0.4}
       |                                      ^^^
       |
       = help: name one: `baseline: v1`, or `baseline: {run: accepted}`
    ");
}

#[test]
fn a_slice_is_a_map() {
    insta::assert_snapshot!(changed("slice: {topic: safety, tier: 1}", "slice: safety"), @r"
    error: `slice` must be a map of tags, such as `{topic: safety}`, and here stands the text `safety`
      --> evals/karat.yaml:41:32
       |
    41 |     - {metric: quality, slice: safety, not_worse_by: 0.1, severity: warn}
       |                                ^^^^^^
    ");
    insta::assert_snapshot!(changed("slice: {topic: safety, tier: 1}", "slice: {topic: [a, b]}"), @r"
    error: `topic` must be text, and here stands a list
      --> evals/karat.yaml:41:40
       |
    41 |     - {metric: quality, slice: {topic: [a, b]}, not_worse_by: 0.1, severity: warn}
       |                                        ^^^^^^
    ");
    insta::assert_snapshot!(changed("slice: {topic: safety, tier: 1}", "slice: {}"), @r"
    error: an empty `slice` names no cases
      --> evals/karat.yaml:41:32
       |
    41 |     - {metric: quality, slice: {}, not_worse_by: 0.1, severity: warn}
       |                                ^^
       |
       = help: leave it out to mean all of them
    ");
    insta::assert_snapshot!(changed("severity: warn", "severity: warning"), @r"
    error: `warning` is not a value of `severity`
      --> evals/karat.yaml:41:87
       |
    41 |     - {metric: quality, slice: {topic: safety, tier: 1}, not_worse_by: 0.1, severity: warning}
       |                                                                                       ^^^^^^^
       |
       = help: known: `block`, `warn`, `info`
    ");
}

#[test]
fn a_gate_without_a_rule_gates_nothing() {
    let rules = &super::GOOD[super::GOOD.find("  rules:").unwrap()..super::GOOD.find("seed:").unwrap()];
    insta::assert_snapshot!(changed(rules, "  rules: []\n"), @r"
    error: a gate needs a rule: without one it would let anything pass
      --> evals/karat.yaml:38:10
       |
    38 |   rules: []
       |          ^^
       |
       = help: for example `rules: [{metric: quality, not_worse_by: 0.15}]`
    ");
    insta::assert_snapshot!(changed(rules, ""), @r"
    error: a gate needs `rules`
      --> evals/karat.yaml:33:1
       |
    33 | gate:
       | ^^^^
       |
       = help: for example `rules: [{metric: quality, not_worse_by: 0.15}]`
    ");
}

/// What is said of a rule that stands in the place of a good one, without its place.
fn said(rule: &str) -> String {
    let told = changed("{metric: quality, not_worse_by: 0.15}", rule);
    let words = told.lines().filter(|line| line.starts_with("error") || line.contains("= help"));
    words.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn single_cases_are_for_rules_about_every_case() {
    insta::assert_snapshot!(
        "single_cases",
        [
            "{metric: quality, cases: [a], not_worse_by: 0.15}",
            "{metric: quality, cases: [a, b, a], every_case: 3}",
            "{metric: quality, cases: [], every_case: 3}",
            "{metric: quality, cases: [a], slice: {topic: x}, every_case: 3}",
            "{metric: quality, every_case: 7}",
            "{metric: quality, every_case: 3, repeats: 50}",
            "{metric: quality, at_least: 3, repeats: 1}",
            "{metric: preference, every_case: 1}",
            "{metric: quality, equivalent_within: 0}",
            "{metric: quality, equivalent_within: 4}",
            "{metric: quality, equivalent_withn: 0.2}",
        ]
        .map(|rule| format!("{rule}\n{}\n", said(rule)))
        .join("\n")
    );
}

#[test]
fn a_limit_is_on_something_and_has_a_most() {
    insta::assert_snapshot!(
        "limits",
        [
            "{limit: costs, at_most: 1}",
            "{limit: latency, at_most: 1}",
            "{limit: cost}",
            "{limit: cost, at_least: 1}",
            "{limit: cost, at_most: -1}",
            "{limit: error_rate, at_most: 5}",
            "{limit: cost, metric: quality, at_most: 1}",
            "{cost: 0.1}",
        ]
        .map(|rule| format!("{rule}\n{}\n", said(rule)))
        .join("\n")
    );
}

#[test]
fn a_rule_on_an_audit_names_a_probe_and_a_judge() {
    insta::assert_snapshot!(
        "audits",
        [
            "{audit: flattery, metric: quality, at_most: 0.1}",
            "{audit: injections, metric: quality, at_most: 0.1}",
            "{audit: injection, at_most: 0.1}",
            "{audit: injection, metric: quality, at_least: 0.1}",
            "{audit: injection, metric: quality, at_most: 10}",
            "{audit: drift, metric: quality, at_most: 0.1}",
        ]
        .map(said)
        .join("\n")
    );
}

#[test]
fn a_sequential_gate_refuses_what_it_cannot_decide() {
    let rules = "sequential: true
  rules:
    - {limit: cost, at_most: 0.01}
    - {limit: latency_mean, at_most: 900, severity: info}
    - {metric: words, at_most: 100}
    - {limit: latency_p95, at_most: 900}
    - {metric: words, every_case: 100}
";
    let written = [
        ("alpha: 0.05", "sequential: maybe"),
        ("alpha: 0.05", "sequential: {batch: 0, about: everything, batches: 3}"),
        ("alpha: 0.05", "batch: 10"),
        ("rules:\n", rules),
        ("alpha: 0.05", "method: t\n  sequential: true"),
        ("alpha: 0.05", "method: z"),
    ];
    let said: Vec<String> = written.iter().map(|(from, to)| changed(from, to)).collect();
    insta::assert_snapshot!("sequential", said.join("\n"));
}

#[test]
fn a_sequential_gate_needs_a_rule_that_blocks() {
    let text = GOOD.replace("not_worse_by: 0.15}", "not_worse_by: 0.15, severity: warn}");
    let (head, _) = text.split_once("    - {metric: preference, better_than: 0.5}").unwrap();
    let warns = |gate: &str| {
        let folder = Folder::new();
        folder.write("karat.yaml", &format!("{head}seed: 7\n").replace("alpha: 0.05", gate));
        folder
    };
    warns("alpha: 0.05").load().unwrap_or_else(|errors| panic!("{errors}"));
    insta::assert_snapshot!(warns("sequential: true").errors(), @r"
    error: a sequential gate stops when its blocking rules are decided, and here is none
      --> evals/karat.yaml:36:15
       |
    36 |   sequential: true
       |               ^^^^
       |
       = help: let a rule block (leave its `severity` away), or judge all cases: `sequential: false`
    ");
}

#[test]
fn no_rule_is_about_a_panel_that_is_fitted_to_its_own_verdicts() {
    let heard = |by: &str| {
        let folder = Folder::new();
        let panel = format!("preference: {{rubric: rubrics/preference.yaml, judge: [grader, demo], panel: {by}");
        folder.write(
            "karat.yaml",
            &replaced(GOOD, "preference: {rubric: rubrics/preference.yaml, judge: grader", &panel),
        );
        folder
    };
    heard("majority").load().unwrap_or_else(|errors| panic!("{errors}"));
    insta::assert_snapshot!(heard("dawid_skene").errors(), @r"
    error: a rule is about `preference`, whose `panel: dawid_skene` is fitted to the verdicts that it decides, and has no bounds that hold
      --> evals/karat.yaml:38:3
       |
    38 |   rules:
       |   ^^^^^
       |
       = help: `panel: majority`, `mean`, or `weighted` by labels; without a rule the metric may stay
    ");
    // Measured without a rule, it may stay.
    let folder = heard("dawid_skene");
    let ruled = std::fs::read_to_string(folder.path().join("karat.yaml")).unwrap();
    let unruled: String =
        ruled.lines().filter(|line| !line.contains("{metric: preference")).map(|line| format!("{line}\n")).collect();
    folder.write("karat.yaml", &unruled).load().unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn a_rule_that_anything_fulfils_is_refused() {
    for (rule, words) in [
        ("{metric: quality, at_least: 1}", "`at_least: 1` lets any value of `quality` pass"),
        ("{metric: quality, at_most: 5}", "`at_most: 5` lets any value of `quality` pass"),
        ("{metric: quality, every_case: 1}", "`every_case: 1` lets any value of `quality` pass"),
        ("{metric: preference, at_least: 0}", "`at_least: 0` lets any value of `preference` pass"),
        ("{metric: quality, not_worse_by: 1e308}", "a margin of 1e308 lets any difference of `quality` pass"),
        ("{limit: error_rate, at_most: 1}", "`at_most` must be a share from 0 to below 1"),
        ("{audit: injection, metric: quality, at_most: 1}", "`at_most` must be a share from 0 to below 1"),
        ("{drift: quality, at_most: 4}", "`at_most: 4` lets any drift of `quality` pass"),
    ] {
        let told = said(rule);
        assert!(told.contains(&format!("error: {words}")), "{rule}: {told}");
    }
}

#[test]
fn a_pairwise_rule_needs_both_answers_in_one_run() {
    let told = changed("baseline: v1", "baseline: {run: accepted}");
    let words = "`preference` compares two answers of one run, and the baseline is a stored run";
    assert_eq!(told.matches(words).count(), 2, "{told}");
    assert!(!told.contains("`quality`"), "{told}");
}

#[test]
fn an_error_rate_too_small_to_bound_is_refused() {
    assert!(changed("alpha: 0.05", "alpha: 0.0000001").contains("a number from 0.000001 to below 0.5"));
}

#[test]
fn a_kind_of_canary_is_known_and_can_be_shown_to_a_judge() {
    let told = changed("seed: 7", "canaries: {kinds: [foo]}");
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert!(told.contains("`foo` is no kind of canary"), "{told}");
    assert!(changed("seed: 7", "canaries: {kinds: []}").contains("`kinds` names no kind"));
    let itself = "canaries: {kinds: [itself], metrics: [quality]}";
    assert!(changed("seed: 7", itself).contains("no judge can be shown `itself`"));
}
