//! Comparisons by slice, distributions, counts, cost, and an earlier run laid beside this one.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::analysis::JudgedBy;
use crate::analysis::cases::Cases;
use crate::analysis::data::Data;
use crate::analysis::made::{ONE_TO_FIVE, cases, known};
use crate::analysis::{Cause, Earlier, Key};
use crate::analysis::{Comparison, Precision, Slice};
use crate::store::{Baseline, BaselineCase};
use crate::suite::made::Folder;
use crate::suite::{CaseId, MetricName, PriceList, Range};

const PRECISION: Precision = Precision { alpha: 0.05, min_cases: 30 };

fn slice(tags: &[(&str, &str)]) -> Slice {
    tags.iter().map(|(tag, value)| ((*tag).to_string(), (*value).to_string())).collect()
}

fn compared(data: &Data, named: &[Slice]) -> Vec<Comparison> {
    let named: Vec<_> = named.iter().map(|slice| ("m".into(), slice.clone())).collect();
    data.comparisons(&"v1".into(), &"v2".into(), &named, PRECISION)
}

#[test]
fn slices_are_what_single_tags_cut() {
    let data = cases(40)
        .tagged("language", |_| Some("en".to_string()))
        .tagged("topic", |i| Some(if i % 2 == 0 { "safety" } else { "orders" }.to_string()))
        .tagged("ticket", |i| Some(format!("#{i}")))
        .tagged("rare", |i| (i == 7).then(|| "yes".to_string()))
        .tagged("dozen", |i| Some(format!("{}", i % 12)))
        .tagged("thirteen", |i| Some(format!("{}", i % 13)));
    let slices = data.cases.slices();
    assert_eq!(slices.len(), 12 + 1 + 2);
    assert_eq!(slices[0], slice(&[("dozen", "0")]));
    assert_eq!(slices[12..], [slice(&[("rare", "yes")]), slice(&[("topic", "orders")]), slice(&[("topic", "safety")])]);
    assert_eq!(data.cases.unsliced(), ["thirteen", "ticket"]);
    assert!(cases(0).cases.slices().is_empty());
}

#[test]
fn all_cases_come_first_then_slices_then_what_rules_name() {
    let data = cases(40)
        .pair("m", ONE_TO_FIVE, &known(&[3.0; 40]), &known(&[3.0, 4.0].repeat(20)))
        .tagged("topic", |i| Some(if i < 20 { "safety" } else { "orders" }.to_string()))
        .tagged("tier", |i| Some(format!("{}", i % 2)));
    let both = slice(&[("topic", "safety"), ("tier", "1")]);
    let turned = slice(&[("tier", "1"), ("topic", "safety")]);
    let found = compared(&data, &[both.clone(), turned, slice(&[("tier", "1")]), slice(&[]), both.clone()]);
    let slices: Vec<Option<Slice>> = found.iter().map(|c| c.slice.clone()).collect();
    let of = |tag, value| Some(slice(&[(tag, value)]));
    assert_eq!(
        slices,
        [None, of("tier", "0"), of("tier", "1"), of("topic", "orders"), of("topic", "safety"), Some(both)]
    );
    assert_eq!(found.iter().map(|c| c.n).collect::<Vec<_>>(), [40, 20, 20, 20, 20, 10]);
    for comparison in &found {
        assert_eq!(comparison.wins + comparison.ties + comparison.losses, comparison.n);
        let (low, difference, high) =
            (comparison.low.unwrap(), comparison.difference.unwrap(), comparison.high.unwrap());
        assert!(low <= difference && difference <= high);
        // Only slices that nobody named beforehand are corrected for their number.
        let named = Some(slice(&[("tier", "1")]));
        let explored = comparison.slice.as_ref().is_some_and(|s| s.len() == 1) && comparison.slice != named;
        assert_eq!(comparison.p_adjusted.is_some(), explored);
        assert!(comparison.p_adjusted.is_none_or(|adjusted| adjusted >= comparison.p.unwrap()));
    }
    let explored = found.iter().filter_map(|c| Some((c.p?, c.p_adjusted?)));
    let (p, adjusted) = explored.unzip::<_, _, Vec<_>, Vec<_>>();
    assert_eq!(p.len(), 3);
    assert_eq!(crate::stats::multiplicity::benjamini_hochberg(&p).unwrap(), adjusted);
}

