//! A calibration → what people read: how far each judge agrees with the humans, and where it does not.

mod html;
mod markdown;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

use indexmap::IndexMap;

use crate::analysis::{Calibration, CascadeFindings, PanelFindings};

pub use html::html;
pub use markdown::markdown;
pub use terminal::{brief, render};

/// A calibration, and the panels and cascades that stand beside it.
#[derive(Debug, Clone, Copy)]
pub struct Calibrated<'a> {
    /// The suite's name.
    pub suite: &'a str,
    /// What was found.
    pub found: &'a Calibration,
    /// Intervals are two-sided at 1 − alpha.
    pub alpha: f64,
    /// By metric: each judge of a panel, and the panel.
    pub panels: &'a IndexMap<String, PanelFindings>,
    /// By metric: each judge of a cascade.
    pub cascades: &'a IndexMap<String, CascadeFindings>,
}

/// How a calibration is shown on a terminal.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The terminal's width.
    pub columns: usize,
    /// Whether colour is wanted.
    pub colour: bool,
    /// How many disagreements are listed.
    pub shown: usize,
}
