//! Tokens and prices → money, exact to a billionth of a dollar, so that sums do not depend on their order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::Usage;
use crate::suite::Prices;

/// In US dollars; more is taken for a mistake.
const MOST_A_CALL: f64 = 1e6;

/// US dollars, counted in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

impl Money {
    /// So many billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// An amount that a person wrote; `None` below zero or where it is not a number.
    pub fn from_usd(usd: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, and saturating beyond")]
        (usd.is_finite() && usd >= 0.0).then(|| Self((usd * 1e9).round() as u64))
    }

    /// What one call cost, as somebody tells it.
    ///
    /// # Errors
    /// A number that no call costs, in words: it would drown every other one.
    pub fn of_call(usd: f64) -> Result<Self, String> {
        let money = Self::from_usd(usd).filter(|_| usd <= MOST_A_CALL);
        money.ok_or_else(|| format!("`cost` is {usd:?}, and a call costs from 0 to a million US dollars"))
    }

    /// In billionths of a dollar.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// In dollars, for tables and JSON.
    #[expect(clippy::cast_precision_loss, reason = "exact up to nine million dollars")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Money {
    /// Cents from a dollar on, four places below, and never `$0.0000` for something that was paid.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("$0.00"),
            1..100_000 => f.write_str("<$0.0001"),
            100_000..999_950_000 => write!(f, "${:.4}", self.usd()),
            _ => write!(f, "${:.2}", self.usd()),
        }
    }
}

/// What a call cost; `None` where a price is not a number from zero up, since unknown is not zero.
pub fn usd(usage: &Usage, prices: &Prices) -> Option<Money> {
    let cached = usage.cached_tokens.min(usage.input_tokens);
    let parts = [
        (usage.input_tokens - cached, prices.input),
        (cached, prices.cached_input.unwrap_or(prices.input)),
        (usage.output_tokens, prices.output),
    ];
    let mut trillionths = 0_u128;
    for (tokens, price) in parts {
        // Dollars a million tokens are millionths of a dollar a token. No price is finer than a millionth of those.
        if !(0.0..=1e9).contains(&price) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1e15")]
        let a_token = (price * 1e6).round() as u128;
        trillionths += u128::from(tokens) * a_token;
    }
    Some(Money(u64::try_from((trillionths + 500) / 1000).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input_tokens: u64, cached_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, output_tokens, cached_tokens, reasoning_tokens: 0 }
    }

    #[test]
    fn each_kind_of_token_has_its_price() {
        let prices = Prices { input: 0.15, output: 0.6, cached_input: Some(0.0375) };
        assert_eq!(usd(&tokens(1000, 400, 100), &prices), Some(Money(600 * 150 + 400 * 375 / 10 + 100 * 600)));
        let no_cache = Prices { cached_input: None, ..prices };
        assert_eq!(usd(&tokens(1000, 400, 0), &no_cache), Some(Money(150_000)));
        // A provider that counts its cached tokens beside the others cannot make a cost negative.
        assert_eq!(usd(&tokens(10, 400, 0), &no_cache), Some(Money(1500)));
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(usd(&tokens(1, 0, 0), &Prices { output: wrong, ..prices }), None);
        }
    }

    #[test]
    fn money_reads_well_at_every_size() {
        let shown = [0, 1, 99_999, 12_300_000, 999_900_000, 999_999_999, 12_345_000_000].map(|n| Money(n).to_string());
        assert_eq!(shown, ["$0.00", "<$0.0001", "<$0.0001", "$0.0123", "$0.9999", "$1.00", "$12.35"]);
        assert_eq!([Money(1), Money(2)].into_iter().sum::<Money>(), Money(3));
        assert_eq!(Money::from_usd(0.5), Some(Money(500_000_000)));
        assert_eq!(Money::from_usd(-0.5), None);
        assert_eq!(Money::of_call(1e6), Ok(Money(1_000_000_000_000_000)));
        for wrong in [1e308, -0.5, f64::NAN] {
            let said = Money::of_call(wrong).unwrap_err();
            assert!(said.ends_with("and a call costs from 0 to a million US dollars"), "{said}");
        }
    }
}