#[test]
fn equal_differences_do_not_tell_what_would_have_been_found() {
    let least = |candidate: &[f64]| {
        let data = cases(60).pair("m", ONE_TO_FIVE, &known(&[3.0; 60]), &known(candidate));
        let found = compared(&data, &[]).remove(0);
        (found.varies(), found.smallest_detectable)
    };
    assert_eq!([least(&[3.0; 60]), least(&[4.0; 60])], [(false, None); 2]);
    assert!(matches!(least(&[2.0, 4.0].repeat(30)), (true, Some(_))));
    let tied = cases(60).preferred("m", &known(&[0.5; 60]));
    assert_eq!(compared(&tied, &[])[0].smallest_detectable, None);
    // Cases of one cluster are one, which is too few whatever they say.
    assert!(compared(&cases(60).clustered(60).preferred("m", &known(&[0.5; 60])), &[])[0].varies());
}

#[test]
fn a_win_rate_belongs_to_preferences_only() {
    let data =
        cases(2).preferred("m", &known(&[1.0, 0.5])).pair("n", ONE_TO_FIVE, &known(&[1.0; 2]), &known(&[2.0; 2]));
    let found = compared(&data, &[]);
    assert_eq!((found[0].win_rate, found[0].difference), (Some(0.75), Some(0.25)));
    assert_eq!((found[1].win_rate, found[1].difference), (None, Some(1.0)));
}

#[test]
fn bins_hold_every_score() {
    for (range, scores) in [
        (Range::Binary, vec![0.0, 1.0, 0.5, 1.0]),
        (ONE_TO_FIVE, vec![1.0, 1.5, 4.75, 5.0]),
        (Range::Bounded { min: 0.1, max: 0.7 }, vec![0.1, 0.7, 0.7, 0.4]),
        (Range::Bounded { min: 0.0, max: 100.0 }, vec![0.0, 100.0, 99.9, 10.0]),
        (Range::Unbounded, vec![-3.3, 0.1, 7.7, 7.7]),
        (Range::Unbounded, vec![7.0, 7.0, 7.0, 7.0]),
    ] {
        let data = cases(5).scored("m", range, "v1", &[known(&scores), vec![None]].concat());
        let [distribution] = &data.distributions()[..] else { panic!("one candidate") };
        assert_eq!(distribution.bins.iter().map(|bin| bin.2).sum::<u64>(), 4, "{range:?} {distribution:?}");
        assert!(distribution.bins.windows(2).all(|pair| pair[0].1 == pair[1].0 && pair[0].0 < pair[0].1));
    }
    assert!(cases(1).scored("m", Range::Unbounded, "v1", &[None]).distributions().is_empty());
    // The bins are those of all candidates.
    let data = cases(1).pair("m", Range::Unbounded, &known(&[0.0]), &known(&[10.0]));
    let found = data.distributions();
    assert_eq!((found[0].bins[0], found[1].bins[9]), ((0.0, 1.0, 1), (9.0, 10.0, 1)));
}

#[test]
fn counts_reconcile_and_an_unknown_cost_is_not_zero() {
    let mut rows = Rows::of(2);
    let statuses = [Status::Ok, Status::Error, Status::Unparsed, Status::Refused, Status::Skipped];
    for status in statuses {
        rows.score(0, "v1", None).status = status;
    }
    rows.outputs[1].status = Status::Error;
    for (row, usd) in rows.outputs.iter_mut().zip([Some(0.5), None, Some(0.25), None]) {
        row.call = CallRow { usd, input_tokens: usd.map(|_| 10), ..CallRow::default() };
    }
    let suite = Folder::new().suite();
    let tally = rows.gathered(&suite).tally;
    let counts = tally.counts(&suite, &rows.tables()).unwrap();
    for (counts, total) in [(counts.outputs, 4), (counts.verdicts, 5)] {
        assert_eq!(counts.total, total);
        assert_eq!(counts.ok + counts.error + counts.unparsed + counts.refused + counts.skipped, total);
    }
    assert_eq!((counts.outputs.error, counts.verdicts.unparsed), (1, 1));
    let cost = tally.cost(&suite);
    let (v1, v2) = (cost.candidates["v1"], cost.candidates["v2"]);
    assert_eq!((v1.replies, v1.usd, v1.input_tokens), (2, Some(0.75), Some(20)));
    // One output of v2 failed and was paid for nowhere; the other has no price.
    assert_eq!((v2.replies, v2.usd, v2.output_tokens), (1, None, None));
    assert_eq!((v1.failed_usd, v2.failed_usd), (None, None));
    assert_eq!((cost.judges["quality"].replies, cost.judges["quality"].usd), (3, None));
    assert_eq!((cost.judges["preference"].replies, cost.judges["preference"].usd), (0, None));
    assert_eq!((cost.total.replies, cost.total.usd), (6, None));
    assert!(cost.list_prices.is_empty(), "the suite says its prices itself");
    let mut listed = suite;
    let list = PriceList { as_of: "2026-10-26".to_string(), source: "https://example.org".to_string() };
    listed.models.get_mut("demo").unwrap().price_list = Some(list);
    assert_eq!(tally.cost(&listed).list_prices, BTreeSet::from(["2026-10-26".to_string()]));
}

