//! What is asked, in which order, and when two plans are the same.

use super::*;
use crate::dataset::Selection;
use crate::run::{Plan, PlanOptions, Planned};
use crate::suite::Suite;
use crate::suite::made::Folder;

fn planned(suite: &Suite, case: &str, recorded: impl Fn(&Ask) -> bool) -> Planned {
    Planned::of(suite, &pair(), &case.into(), recorded)
}

#[test]
fn rows_stand_in_the_order_of_the_suite() {
    let suite = Folder::new().suite();
    let planned = planned(&suite, "c0", |_| false);
    assert_eq!(planned.outputs, [output("c0", "v1", 0), output("c0", "v2", 0)]);
    assert_eq!(
        planned.verdicts,
        [score("c0", "v1", 0), score("c0", "v2", 0), preference("c0", "v1", "v2", 0), preference("c0", "v2", "v1", 0)]
    );
}

#[test]
fn repeats_are_drawn_from_prompts_only() {
    let folder = Folder::new();
    folder.change("karat.yaml", "seed: 1", "seed: 1\nrepeat: 2");
    folder.change("karat.yaml", "v1: {prompt: v1.j2, model: demo}", "v1: {outputs: old.jsonl}");
    let planned = planned(&folder.write("old.jsonl", "").suite(), "c0", |_| false);
    assert_eq!(planned.outputs, [output("c0", "v1", 0), output("c0", "v2", 0), output("c0", "v2", 1)]);
    // A pair has as many samples as the side with the fewer.
    assert_eq!(planned.verdicts.len(), 3 + 2);
}

