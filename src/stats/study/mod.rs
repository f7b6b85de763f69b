//! How often intervals and gate rules are wrong, by sampling from real judgments.
//!
//! Each population's own mean is the truth, and samples are drawn from it with replacement. A rule whose threshold is the
//! truth must pass (or claim a failure) in no more than alpha of the samples: `not_worse_by`, `better_than` and `at_least`
//! pass wrongly where the lower bound exceeds the truth, `at_most` where the upper bound is below it, failures are claimed the
//! other way round, and an equivalence is found wrongly where the truth lies on the margin.
//!
//! The long version, some minutes in an optimised build:
//! `REAL_JUDGMENTS=<folder> cargo test --release --lib stats::study -- --ignored --nocapture --test-threads 1`

mod populations;
mod power;
mod rates;

use power::planned;
use rates::{Rates, tabulate};

/// Prints the table: for each population, number of cases and method the shares of wrong claims and of intervals that hold.
fn print(rates: &[Rates]) {
    println!(
        "{:33}{:>4}  {:26}{:>7}{:>8}{:>8}{:>8}{:>9}{:>7}",
        "population", "n", "method", "draws", "above %", "below %", "equal %", "holds %", "width"
    );
    for r in rates {
        let equal = r.equivalent.map_or_else(|| "-".to_owned(), |share| format!("{:.2}", 100.0 * share));
        println!(
            "{:33}{:>4}  {:26}{:>7}{:>8.2}{:>8.2}{:>8}{:>9.2}{:>7}",
            r.population,
            r.n,
            if r.default { format!("{} (default)", r.method) } else { r.method.to_owned() },
            r.draws,
            100.0 * r.above,
            100.0 * r.below,
            equal,
            100.0 * r.holds,
            if r.width_to_t.is_nan() { "-".to_owned() } else { format!("{:.2}", r.width_to_t) }
        );
    }
    println!(
        "alpha 5 %, intervals at 95 %, width relative to t. Monte-Carlo error (one standard deviation): 0.22 points of"
    );
    println!(
        "5 % over 10,000 draws, 0.49 over 2,000. `above`: the lower bound exceeds the truth; `below`: the upper one is less."
    );
}

/// What has to be true of karat's defaults, however many draws there are.
fn hold(rates: &[Rates]) {
    for r in rates.iter().filter(|r| r.default) {
        for wrong in [Some(r.above), Some(r.below), r.equivalent].into_iter().flatten() {
            assert!(r.least(wrong) <= 0.05, "{r:?}");
        }
    }
    // One population is made up to break t; it is not judged as real ones are.
    for r in rates.iter().filter(|r| r.n >= 100 && !r.population.starts_with("made up")) {
        if r.default || r.method == "shown" {
            assert!(1.0 - r.least(1.0 - r.holds) >= 0.94, "{r:?}");
        }
    }
}

#[test]
fn the_defaults_are_wrong_no_more_often_than_they_say() {
    hold(&tabulate(&[30, 100], 300, false));
}

#[test]
#[ignore = "takes minutes; run it in an optimised build to see the table"]
fn table() {
    let rates = tabulate(&[10, 30, 100, 300], 10_000, true);
    print(&rates);
    hold(&rates);
}

/// What decides, and the t that is shown of differences and decides where a suite says `method: t`.
#[test]
#[ignore = "takes minutes; run it in an optimised build to see the table"]
fn table_of_what_decides_and_what_is_shown() {
    print(&tabulate(&[30, 100, 300], 4000, false));
}

/// Planned power is that of the rules to three points, beyond what chance does to the draws.
#[test]
fn planned_power_is_found_on_real_judgments() {
    for p in planned(&[100], 300) {
        let chance = 3.0 * (p.planned * (1.0 - p.planned) / 300.0_f64).sqrt();
        assert!((p.planned - p.found).abs() < 0.03 + chance, "{p:?}");
    }
}

#[test]
#[ignore = "takes minutes; run it in an optimised build to see the table"]
fn table_of_power() {
    const DRAWS: usize = 4000;
    println!("{:33}{:>5}{:>10}{:>11}{:>9}{:>11}", "population", "n", "margin", "planned %", "found %", "apart");
    let mut apart = Vec::new();
    for p in planned(&[50, 100, 300], DRAWS) {
        let difference = 100.0 * (p.found - p.planned);
        let (planned, found) = (100.0 * p.planned, 100.0 * p.found);
        println!("{:33}{:>5}{:>10.4}{planned:>11.1}{found:>9.1}{difference:>+11.2}", p.population, p.n, p.margin);
        apart.push((difference.abs(), p.n));
    }
    println!("alpha 5 %, 80 % wanted, {DRAWS} draws; Monte-Carlo error (one standard deviation) 0.6 points");
    let beyond = apart.iter().filter(|(apart, _)| *apart > 3.0 + 1.9).count();
    println!("{beyond} of {} are more than three points apart, beyond chance", apart.len());
}