#[test]
fn what_was_paid_on_the_way_to_nothing_is_part_of_the_cost() {
    let paid = |usd| CallRow { usd: Some(usd), input_tokens: Some(10), ..CallRow::default() };
    let mut rows = Rows::of(2);
    for row in &mut rows.outputs {
        row.call = paid(0.5);
    }
    rows.outputs[1].status = Status::Error;
    rows.outputs[3].status = Status::Error;
    rows.outputs[3].call = CallRow { usd: None, ..paid(0.0) };
    // One criterion was answered, and another one was not.
    let judged = rows.score(0, "v1", None);
    (judged.status, judged.call) = (Status::Error, paid(0.25));
    let suite = Folder::new().suite();
    let cost = rows.gathered(&suite).tally.cost(&suite);
    let (v1, v2) = (cost.candidates["v1"], cost.candidates["v2"]);
    assert_eq!((v1.replies, v1.usd, v1.failed_usd), (2, Some(1.0), None));
    // What one of them cost is not known, so the sum is not.
    assert_eq!((v2.replies, v2.input_tokens, v2.usd, v2.failed_usd), (0, Some(20), None, None));
    let judge = cost.judges["quality"];
    assert_eq!((judge.replies, judge.usd, judge.failed_usd), (0, Some(0.25), Some(0.25)));
    assert_eq!((cost.total.replies, cost.total.input_tokens, cost.known), (2, Some(50), Some(1.75)));
}

/// A baseline that was written to a file and is read again.
fn read_again(of: &Baseline, cases: &BTreeMap<CaseId, BaselineCase>) -> Earlier {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.json");
    of.write(&path, cases).unwrap();
    Earlier::read(&path).unwrap()
}

fn earlier(cases: &[(&str, &str, f64)], cards: BTreeMap<MetricName, String>) -> Earlier {
    let case = |(id, digest, score): &(&str, &str, f64)| {
        let scores = BTreeMap::from([("m".into(), *score)]);
        ((*id).into(), BaselineCase { digest: (*digest).to_string(), scores })
    };
    let of = Baseline {
        suite: "made".to_string(),
        run: "r1".to_string(),
        candidate: "v1".to_string(),
        cards,
        ..Baseline::default()
    };
    read_again(&of, &cases.iter().map(case).collect())
}

fn keys(cases: usize) -> Vec<Key> {
    (0..cases).map(|i| Key::of(&format!("c{i}"), &format!("d{i}"))).collect()
}

#[test]
fn an_earlier_run_lies_beside_on_the_cases_that_stayed_the_same() {
    let scored = || cases(4).scored("m", ONE_TO_FIVE, "v2", &known(&[2.0; 4])).preferred("p", &known(&[0.5; 4]));
    let before = [("c0", "d0", 1.0), ("c1", "edited", 1.0), ("c2", "d2", 3.0), ("gone", "d9", 5.0)];
    let before = earlier(&before, cards(&["m"]));
    for (min_overlap, problem) in [
        (Some(0.5), None),
        (Some(0.51), Some(", and a share of 0.51 is wanted")),
        (Some(1.0), Some(", and a share of 1 is wanted")),
        // Where two runs are only compared no share is wanted, and all that they do not share is told.
        (None, Some("")),
    ] {
        let mut data = scored();
        let overlap =
            data.lay_beside(&keys(4), &before, &JudgedBy::cards(&cards(&["m", "p"])), (min_overlap, 30), |_| true);
        assert_eq!((overlap.name.as_str(), overlap.share), ("v1 of run r1", 0.5));
        let differ = "run r1 has 2 of the 4 cases (1 was edited since, 1 is new, 1 more is in that run alone)";
        let of_cases = problem.map(|wanted| format!("{differ}{wanted}"));
        let of_pairs = "`p` compares two answers of one run, so it is left out between runs".to_string();
        assert_eq!(overlap.problems, of_cases.into_iter().chain([of_pairs]).collect::<Vec<_>>());
        let beside: Vec<_> = data.metrics["m"].levels[&overlap.name].iter().collect();
        assert_eq!(beside, [Some(1.0), None, Some(3.0), None]);
    }
}

