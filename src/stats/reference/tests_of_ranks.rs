//! Rank and permutation tests, corrections, power.
