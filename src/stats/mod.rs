//! The numeric core: estimates, intervals and tests over plain slices of numbers.
//!
//! Everything a decision rests on is an [`Inference`]: an estimate with bounds and p-values that
//! agree with each other. The other modules give what reports add to it: correlations, agreement,
//! rank and permutation tests, corrections for many comparisons, and planning.
//!
//! No function returns NaN or an infinity. Where a number cannot be given, the answer is a
//! [`CannotEstimate`] that says why.

pub mod agreement;
pub mod asymptotic;
pub mod bca;
pub mod betting;
pub mod bootstrap;
pub mod bounded;
pub mod bradley_terry;
pub mod bridge;
mod choice;
mod cholesky;
pub mod clusters;
pub mod corrected_mean;
pub mod dawid_skene;
pub mod design;
mod dist;
pub mod equivalence;
mod error;
pub mod escalation;
pub mod exact;
pub mod gaffke;
pub mod hodges_lehmann;
pub mod inference;
pub mod krippendorff;
pub mod length_control;
pub mod levels;
pub mod logistic;
pub mod mean;
pub mod multiplicity;
mod newton;
pub mod paired;
pub mod permutation;
pub mod planning;
pub mod position;
pub mod power;
pub mod prediction_powered;
pub mod proportion;
pub mod rank;
pub mod rng;
pub mod rogan_gladen;
pub mod self_test;
pub mod sequential;
pub mod t_power;
pub mod test_retest;
pub mod variance;
pub mod weighted_vote;
pub mod wilcoxon;
pub mod wins;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod study;

pub use choice::{Sample, ScoreKind, default_for, shown_beside, shown_for, t_is_fit_to_show};
pub use error::CannotEstimate;
pub use inference::{Infer, Inference};