#[test]
fn what_was_measured_another_way_is_left_out() {
    let before = |cards| earlier(&[("c0", "d0", 1.0)], cards);
    let changed = BTreeMap::from([("m".into(), "another".to_string())]);
    for (before, cards, words) in [
        (before(cards(&["m"])), &changed, "another way"),
        (before(cards(&["m"])), &BTreeMap::new(), "another way"),
        (before(BTreeMap::new()), &changed, "was not measured"),
        // Two cards that are not there are not the same card.
        (before(BTreeMap::new()), &BTreeMap::new(), "was not measured"),
    ] {
        let mut data = cases(1).scored("m", ONE_TO_FIVE, "v2", &known(&[2.0]));
        let overlap = data
            .lay_beside(&keys(1), &before, &JudgedBy::cards(cards), (Some(1.0), 30), |metric| metric.as_str() == "m");
        assert!(overlap.problems.len() == 1 && overlap.problems[0].contains(words), "{:?}", overlap.problems);
        assert!(!data.metrics["m"].levels.contains_key(&overlap.name));
        // Where no rule needs the metric, there is nothing to complain of.
        assert!(
            data.lay_beside(&keys(1), &before, &JudgedBy::cards(cards), (Some(1.0), 30), |_| false).problems.is_empty()
        );
    }
}

#[test]
fn what_a_run_accepts_is_what_a_later_one_finds() {
    let v2 = [Some(1.5), None, Some(3.0)];
    let mut rows = Rows::of(3);
    for (index, score) in v2.into_iter().enumerate() {
        rows.score(index, "v2", score);
        rows.both(index, Some(0.0), Some(1.0));
    }
    let (suite, tables) = (Folder::new().suite(), rows.tables());
    let read = || rows.gathered(&suite).data;
    let accepted = read().accepted(&tables, &"v2".into()).unwrap();
    assert_eq!(accepted.len(), 3);
    assert!(accepted["c1"].scores.is_empty() && accepted["c0"].scores.len() == 1);
    let cards = cards(&["quality", "preference"]);
    let of = Baseline {
        suite: suite.name.clone(),
        run: "r1".into(),
        candidate: "v2".into(),
        cards: cards.clone(),
        ..Baseline::default()
    };
    let keys = Key::read(&tables).unwrap();
    // By way of the file, and by way of the tables.
    for before in [read_again(&of, &accepted), Earlier::of(of.clone(), read(), keys.clone())] {
        let mut data = read();
        let overlap = data.lay_beside(&keys, &before, &JudgedBy::cards(&cards), (Some(1.0), 30), |metric| {
            metric.as_str() == "quality"
        });
        assert_eq!((overlap.share, overlap.problems.len()), (1.0, 0));
        assert_eq!(data.metrics["quality"].levels[&overlap.name].iter().collect::<Vec<_>>(), v2);
    }
}

