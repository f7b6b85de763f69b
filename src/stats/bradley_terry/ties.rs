//! The chances of a win, a tie and a loss given the difference of two strengths, by three models.

use crate::stats::logistic::{sigmoid, softplus};

/// How a tie comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// A tie is half a win of each side (Bradley and Terry 1952 with fractional outcomes).
    #[default]
    Half,
    /// P(tie) = nu sqrt(pi_i pi_j) / (pi_i + pi_j + nu sqrt(pi_i pi_j)) (Davidson 1970).
    Davidson,
    /// P(i wins) = sigmoid(theta_i - theta_j - eta), with a threshold eta (Rao and Kupper 1967).
    RaoKupper,
}

/// Weights of wins, ties and losses of the left side.
pub(crate) type Counts = [f64; 3];

/// The chances of one comparison; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    pub win: f64,
    /// Always 0 where a tie is half a win.
    pub tie: f64,
    pub loss: f64,
}

/// First and second derivatives of a log-likelihood by the difference of strengths and by the
/// parameter of the ties; the second ones with their sign turned.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slopes {
    pub difference: f64,
    pub tie: f64,
    pub curve: f64,
    pub curve_with_tie: f64,
    pub curve_of_tie: f64,
}

/// What a comparison is worth, 0 to 1, and its derivatives by the difference and the parameter of the ties.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worth {
    pub value: f64,
    /// What it is worth to the right side: 1 less the value, with all its digits.
    pub rest: f64,
    pub by_difference: f64,
    pub by_tie: f64,
}

impl Ties {
    /// Whether ties have a parameter: ln nu, or eta.
    pub(crate) fn has_parameter(self) -> bool {
        self != Self::Half
    }

    /// The parameter with which equal sides tie as often as `share`, strictly between 0 and 1.
    pub(crate) fn start(self, share: f64) -> f64 {
        match self {
            Self::Half => 0.0,
            Self::Davidson => (2.0 * share / (1.0 - share)).ln(),
            Self::RaoKupper => 2.0 * share.atanh(),
        }
    }

    /// The parameter as it is written in the literature: nu, or eta.
    pub(crate) fn published(self, parameter: f64) -> f64 {
        if self == Self::Davidson { parameter.exp() } else { parameter }
    }

    pub(crate) fn chances(self, difference: f64, parameter: f64) -> Chances {
        match self {
            Self::Half => Chances { win: sigmoid(difference), tie: 0.0, loss: sigmoid(-difference) },
            Self::Davidson => {
                let parts = [0.5 * difference, parameter, -0.5 * difference];
                let whole = log_sum(parts);
                let [win, tie, loss] = parts.map(|part| (part - whole).exp());
                Chances { win, tie, loss }
            }
            Self::RaoKupper => {
                let (win, loss) = (sigmoid(difference - parameter), sigmoid(-difference - parameter));
                Chances { win, tie: (2.0 * parameter).exp_m1() * win * loss, loss }
            }
        }
    }

    /// What a comparison is worth to the left side, a tie being worth half, and its slopes.
    pub(crate) fn worth(self, difference: f64, parameter: f64) -> Worth {
        let p = self.chances(difference, parameter);
        let value = p.win + 0.5 * p.tie;
        let (by_difference, by_tie) = match self {
            Self::Half => (p.win * p.loss, 0.0),
            Self::Davidson => {
                let lead = p.win - p.loss;
                (0.5 * p.win * (1.0 - lead) - 0.25 * p.tie * lead, -0.5 * p.tie * lead)
            }
            Self::RaoKupper => {
                let (up, down) = (p.win * (1.0 - p.win), p.loss * (1.0 - p.loss));
                (0.5 * (up + down), 0.5 * (down - up))
            }
        };
        Worth { value, rest: p.loss + 0.5 * p.tie, by_difference, by_tie }
    }

    pub(crate) fn log_likelihood(self, [win, tie, loss]: Counts, difference: f64, parameter: f64) -> f64 {
        match self {
            Self::Half => -(win + 0.5 * tie) * softplus(-difference) - (loss + 0.5 * tie) * softplus(difference),
            Self::Davidson => {
                let parts = [0.5 * difference, parameter, -0.5 * difference];
                let whole = log_sum(parts);
                let of = |count: f64, part: f64| if count > 0.0 { count * (part - whole) } else { 0.0 };
                of(win, parts[0]) + of(tie, parts[1]) + of(loss, parts[2])
            }
            Self::RaoKupper if parameter <= 0.0 => f64::NEG_INFINITY,
            Self::RaoKupper => {
                // P(tie) = P(win) P(loss) (e^(2 eta) - 1); the last factor without overflow.
                let factor = 2.0 * parameter + (-(-2.0 * parameter).exp_m1()).ln();
                -(win + tie) * softplus(parameter - difference) - (loss + tie) * softplus(parameter + difference)
                    + tie * factor
            }
        }
    }

