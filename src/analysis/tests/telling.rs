//! The cases that moved: which are told, in which order, and in what words.

use super::*;
use crate::analysis::stories::stories;
use crate::analysis::{HowMany, Story};
use crate::suite::made::Folder;

fn told(rows: &Rows, how_many: HowMany) -> Vec<Story> {
    let suite = Folder::new().suite();
    let tables = rows.tables();
    let data = rows.gathered(&suite).data;
    stories(&suite, &tables, &data, &[&pair()], how_many).unwrap()
}

/// Cases that change by this much on `quality`, and are drawn on `preference`.
fn changed(by: &[f64]) -> Rows {
    let mut rows = Rows::of(by.len());
    for (index, by) in by.iter().enumerate() {
        rows.score(index, "v1", Some(3.0));
        rows.score(index, "v2", Some(3.0 + by));
        rows.both(index, Some(0.5), Some(0.5));
    }
    rows
}

#[test]
fn the_worst_come_first_then_the_best_and_no_case_that_did_not_move() {
    let rows = changed(&[1.0, -1.0, 0.0, 2.0, -2.0, -1.0, 2.0]);
    let stories = told(&rows, HowMany { worst: 2, best: 10 });
    let order: Vec<(&str, f64)> = stories.iter().map(|s| (s.case.as_str(), s.change)).collect();
    // In units of the range, over two metrics; cases that moved alike in the order of the plan.
    assert_eq!(order, [("c4", -0.25), ("c1", -0.125), ("c3", 0.25), ("c6", 0.25), ("c0", 0.125)]);
    assert!(told(&rows, HowMany { worst: 0, best: 0 }).is_empty());
}

#[test]
fn every_pair_is_told_of_and_those_behind_the_first_share_its_room() {
    let rows = changed(&[1.0, -1.0, -2.0]);
    let suite = Folder::new().suite();
    let (tables, (v1, v2)) = (rows.tables(), pair());
    let (forth, back) = ((v1.clone(), v2.clone()), (v2, v1));
    let data = rows.gathered(&suite).data;
    let how_many = HowMany { worst: 2, best: 1 };
    let stories = stories(&suite, &tables, &data, &[&forth, &back, &back], how_many).unwrap();
    let told: Vec<String> = stories.iter().map(|s| format!("{} {} {}", s.candidate.name, s.case, s.change)).collect();
    let of_back = ["v1 c0 -0.125", "v1 c2 0.25"];
    assert_eq!(told, [&["v2 c2 -0.25", "v2 c1 -0.125", "v2 c0 0.125"][..], &of_back, &of_back].concat());
    let v2_of_c0 = stories[2].candidate.text.as_deref();
    assert_eq!((v2_of_c0, stories[3].baseline.text.as_deref()), (Some("v2 on c0"), Some("v2 on c0")));
}

#[test]
fn half_a_measurement_does_not_outdo_a_whole_one() {
    let mut rows = Rows::of(2);
    for index in 0..2 {
        rows.score(index, "v1", Some(5.0));
        rows.score(index, "v2", Some(1.0));
    }
    rows.both(0, Some(1.0), Some(0.0));
    rows.both(1, Some(1.0), None);
    let stories = told(&rows, HowMany { worst: 5, best: 5 });
    let changes: Vec<(&str, f64)> = stories.iter().map(|s| (s.case.as_str(), s.change)).collect();
    assert_eq!(changes, [("c0", -1.0), ("c1", -0.5)]);
}

#[test]
fn opinions_name_the_one_that_was_preferred() {
    let mut rows = changed(&[-1.0]);
    rows.verdicts.retain(|row| row.metric == "quality");
    for (value, decided) in [(1.0, "v1"), (0.0, "v2"), (0.5, "tie"), (0.8, "v1 by 0.80"), (0.3, "v2 by 0.70")] {
        let mut rows = rows.clone();
        rows.preference(0, "v1", "v2", Some(value));
        rows.preference(0, "v2", "v1", None).error = Some("no verdict".to_string());
        let story = told(&rows, HowMany { worst: 1, best: 1 }).remove(0);
        let opinions = &story.metrics.iter().find(|m| m.metric == "preference").unwrap().opinions;
        assert_eq!(opinions[0].decided, decided);
        assert_eq!(
            (opinions[0].about.as_str(), opinions[0].words.as_deref()),
            ("v1 shown first, v2 second", Some("because"))
        );
        assert_eq!(opinions[1].decided, "unparsed: no verdict");
    }
}

#[test]
fn an_alarm_on_a_constant_output_counts_the_inputs_that_were_answered() {
    let suite = Folder::new().suite();
    let alarms = |rows: &Rows| rows.gathered(&suite).raised.finish(&rows.tables()).unwrap();
    let mut rows = Rows::of(14);
    assert!(alarms(&rows).is_empty());
    for (at, row) in rows.outputs.iter_mut().filter(|row| row.candidate == "v2").enumerate() {
        row.text = (at >= 3).then(|| "The same.".to_string());
    }
    let found = alarms(&rows);
    assert_eq!((found.len(), found[0].of.as_str(), found[0].count), (1, "v2", 11));
    assert_eq!(found[0].what, "gives one and the same output for 11 different inputs");
    assert_eq!(found[0].first_case, "c3");
    // One that differs is enough.
    let mut differs = rows.clone();
    differs.outputs.last_mut().unwrap().text = Some("Another.".to_string());
    assert!(alarms(&differs).is_empty());
    // Of fewer inputs it may be right, however many there were that got no answer.
    rows.outputs.iter_mut().filter(|row| row.candidate == "v2").take(5).for_each(|row| row.text = None);
    assert!(alarms(&rows).is_empty());
}

#[test]
fn of_outputs_that_failed_alike_one_tells_how_far_it_came() {
    let suite = Folder::new().suite();
    let mut rows = Rows::of(4);
    for (at, reason) in [(0, "step `say`: no document `a`"), (2, "step `say`: no document `b`"), (4, "a crash")] {
        let row = &mut rows.outputs[at];
        (row.status, row.text, row.error) = (Status::Error, None, Some(reason.to_string()));
        row.trace = (at < 4).then(|| r#"{"steps": [{"name": "find", "output": "found"}]}"#.to_string());
    }
    let tally = rows.gathered(&suite).tally;
    let causes = tally.counts(&suite, &rows.tables()).unwrap().causes;
    let told: Vec<(&str, u64)> = causes.iter().map(|cause| (cause.reason.as_str(), cause.count)).collect();
    assert_eq!(told, [("step `say`: no document …", 2), ("a crash", 1)]);
    let failed = tally.failed(&rows.tables()).unwrap();
    assert_eq!(failed.len(), 1, "a crash tells nothing of its way");
    assert_eq!((failed[0].case.as_str(), failed[0].candidate.as_str()), ("c0", "v1"));
    assert_eq!(failed[0].trace.steps[0].output.as_deref(), Some("found"));
}
