//! The verdicts on each pair that met → which two meet next in a knock-out, and who comes first.
//!
//! A knock-out of n candidates takes n − 1 matches. Who meets first is drawn by the seed for each case, so that over the
//! cases all pairs are drawn alike often; where the number of those who are left is odd, one goes on without a match. It
//! decides by nothing but the verdicts, so a run, a resumed run and a replay cannot differ.

use super::cascade::Vote;
use crate::suite::{CandidateName, CaseId, MetricName, Pair};

/// Preferences nearer to one half than this are a draw.
const DRAW: f64 = 1e-9;

/// What a knock-out is about, and what it is drawn by.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    /// The run's seed.
    pub seed: u64,
    /// The metric that it is judged by.
    pub metric: &'a MetricName,
    /// The case.
    pub case: &'a CaseId,
    /// Which output of each candidate.
    pub sample: u32,
}

/// A knock-out as far as it has been played.
#[derive(Debug, Clone)]
pub struct Bracket<'a> {
    draw: Draw<'a>,
    /// Who is left, in the order in which they meet: the first two, the next two, and so on.
    left: Vec<CandidateName>,
    round: u32,
    /// Whether a match could not be decided: then nobody comes first, and no more is played.
    is_broken: bool,
}

/// How a match ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The round, from 1.
    pub round: u32,
    /// Who met, as the pair's verdicts are counted: in alphabetical order.
    pub pair: Pair,
    /// Who goes on; nobody where no verdict could be read.
    pub winner: Option<CandidateName>,
    /// Whether the verdicts left it open, and the seed decided.
    pub by_lot: bool,
}

impl<'a> Bracket<'a> {
    /// A knock-out among candidates, before its first match.
    pub fn drawn<'b>(draw: Draw<'a>, candidates: impl Iterator<Item = &'b CandidateName>) -> Self {
        let mut ranked: Vec<([u8; 32], CandidateName)> =
            candidates.map(|name| (draw.hash(&[name.as_str()]), name.clone())).collect();
        ranked.sort();
        let left = ranked.into_iter().map(|(_, name)| name).collect();
        Self { draw, left, round: 1, is_broken: false }
    }

    /// Who meets in the present round, each pair in alphabetical order; nobody once it is over.
    pub fn round(&self) -> Vec<Pair> {
        if self.is_broken {
            return Vec::new();
        }
        let met = self.left.chunks_exact(2);
        met.filter_map(|two| match two {
            [a, b] if a < b => Some((a.clone(), b.clone())),
            [a, b] => Some((b.clone(), a.clone())),
            _ => None,
        })
        .collect()
    }

    /// Ends the present round: for each of its pairs, how far the verdicts prefer its first.
    pub fn advance(&mut self, preferred: &[Option<f64>]) -> Vec<Ended> {
        let pairs = self.round();
        // Who had no match meets somebody in the next round.
        let rest: Vec<CandidateName> = self.left.drain(..).skip(2 * pairs.len()).collect();
        let mut ended = Vec::new();
        for (at, pair) in pairs.into_iter().enumerate() {
            let preferred = preferred.get(at).copied().flatten();
            let by_lot = preferred.is_some_and(|preferred| (preferred - 0.5).abs() <= DRAW);
            let first_wins = match preferred {
                Some(_) if by_lot => Some(self.draw.lot(&pair)),
                preferred => preferred.map(|preferred| preferred > 0.5),
            };
            let winner = first_wins.map(|first| if first { pair.0.clone() } else { pair.1.clone() });
            ended.push(Ended { round: self.round, pair, winner, by_lot });
        }
        self.is_broken |= ended.iter().any(|ended| ended.winner.is_none());
        self.left = rest.into_iter().chain(ended.iter().filter_map(|ended| ended.winner.clone())).collect();
        self.round += 1;
        ended
    }

    /// Who came first, once that is decided.
    pub fn first(&self) -> Option<&CandidateName> {
        match self.left.as_slice() {
            [first] if !self.is_broken => Some(first),
            _ => None,
        }
    }
}

impl Draw<'_> {
    fn hash(&self, about: &[&str]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"tournament");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&self.sample.to_le_bytes());
        for text in [self.metric.as_str(), self.case.as_str()].iter().chain(about) {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// Whether the lot falls on the first of a pair.
    fn lot(&self, (first, second): &Pair) -> bool {
        let [byte, ..] = self.hash(&[first.as_str(), second.as_str()]);
        byte & 1 == 0
    }
}

/// How many rounds a knock-out of so many has at most.
pub fn rounds(candidates: usize) -> u32 {
    candidates.next_power_of_two().trailing_zeros()
}

/// How far the verdicts on a pair prefer its first: the mean over draws of a judge of which every order could be read;
/// `None` where there is none.
pub fn preferred(draws: &[Vec<Vote>]) -> Option<f64> {
    let whole = |draw: &Vec<Vote>| {
        let values: Option<Vec<f64>> = draw.iter().map(|vote| vote.value).collect();
        values.filter(|values| !values.is_empty()).map(|values| values.iter().sum::<f64>() / values.len() as f64)
    };
    let means: Vec<f64> = draws.iter().filter_map(whole).collect();
    (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
}

#[cfg(test)]
mod tests;