#[test]
fn verdicts_are_repeated_on_each_output_and_in_each_order() {
    let folder = Folder::new();
    folder.change("karat.yaml", "seed: 1", "seed: 1\nrepeat: 2");
    folder.change("karat.yaml", "rubric: quality.yaml, judge: demo", "rubric: quality.yaml, judge: demo, repeat: 3");
    folder.change(
        "karat.yaml",
        "rubric: preference.yaml, judge: demo",
        "rubric: preference.yaml, judge: demo, repeat: 2",
    );
    let planned = planned(&folder.suite(), "c0", |_| false);
    assert_eq!(planned.outputs.len(), 4);
    let (mut scores, mut preferences) = (Vec::new(), Vec::new());
    for ask in &planned.verdicts {
        match ask {
            Ask::Score { candidate, sample, verdict_sample, .. } => {
                scores.push((candidate.as_str(), *sample, *verdict_sample))
            }
            Ask::Preference { first, sample, verdict_sample, .. } => {
                preferences.push((*sample, *verdict_sample, first.as_str()))
            }
            Ask::Output { .. } | Ask::Step { .. } => panic!("an output among the verdicts"),
        }
    }
    let of = |candidate| [0, 1].into_iter().flat_map(move |s| [0, 1, 2].map(move |v| (candidate, s, v)));
    assert_eq!(scores, of("v1").chain(of("v2")).collect::<Vec<_>>());
    let shown = [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().flat_map(|(s, v)| ["v1", "v2"].map(|first| (s, v, first)));
    assert_eq!(preferences, shown.collect::<Vec<_>>());
}

#[test]
fn a_metric_may_compare_more_pairs_or_others() {
    let of = |pairs: &str| {
        let folder = Folder::new();
        folder.change("karat.yaml", "metrics:", "  v3: {prompt: v2.j2, model: demo}\nmetrics:");
        let metric = format!("preference.yaml, judge: demo{pairs}");
        let suite = folder.change("karat.yaml", "preference.yaml, judge: demo", &metric).suite();
        let compared = |ask: &Ask| match ask {
            Ask::Preference { first, second, .. } => Some(format!("{first}{second}")),
            _ => None,
        };
        let planned = Planned::of(&suite, &crate::run::pairs(&suite), &"c0".into(), |_| false);
        planned.verdicts.iter().filter_map(compared).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(""), "v1v2 v2v1 v1v3 v3v1");
    assert_eq!(of(", pairs: baseline"), of(""));
    assert_eq!(of(", pairs: all"), "v1v2 v2v1 v1v3 v3v1 v2v3 v3v2");
    assert_eq!(of(", pairs: [[v3, v2], [v2, v1]]"), "v3v2 v2v3 v1v2 v2v1");
}

fn one_order(seed: u64) -> Suite {
    let folder = Folder::new();
    folder.change("karat.yaml", "seed: 1", &format!("seed: {seed}"));
    folder.change("preference.yaml", "reply: bracketed", "reply: bracketed\norders: one").suite()
}

/// Whether `v1` is shown first, case by case.
fn first(suite: &Suite, cases: usize) -> Vec<bool> {
    let shown = |i: usize| {
        let case = format!("c{i}");
        let verdicts = planned(suite, &case, |_| false).verdicts;
        let orders: Vec<_> = verdicts.iter().filter(|ask| matches!(ask, Ask::Preference { .. })).collect();
        assert_eq!(orders.len(), 1);
        *orders[0] == preference(&case, "v1", "v2", 0)
    };
    (0..cases).map(shown).collect()
}

#[test]
fn one_order_is_drawn_by_the_seed_and_falls_evenly() {
    let drawn = first(&one_order(1), 1000);
    assert_eq!(drawn, first(&one_order(1), 1000));
    assert_ne!(drawn, first(&one_order(2), 1000));
    let ahead = drawn.iter().filter(|first| **first).count();
    assert!((440..=560).contains(&ahead), "{ahead} of 1000");
}

#[test]
fn the_order_that_is_recorded_is_the_one_that_is_asked() {
    let suite = one_order(1);
    for (first, second) in [("v1", "v2"), ("v2", "v1")] {
        for case in ["c0", "c1", "c2", "c3"] {
            let recorded = preference(case, first, second, 0);
            let verdicts = planned(&suite, case, |ask| *ask == recorded).verdicts;
            assert!(verdicts.contains(&recorded) && verdicts.len() == 3, "{verdicts:?}");
        }
    }
}

#[test]
fn of_two_orders_that_are_recorded_the_drawn_one_is_asked() {
    let suite = one_order(1);
    for case in (0..20).map(|at| format!("c{at}")) {
        let of = |recorded: bool| planned(&suite, &case, |_| recorded).verdicts;
        assert_eq!(of(true), of(false), "{case}");
    }
}

fn plan(folder: &Folder, options: &PlanOptions) -> Plan {
    Plan::new(folder.suite(), options, &|_| None).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_plan_is_another_as_soon_as_anything_is_that_it_would_ask() {
    let all = PlanOptions::default();
    let digest = |folder: &Folder| plan(folder, &all).digest;
    let before = digest(&Folder::new());
    // The folder's own name is no part of it, nor is a file that nothing names.
    assert_eq!(digest(Folder::new().write("notes.txt", "anything")), before);
    for (file, from, to) in [
        ("v2.j2", "Two", "Too"),
        ("quality.yaml", "How good", "How bad"),
        ("quality.yaml", "max: 5", "max: 6"),
        ("preference.yaml", "Which is better", "Which is worse"),
        ("cases.jsonl", "question 1", "another question"),
        ("replies.jsonl", "yes", "no"),
        ("karat.yaml", "seed: 1", "seed: 2"),
        ("karat.yaml", "seed: 1", "repeat: 2"),
        ("karat.yaml", "value: yes", "value: no"),
        ("karat.yaml", "replies: replies.jsonl", "replies: replies.jsonl, params: {temperature: 1}"),
    ] {
        let folder = Folder::new();
        assert_ne!(digest(folder.change(file, from, to)), before, "{file}: {from} → {to}");
    }
    let narrowed = |options: PlanOptions| plan(&Folder::new(), &options).digest;
    let metrics = vec!["quality".to_string()];
    let only = |n| Selection { limit: Some(n), ..Selection::default() };
    for options in [
        PlanOptions { metrics, ..PlanOptions::default() },
        PlanOptions { selection: only(2), ..PlanOptions::default() },
    ] {
        assert_ne!(narrowed(options), before);
    }
    // A limit that leaves nothing out changes nothing that is asked.
    assert_eq!(narrowed(PlanOptions { selection: only(3), ..PlanOptions::default() }), before);
}

#[test]
fn a_gate_keeps_what_can_still_be_decided() {
    let narrowed = |metrics: &[&str], candidates: &[&str]| {
        let words = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let options = PlanOptions { metrics: words(metrics), candidates: words(candidates), ..PlanOptions::default() };
        plan(&Folder::new(), &options)
    };
    assert!(narrowed(&["quality"], &[]).suite.gate.is_some());
    assert!(narrowed(&["right"], &[]).suite.gate.is_none());
    assert!(narrowed(&[], &["v2"]).suite.gate.is_none());
    assert_eq!(narrowed(&[], &["v2"]).pairs(), []);
    let wrong = PlanOptions { metrics: vec!["qualty".to_string()], ..PlanOptions::default() };
    let errors = Plan::new(Folder::new().suite(), &wrong, &|_| None).unwrap_err().to_string();
    assert!(errors.contains("no metric is called `qualty`") && errors.contains("did you mean `quality`?"), "{errors}");
}

/// What is wrong with the suite once its check looks up `value`, and what is noted of it.
fn looked_up(value: &str, cases: &str) -> Result<Vec<String>, String> {
    let folder = Folder::new();
    folder.change("karat.yaml", "value: yes", &format!("value: {value:?}")).write("cases.jsonl", cases);
    let plan = Plan::new(folder.suite(), &PlanOptions::default(), &|_| None);
    plan.map(|plan| plan.notes).map_err(|wrong| wrong.to_string())
}

#[test]
fn what_a_check_looks_up_and_cases_do_not_have_is_found_before_they_are_asked_about() {
    let cases =
        "{\"id\": \"a\", \"input\": {\"q\": 1}, \"reference\": \"x\"}\n{\"id\": \"b\", \"input\": {\"q\": 2}}\n";
    assert_eq!(looked_up("{{ id }} {{ q }} {{ reference | default('x') }}", cases), Ok(Vec::new()));
    let partly = looked_up("{{ reference }}", cases).unwrap();
    insta::assert_snapshot!(partly.join("\n"), @"metric `right`, 1 of 2 cases (`b` first): `{{ reference }}` needs `reference`, which the case does not have; these get an error and no score");
    insta::assert_snapshot!(looked_up("{{ refrence }}", cases).unwrap_err(), @r"
    error: metric `right`, every case: `{{ refrence }}` needs `refrence`, which the case does not have
     |
     = help: did you mean `reference`?
    ");
    let without = cases.replace(", \"reference\": \"x\"", "");
    insta::assert_snapshot!(looked_up("{{ reference }}", &without).unwrap_err(), @r"
    error: metric `right`, every case: `{{ reference }}` needs `reference`, which the case does not have
     |
     = help: give the cases a `reference`, or say with `fields` under `dataset` which column it is in
    ");
}

#[test]
fn the_cost_of_a_model_without_a_price_is_no_metric() {
    let of = |prices: &str| {
        let folder = Folder::new();
        folder.change("karat.yaml", "models:", &format!("models:\n  writer: {{provider: openai, model: w{prices}}}"));
        folder.change("karat.yaml", "v1: {prompt: v1.j2, model: demo}", "v1: {prompt: v1.j2, model: writer}");
        folder.change("karat.yaml", "check: contains, value: yes", "check: cost");
        Plan::new(folder.suite(), &PlanOptions::default(), &|_| None).map(drop).map_err(|wrong| wrong.to_string())
    };
    assert_eq!(of(", prices: {input: 1, output: 1}"), Ok(()));
    insta::assert_snapshot!(of("").unwrap_err(), @r"
    error: metric `right` is the cost of an output, and that of candidate `v1` is not known: the model `writer` has no price
     |
     = help: give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`; or take the metric out
    ");
}

#[test]
fn money_that_nobody_counts_is_no_limit() {
    let of = |limits: &str, prices: &str| {
        let folder = Folder::new();
        folder.change("karat.yaml", "models:", &format!("models:\n  writer: {{provider: openai, model: w{prices}}}"));
        let steps = format!("v1: {{steps: [{{name: say, prompt: v1.j2, model: writer}}], limits: {limits}}}");
        folder.change("karat.yaml", "v1: {prompt: v1.j2, model: demo}", &steps);
        Plan::new(folder.suite(), &PlanOptions::default(), &|_| None).map(drop).map_err(|wrong| wrong.to_string())
    };
    assert_eq!(of("{usd: 1}", ", prices: {input: 1, output: 1}"), Ok(()));
    assert_eq!(of("{tokens: 100}", ""), Ok(()));
    insta::assert_snapshot!(of("{usd: 1}", "").unwrap_err(), @r"
    error: `limits: usd` of candidate `v1` cannot be kept: the model `writer` has no price
     |
     = help: give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`; or bound `tokens` or `calls` instead
    ");
}
