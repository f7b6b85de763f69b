//! Schedules in made-up time.

use std::collections::BinaryHeap;

use proptest::prelude::*;
use rand::SeedableRng as _;

use super::*;

fn limits(at_once: Option<usize>) -> Limits {
    Limits { at_once, starts_a_minute: None, tokens_a_minute: None, patience: Duration::from_secs(120) }
}

fn wish() -> Wish {
    Wish { request: 1, tokens: 1 }
}

fn up() -> Fate {
    Fate { found: Found::Up, overloaded: false, tokens: None, key: Some(Ok(())) }
}

fn down(words: &str) -> Fate {
    Fate { found: Found::Down { why: words.to_string(), surely: true }, overloaded: false, tokens: None, key: None }
}

fn refused() -> Fate {
    Fate {
        found: Found::Up,
        overloaded: false,
        tokens: None,
        key: Some(Err(Refusal::Key("401 from there".to_string()))),
    }
}

/// One model behind a provider of its own for each limit; its key is known to be good.
fn schedule(over_all: Option<usize>, each: &[Option<usize>]) -> Schedule<usize> {
    let mut schedule = Schedule::new(over_all);
    for (n, at_once) in each.iter().enumerate() {
        let lane = schedule.join(format!("model `m{n}`"), &format!("https://p{n}"), &limits(*at_once));
        schedule.lanes[lane].key.take();
    }
    schedule
}

fn deal(schedule: &mut Schedule<usize>, now: Instant) -> Dealt<usize> {
    schedule.deal(now, |_| false)
}

fn who(dealt: &Dealt<usize>) -> Vec<usize> {
    dealt.go.iter().map(|(_, who)| *who).collect()
}

#[test]
fn models_take_turns_where_they_share_the_limit_over_all() {
    let mut schedule = schedule(Some(2), &[Some(50), Some(50)]);
    let now = Instant::now();
    // A candidate's model that has much to do, and then a judge's that has little.
    (0..50).for_each(|who| schedule.wait(0, wish(), who));
    let mut running = deal(&mut schedule, now).go;
    (100..103).for_each(|who| schedule.wait(1, wish(), who));
    let mut order = Vec::new();
    for _ in 0..6 {
        let (turn, _) = running.remove(0);
        schedule.end(turn, up(), now);
        let dealt = deal(&mut schedule, now);
        order.extend(who(&dealt));
        running.extend(dealt.go);
    }
    assert_eq!(order.iter().filter(|who| **who >= 100).count(), 3, "{order:?}");
    assert_eq!(order.iter().filter(|who| **who < 100).count(), 3, "{order:?}");
}

#[test]
fn within_a_model_who_came_first_goes_first() {
    let mut schedule = schedule(None, &[Some(1)]);
    let now = Instant::now();
    (0..5).for_each(|who| schedule.wait(0, wish(), who));
    for expected in 0..5 {
        let dealt = deal(&mut schedule, now);
        assert_eq!(who(&dealt), [expected]);
        schedule.end(dealt.go[0].0, up(), now);
    }
}

#[test]
fn a_model_that_waits_for_its_pace_or_its_provider_holds_no_place() {
    let mut schedule = schedule(Some(4), &[Some(4), Some(4)]);
    let now = Instant::now();
    schedule.lanes[0].pace.pause(now + Duration::from_secs(9));
    (0..8).for_each(|who| schedule.wait(0, wish(), who));
    (10..18).for_each(|who| schedule.wait(1, wish(), who));
    let dealt = deal(&mut schedule, now);
    assert_eq!(who(&dealt), [10, 11, 12, 13]);
    for (turn, _) in dealt.go {
        schedule.end(turn, down("503"), now);
    }
    // Now the other provider is down, and the pause is over.
    let later = now + Duration::from_secs(9);
    let dealt = deal(&mut schedule, later);
    assert_eq!(dealt.go.iter().filter(|(turn, _)| turn.tries).count(), 1, "one tries");
    assert_eq!(who(&dealt).iter().filter(|who| **who < 8).count(), 3);
}

#[test]
fn while_one_provider_is_down_all_its_models_wait_and_are_sent_away_when_it_stays_so() {
    let mut schedule: Schedule<usize> = Schedule::new(None);
    for name in ["writer", "grader"] {
        let lane = schedule.join(format!("model `{name}`"), "https://one", &limits(Some(9)));
        schedule.lanes[lane].key.take();
    }
    let now = Instant::now();
    (0..3).for_each(|who| schedule.wait(0, wish(), who));
    for (turn, _) in deal(&mut schedule, now).go {
        schedule.end(turn, down("no connection"), now);
    }
    schedule.wait(1, wish(), 7);
    let dealt = deal(&mut schedule, now);
    assert!(dealt.go.is_empty() && dealt.away.is_empty());
    assert!(dealt.later.is_some_and(|at| at > now), "somebody looks again");
    let dealt = deal(&mut schedule, now + Duration::from_secs(200));
    let (failure, who) = &dealt.away[0];
    assert_eq!((failure.kind, *who), (FailureKind::ProviderOut, 7));
    assert_eq!(failure.message, "https://one is out: it has not answered for 200 s (no connection)");
}