    /// The derivatives, as sums of positive parts: chances near 0 keep their digits.
    pub(crate) fn slopes(self, [win, tie, loss]: Counts, difference: f64, parameter: f64) -> Slopes {
        match self {
            Self::Half => {
                let (up, down) = (sigmoid(difference), sigmoid(-difference));
                let (win, loss) = (win + 0.5 * tie, loss + 0.5 * tie);
                Slopes { difference: win * down - loss * up, curve: (win + loss) * up * down, ..Slopes::default() }
            }
            Self::Davidson => {
                let p = self.chances(difference, parameter);
                let all = win + tie + loss;
                let lead = 0.5 * (p.win - p.loss);
                Slopes {
                    difference: win * (0.5 * p.tie + p.loss) - loss * (0.5 * p.tie + p.win) - tie * lead,
                    tie: tie * (p.win + p.loss) - (win + loss) * p.tie,
                    curve: all * (0.25 * p.tie * (p.win + p.loss) + p.win * p.loss),
                    curve_with_tie: -all * lead * p.tie,
                    curve_of_tie: all * p.tie * (p.win + p.loss),
                }
            }
            Self::RaoKupper => {
                let (above, below) = (difference - parameter, -difference - parameter);
                let (ups, downs) = (win + tie, loss + tie);
                let (up, down) = (ups * sigmoid(-above), downs * sigmoid(-below));
                let (curve_up, curve_down) = (up * sigmoid(above), down * sigmoid(below));
                // e^(-2 eta) and 1 - e^(-2 eta).
                let (rest, gap) = ((-2.0 * parameter).exp(), -(-2.0 * parameter).exp_m1());
                Slopes {
                    difference: up - down,
                    tie: 2.0 * tie / gap - up - down,
                    curve: curve_up + curve_down,
                    curve_with_tie: curve_down - curve_up,
                    curve_of_tie: curve_up + curve_down + 4.0 * tie * rest / (gap * gap),
                }
            }
        }
    }
}

/// ln of the sum of exponentials, without overflow.
fn log_sum(parts: [f64; 3]) -> f64 {
    let largest = parts.into_iter().fold(f64::NEG_INFINITY, f64::max);
    largest + parts.iter().map(|part| (part - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: [Ties; 3] = [Ties::Half, Ties::Davidson, Ties::RaoKupper];

    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let counts = [3.0, 1.5, 2.0];
        let h = 1e-6;
        for ties in MODELS {
            for (d, t) in [(0.3, 0.2), (-2.0, 0.7), (4.0, 1.5)] {
                let value = |d, t| ties.log_likelihood(counts, d, t);
                let slopes = ties.slopes(counts, d, t);
                let close = |ours: f64, numeric: f64| {
                    assert!((ours - numeric).abs() < 1e-6 * (1.0 + ours.abs()), "{ties:?} {d} {t}: {ours} {numeric}");
                };
                close(slopes.difference, (value(d + h, t) - value(d - h, t)) / (2.0 * h));
                close(slopes.tie, (value(d, t + h) - value(d, t - h)) / (2.0 * h));
                let ahead = ties.slopes(counts, d + h, t);
                let behind = ties.slopes(counts, d - h, t);
                close(slopes.curve, (behind.difference - ahead.difference) / (2.0 * h));
                close(slopes.curve_with_tie, (behind.tie - ahead.tie) / (2.0 * h));
                let (more, less) = (ties.slopes(counts, d, t + h), ties.slopes(counts, d, t - h));
                close(slopes.curve_of_tie, (less.tie - more.tie) / (2.0 * h));
            }
        }
    }

    #[test]
    fn the_slopes_of_a_worth_are_its_derivatives() {
        let h = 1e-6;
        for ties in MODELS {
            for (d, t) in [(0.0, 0.4), (1.3, 0.2), (-2.0, 0.9)] {
                let worth = ties.worth(d, t);
                let by_difference = (ties.worth(d + h, t).value - ties.worth(d - h, t).value) / (2.0 * h);
                let by_tie = (ties.worth(d, t + h).value - ties.worth(d, t - h).value) / (2.0 * h);
                assert!((worth.by_difference - by_difference).abs() < 1e-8, "{ties:?} {worth:?} {by_difference}");
                assert!((worth.by_tie - by_tie).abs() < 1e-8, "{ties:?} {worth:?} {by_tie}");
            }
        }
    }

    #[test]
    fn chances_add_up_and_mirror() {
        for ties in MODELS {
            for (d, t) in [(0.0, 0.4), (3.0, 0.1), (-700.0, 0.5)] {
                let (one, other) = (ties.chances(d, t), ties.chances(-d, t));
                assert!((one.win + one.tie + one.loss - 1.0).abs() < 1e-12, "{ties:?} {one:?}");
                assert_eq!((one.win, one.tie), (other.loss, other.tie));
            }
        }
    }

    #[test]
    fn the_start_ties_as_often_as_asked() {
        for ties in [Ties::Davidson, Ties::RaoKupper] {
            assert!((ties.chances(0.0, ties.start(0.3)).tie - 0.3).abs() < 1e-12);
        }
    }
}
