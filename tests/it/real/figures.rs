//! Published figures beside those that karat got: a table, and a test that they agree.

use std::fmt::Write;

/// Figures of one source.
pub struct Figures {
    name: &'static str,
    tolerance: f64,
    rows: Vec<(String, f64, f64)>,
}

impl Figures {
    /// None yet. Figures agree where they differ by no more than `tolerance`.
    pub fn new(name: &'static str, tolerance: f64) -> Self {
        Self { name, tolerance, rows: Vec::new() }
    }

    /// One figure more.
    pub fn add(&mut self, what: impl Into<String>, published: f64, ours: impl Into<Option<f64>>) {
        self.rows.push((what.into(), published, ours.into().unwrap_or(f64::NAN)));
    }

    /// Prints the table and its sum, and fails where a figure differs.
    pub fn settle(self) {
        let width = self.rows.iter().map(|(what, ..)| what.len()).max().unwrap_or_default();
        let mut table = format!("\n{:width$}  {:>16}  {:>16}\n", self.name, "published", "karat");
        let (mut largest, mut different) = (0.0_f64, Vec::new());
        for (what, published, ours) in &self.rows {
            let difference = (ours - published).abs();
            let differs = ours.is_nan() || difference > self.tolerance;
            let mark = if differs { "  DIFFERS" } else { "" };
            writeln!(table, "{what:width$}  {:>16}  {:>16}{mark}", number(*published), number(*ours)).unwrap();
            if differs {
                different.push(what.as_str());
            }
            largest = largest.max(difference);
        }
        let (checked, equal) = (self.rows.len(), self.rows.len() - different.len());
        let tolerance = self.tolerance;
        println!(
            "{table}=> {}: {checked} figures, {equal} equal (to {tolerance:.0e}), largest difference {largest:.1e}",
            self.name
        );
        assert!(checked > 0, "{}: nothing was compared", self.name);
        assert!(different.is_empty(), "{}: {different:?} differ", self.name);
    }
}

/// Plain where plain is readable, else with an exponent.
fn number(value: f64) -> String {
    if value == 0.0 || value.abs() >= 1e-3 { format!("{value:.9}") } else { format!("{value:.6e}") }
}