#[test]
fn a_key_that_is_refused_is_shown_to_the_server_a_few_times_only() {
    let mut schedule = Schedule::new(None);
    let lane = schedule.join("model `m`".to_string(), "https://one", &limits(Some(64)));
    let now = Instant::now();
    (0..500).for_each(|who| schedule.wait(lane, wish(), who));
    let dealt = deal(&mut schedule, now);
    assert_eq!(dealt.go.len(), 3, "a few go first");
    for (turn, _) in dealt.go {
        schedule.end(turn, refused(), now);
    }
    let dealt = deal(&mut schedule, now);
    assert_eq!((dealt.go.len(), dealt.away.len()), (0, 497));
    let words = "model `m` cannot be asked: the key was refused 3 times and never taken (401 from there)";
    assert_eq!(dealt.away[0].0.message, words);
}

#[test]
fn a_key_that_is_taken_opens_the_way_for_all() {
    let mut schedule = Schedule::new(None);
    let lane = schedule.join("model `m`".to_string(), "https://one", &limits(Some(64)));
    let now = Instant::now();
    (0..500).for_each(|who| schedule.wait(lane, wish(), who));
    let dealt = deal(&mut schedule, now);
    let soon = dealt.later.unwrap();
    assert!(soon - now <= Duration::from_secs(1), "nor is the first answer waited for long");
    schedule.end(dealt.go[0].0, up(), now);
    assert_eq!(deal(&mut schedule, now).go.len(), 62);
}

/// How long a run of `cases` takes at 64 at once whose every case is one request to each model, one after the other, with
/// log-normal latencies; as a multiple of what it would take without a moment lost.
fn against_the_ideal(models: usize, cases: usize, seed: u64) -> f64 {
    let mut random = rand_pcg::Pcg64::seed_from_u64(seed);
    let mut latency = || {
        let (a, b): (f64, f64) = (random.random_range(1e-12..1.0), random.random());
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        0.2 * (0.4 * normal).exp()
    };
    let mut schedule = Schedule::new(Some(64));
    for n in 0..models {
        schedule.join(format!("model `m{n}`"), "https://one", &limits(Some(64)));
    }
    let begun = Instant::now();
    let mut now = begun;
    let mut work = 0.0;
    let mut unstarted = cases;
    let mut ends = BinaryHeap::new();
    let mut turns = std::collections::HashMap::new();
    // As the engine does: so many cases are worked on at a time.
    let mut working = 0;
    let mut step = 0_usize;
    loop {
        while working < 128 && unstarted > 0 {
            schedule.wait(0, wish(), 0);
            (working, unstarted) = (working + 1, unstarted - 1);
        }
        let dealt = schedule.deal(now, |_| false);
        for (turn, stage) in dealt.go {
            let took = latency();
            work += took;
            step += 1;
            ends.push(std::cmp::Reverse((now + Duration::from_secs_f64(took), step)));
            turns.insert(step, (turn, stage));
        }
        let next = ends.peek().map(|std::cmp::Reverse((at, _))| *at);
        let Some(at) = next.into_iter().chain(dealt.later).min() else { break };
        now = at;
        while let Some(std::cmp::Reverse((at, id))) = ends.peek().copied().filter(|end| end.0.0 <= now) {
            ends.pop();
            let (turn, stage) = turns.remove(&id).unwrap();
            schedule.end(turn, up(), at);
            if stage + 1 < models { schedule.wait(stage + 1, wish(), stage + 1) } else { working -= 1 }
        }
    }
    assert_eq!(schedule.in_flight, 0);
    (now - begun).as_secs_f64() / (work / 64.0)
}

#[test]
fn no_place_stays_empty_while_work_waits() {
    for seed in 0..3 {
        let ratio = against_the_ideal(2, 2000, seed);
        assert!(ratio <= 1.06, "{ratio} times the ideal");
    }
}

proptest! {
    #[test]
    fn limits_hold_and_everybody_comes_to_an_end(
        over_all in 1_usize..9,
        each in proptest::collection::vec(1_usize..6, 1..4),
        fates in proptest::collection::vec(0_u8..4, 200),
    ) {
        let own: Vec<Option<usize>> = each.iter().copied().map(Some).collect();
        let mut schedule = schedule(Some(over_all), &own);
        let mut now = Instant::now();
        let waiting = 30 * each.len();
        (0..waiting).for_each(|who| schedule.wait(who % each.len(), wish(), who));
        let (mut running, mut done, mut fates) = (Vec::new(), 0, fates.into_iter().cycle());
        let mut steps = 0;
        while done < waiting {
            let dealt = deal(&mut schedule, now);
            done += dealt.away.len();
            running.extend(dealt.go);
            prop_assert!(running.len() <= over_all);
            for (lane, most) in each.iter().enumerate() {
                prop_assert!(running.iter().filter(|(turn, _): &&(Turn, usize)| turn.lane == lane).count() <= *most);
            }
            steps += 1;
            prop_assert!(steps < 10_000, "it comes to an end");
            if running.is_empty() {
                now = dealt.later.unwrap_or(now);
                continue;
            }
            let (turn, who) = running.swap_remove(steps % running.len());
            match fates.next() {
                Some(0) => { schedule.end(turn, down("503"), now); schedule.wait(turn.lane, wish(), who); }
                Some(1) => { schedule.end(turn, Fate::unknown(), now); done += 1; }
                _ => { schedule.end(turn, up(), now); done += 1; }
            }
        }
    }
}