#[test]
fn one_reason_told_of_many_cases_is_one_cause() {
    let mut rows = Rows::of(2);
    let outputs = [
        (Status::Error, Some("no output for case `c0` in x")),
        (Status::Ok, Some("cut")),
        (Status::Skipped, Some("not asked")),
        (Status::Error, Some("no output for case `c1` in x")),
    ];
    for (row, (status, error)) in rows.outputs.iter_mut().zip(outputs) {
        (row.status, row.error) = (status, error.map(str::to_string));
    }
    rows.score(0, "v1", None).error = Some("the reply is empty".to_string());
    rows.score(0, "v2", None).metric = "tone".into();
    rows.verdicts[1].status = Status::Refused;
    rows.score(1, "v1", Some(1.0));
    let suite = Folder::new().suite();
    let causes = |rows: &Rows| rows.gathered(&suite).tally.counts(&suite, &rows.tables()).unwrap().causes;
    let cause = |of: &str, status, reason: &str, count| Cause {
        of: of.into(),
        status,
        reason: reason.into(),
        count,
        by: BTreeMap::new(),
    };
    let of_outputs = |status, reason: &str, by: &[(&str, u64)]| Cause {
        by: by.iter().map(|(name, count)| ((*name).to_string(), *count)).collect(),
        ..cause("outputs", status, reason, by.iter().map(|(_, count)| count).sum())
    };
    let expected = [
        of_outputs(Status::Error, "no output for case … in x", &[("v1", 1), ("v2", 1)]),
        of_outputs(Status::Ok, "cut", &[("v2", 1)]),
        cause("tone", Status::Refused, "no reason was given", 1),
        cause("quality", Status::Unparsed, "the reply is empty", 1),
    ];
    assert_eq!(causes(&rows), expected);
    // The commonest are told, however many there are.
    for at in 0..40 {
        rows.score(0, "v1", None).error = Some(format!("its own words {at:02}"));
    }
    assert_eq!(causes(&rows).len(), 5);
    assert_eq!(causes(&rows)[..2], expected[..2]);
    let counts = rows.gathered(&suite).tally.counts(&suite, &rows.tables()).unwrap();
    assert_eq!(counts.more_causes, 4 + 40 - 5);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let mut rows = Rows::of(40);
    for index in 0..40 {
        for sample in 0..3 {
            rows.score(index, "v1", Some(f64::from(sample) + 1.5)).sample = sample;
            rows.score(index, "v2", (index % 7 != 0).then_some(4.0)).sample = sample;
            for (first, second) in [("v1", "v2"), ("v2", "v1")] {
                rows.preference(index, first, second, Some((index % 3) as f64 / 2.0)).sample = sample;
            }
        }
    }
    for (at, row) in rows.verdicts.iter_mut().enumerate() {
        row.call =
            CallRow { usd: Some(0.1 + at as f64 * 1e-7), latency_ms: Some(at as u64 % 17), ..CallRow::default() };
        row.call.model = Some("m".to_string());
    }
    let suite = Folder::new().suite();
    let found = |rows: &Rows| {
        let Gathered { data, tally, .. } = rows.gathered(&suite);
        let of = |metric: &str| {
            data.metrics[metric]
                .levels
                .values()
                .chain(data.metrics[metric].preferences.values())
                .flat_map(|s| s.iter())
                .collect::<Vec<_>>()
        };
        let counts = tally.counts(&suite, &rows.tables()).unwrap();
        (
            of("quality"),
            of("preference"),
            data.metrics["quality"].unread.clone(),
            tally.cost(&suite),
            tally.latencies(),
            counts,
        )
    };
    let in_order = found(&rows);
    assert_eq!(in_order.4["m"], 8);
    rows.verdicts.reverse();
    rows.verdicts.rotate_left(100);
    rows.outputs.reverse();
    assert_eq!(found(&rows), in_order);
}

#[test]
fn a_tag_with_many_values_is_kept_only_where_a_rule_names_one() {
    let slice_of = |text: &str| text.split_once('=').map(|(tag, value)| slice(&[(tag, value)])).unwrap();
    let mut rows = Rows::of(60);
    for (index, case) in rows.cases.iter_mut().enumerate() {
        case.tags =
            BTreeMap::from([("topic".into(), format!("{}", index % 3)), ("ticket".into(), format!("#{index}"))]);
    }
    let cases = Cases::read(&rows.tables(), &[slice_of("ticket=#50"), slice_of("ticket=#2")]).unwrap();
    assert_eq!(cases.slices().len(), 3);
    let within = |text: &str| cases.within(&slice_of(text)).iter().collect::<Vec<_>>();
    assert_eq!((within("ticket=#50"), within("ticket=#2")), (vec![50], vec![2]));
    assert_eq!(within("topic=1"), (0..60).filter(|i| i % 3 == 1).collect::<Vec<_>>());
    assert_eq!(cases.within(&slice(&[("topic", "2"), ("ticket", "#50")])).iter().collect::<Vec<_>>(), [50]);
    assert_eq!(cases.within(&slice(&[("topic", "1"), ("ticket", "#50")])).count(), 0);
    assert_eq!(cases.within(&slice(&[("nothing", "1")])).count(), 0);
    assert_eq!(cases.within(&slice(&[])).count(), 60);
}
