//! Processes that are killed, and two at once: the end is that of a run that nothing disturbed.

use super::*;

/// Numbers that are drawn alike each time (an LCG of Knuth's; the high half is used).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Kills a run at so many random moments, goes on each time, and holds the end against a run that nothing disturbed.
fn killed_again_and_again(cases: usize, kills: usize, seed: u64, latency: Duration) {
    let settings = || Settings { latency, sigma: 0.4, ..Settings::default() };
    let calm = Server::start(settings()).unwrap();
    let undisturbed = project(&calm, cases);
    let begun = Instant::now();
    undisturbed.karat(&run_arguments()).expect(0);
    let takes = begun.elapsed();
    let wanted: BTreeSet<String> = calm.asked().into_keys().collect();
    assert_eq!(
        (wanted.len(), calm.stats().total as usize),
        (cases * CALLS, cases * CALLS),
        "each request is asked once"
    );

    let server = Server::start(settings()).unwrap();
    let project = project(&server, cases);
    let mut dice = Dice(seed);
    let (mut kept, mut before): (BTreeSet<String>, BTreeMap<String, Asked>) = Default::default();
    let (mut killed, mut again) = (0, 0);
    while killed < kills && !finished(&project) {
        let mut child = project.start(&run_arguments());
        // Most kills come while it asks, spread over the whole run; the others anywhere: as it starts, or at its end.
        if dice.below(5) > 0 {
            let total = server.stats().total;
            while server.stats().total == total && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let most = takes.mul_f64(2.0 / kills as f64).as_micros() as u64;
        std::thread::sleep(Duration::from_micros(dice.below(most)));
        child.kill().unwrap();
        project.wait(child);
        killed += 1;
        // What it sent last may still be on its way.
        let mut total = None;
        while total.replace(server.stats().total) != Some(server.stats().total) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let after = server.asked();
        for key in &kept {
            assert_eq!(after[key].asked, before[key].asked, "kill {killed}: what the journal had was asked again");
        }
        kept = journaled(&project);
        // What this life of the program asked and has not journaled is all that a kill can cost.
        let lost = after.iter().filter(|(key, asked)| {
            let earlier = before.get(*key).map_or(0, |asked| asked.asked);
            asked.asked > earlier && !kept.contains(*key)
        });
        let lost = lost.count();
        assert!(lost <= IN_FLIGHT, "kill {killed}: {lost} calls were lost, and {IN_FLIGHT} can have been in flight");
        again += lost;
        before = after;
    }
    if !finished(&project) {
        project.karat(&run_arguments()).expect(0);
    }
    let asked = server.asked();
    for key in &kept {
        assert_eq!(asked[key].asked, before[key].asked, "at the end, what the journal had was asked again");
    }
    let total: u32 = asked.values().map(|asked| asked.asked).sum();
    eprintln!(
        "{killed} kills of {cases} cases: {total} requests for {} replies, {again} lost in flight",
        cases * CALLS
    );
    assert!(killed > kills / 2, "it was killed often: {killed}");
    assert_eq!(asked.into_keys().collect::<BTreeSet<_>>(), wanted, "nothing else was asked");
    assert_eq!(total as usize, cases * CALLS + again, "only what was lost in flight is asked twice");
    assert_eq!(project.runs().len(), 1, "it is one run");
    assert_eq!(journaled(&project), wanted, "nothing is lost");
    assert_eq!(without_meta(project.summary()), without_meta(undisturbed.summary()));
    project.karat(&["replay"]).expect(0);
}

#[test]
fn a_run_that_is_killed_at_random_moments_is_the_same_in_the_end() {
    killed_again_and_again(60, 15, 4, Duration::from_millis(20));
}

#[test]
#[ignore = "a soak that takes long; CONTRIBUTING.md has its command"]
fn soak_of_kills() {
    killed_again_and_again(soaked(), 50, 1, Duration::from_millis(2));
}

#[test]
fn two_processes_that_start_together_do_not_harm_each_other() {
    let server = Server::start(Settings { latency: Duration::from_millis(10), ..Settings::default() }).unwrap();
    let project = project(&server, 20);
    for round in 0..3 {
        let runs = project.runs().len();
        let children: Vec<_> = (0..2).map(|_| project.start(&run_arguments())).collect();
        let ran: Vec<_> = children.into_iter().map(|child| project.wait(child)).collect();
        let codes: Vec<i32> = ran.iter().map(|ran| ran.code).collect();
        let said = || ran.iter().map(|ran| ran.err.as_str()).collect::<String>();
        assert!(codes.contains(&0) && codes.iter().all(|code| [0, 2].contains(code)), "round {round}: {}", said());
        if codes.contains(&2) {
            assert!(said().contains("is being worked on by another process"), "{}", said());
        }
        let new: Vec<String> = project.runs().split_off(runs);
        let done = codes.iter().filter(|code| **code == 0).count();
        assert_eq!(new.len(), done, "a refused process leaves no run");
        for run in new {
            let summary = project.json(&format!(".karat/runs/{run}/summary.json"));
            assert_eq!(summary["counts"]["outputs"]["ok"], 40, "{run}");
        }
    }
}

#[test]
fn two_processes_share_one_cache() {
    let server = Server::start(Settings { latency: Duration::from_millis(10), ..Settings::default() }).unwrap();
    let project = project(&server, 20);
    let (one, other) = (["run", "-j", "8"].as_slice(), ["run", "-j", "8", "--seed", "7"].as_slice());
    let children = [project.start(one), project.start(other)];
    for child in children {
        project.wait(child).expect(0);
    }
    let asked = server.stats().total;
    // The seed marks the fences of the judge's material, and nothing in what candidates are asked.
    assert!(asked <= 2 * 80, "{asked}");
    for arguments in [one, other] {
        project.karat(arguments).expect(0);
    }
    assert_eq!(server.stats().total, asked, "what either asked is asked no more");
}
