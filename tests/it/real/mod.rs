//! Published results, reproduced from real judge replies. Read from the folder that REAL_JUDGMENTS names.
//!
//! `REAL_JUDGMENTS=<folder> cargo test --test it real -- --nocapture` prints every published figure beside the one
//! that karat gets from the same replies.

mod alpaca;
mod cje;
mod figures;
mod head_to_head;
mod llmbar;
mod panel;
mod source;
mod suite;
mod summeval;
mod trust;
