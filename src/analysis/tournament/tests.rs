//! Which numbers of a knock-out may be trusted: a simulation with a judge that never errs.

use rand::Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::judge::tournament::{Bracket, Draw};
use crate::stats::rng::stream;
use crate::suite::{CandidateName, CaseId, MetricName};

const CASES: usize = 60_000;
/// How much better a candidate is than the one before it, where answers to a case vary by 1.
const STEP: f64 = 0.3;

/// Wins of the strongest against the weakest, and matches of the two.
#[derive(Debug, Default)]
struct Met {
    won: f64,
    matches: f64,
}

impl Met {
    fn rate(&self) -> f64 {
        self.won / self.matches
    }

    /// The half width of an interval that misses the truth once in ten thousand.
    fn slack(&self) -> f64 {
        4.0 * (self.rate() * (1.0 - self.rate()) / self.matches).sqrt()
    }
}

#[test]
fn first_matches_tell_how_two_compare_and_later_ones_do_not() {
    let candidates: Vec<CandidateName> = (0..5).map(|at| format!("v{at}").into()).collect();
    let (metric, mut rng) = (MetricName::from("best"), stream(3, "knock-outs"));
    let standard = Normal::standard();
    let mut normal = || standard.inverse_cdf((rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17);
    let (mut opening, mut later) = (Met::default(), Met::default());
    let (mut first, mut best) = ([0.0; 5], [0.0; 5]);
    for case in 0..CASES {
        let strengths: Vec<f64> = (0..5).map(|at| STEP * f64::from(at) + normal()).collect();
        let at = |name: &CandidateName| candidates.iter().position(|known| known == name).unwrap();
        let id = CaseId::from(format!("c{case}"));
        let draw = Draw { seed: 1, metric: &metric, case: &id, sample: 0 };
        let mut bracket = Bracket::drawn(draw, candidates.iter());
        let mut round = 1;
        while bracket.first().is_none() {
            let pairs = bracket.round();
            let worths: Vec<f64> =
                pairs.iter().map(|(a, b)| f64::from(u8::from(strengths[at(a)] > strengths[at(b)]))).collect();
            for ((a, b), worth) in pairs.iter().zip(&worths).filter(|((a, b), _)| (at(a), at(b)) == (0, 4)) {
                assert!(a < b);
                let met = if round == 1 { &mut opening } else { &mut later };
                met.matches += 1.0;
                met.won += 1.0 - worth;
            }
            bracket.advance(&worths.iter().map(|worth| Some(*worth)).collect::<Vec<_>>());
            round += 1;
        }
        first[at(bracket.first().unwrap())] += 1.0;
        let strongest = (0..5).max_by(|a, b| strengths[*a].total_cmp(&strengths[*b])).unwrap();
        best[strongest] += 1.0;
    }
    assert_eq!(first, best, "a judge that never errs finds the best of each case");
    let truth = standard.cdf(4.0 * STEP / 2.0_f64.sqrt());
    let all = Met { won: opening.won + later.won, matches: opening.matches + later.matches };
    println!(
        "the strongest beats the weakest in {truth:.3}; first matches {:.3} of {}, later {:.3} of {}, all {:.3}",
        opening.rate(),
        opening.matches,
        later.rate(),
        later.matches,
        all.rate()
    );
    assert!((opening.rate() - truth).abs() < opening.slack(), "{opening:?}");
    assert!(truth - later.rate() > later.slack(), "{later:?}");
}
