//! A small table with a title and remarks, as every format shows it: what stands beside the differences.

use crate::report::Report;

use super::{corrected, length, ranking, several, tournament, variance};

/// Cells and remarks are words for one line each, with names that a user chose made safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// What it is about.
    pub title: String,
    /// A title for each column.
    pub head: Vec<String>,
    /// How much each column is needed where there is little room; those with the least go first, and 9 stays.
    pub needs: Vec<u8>,
    /// Rows, whose first cell names them.
    pub rows: Vec<Vec<String>>,
    /// Remarks, each a sentence without its stop.
    pub notes: Vec<String>,
}

impl Board {
    /// Without the columns in which no row has anything.
    pub fn new(title: String, head: &[(&str, u8)], rows: Vec<Vec<String>>, notes: Vec<String>) -> Self {
        let used = |at: usize| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()));
        let kept: Vec<usize> = (0..head.len()).filter(|at| used(*at)).collect();
        let of = |row: &[String]| kept.iter().filter_map(|at| row.get(*at).cloned()).collect::<Vec<String>>();
        let titles: Vec<String> = head.iter().map(|(title, _)| (*title).to_string()).collect();
        let needs = kept.iter().filter_map(|at| Some(head.get(*at)?.1)).collect();
        Self { title, head: of(&titles), needs, rows: rows.iter().map(|row| of(row)).collect(), notes }
    }
}

/// The boards of a report, in the order in which they are read.
pub fn boards(report: &Report) -> Vec<Board> {
    let first = corrected::board(report).into_iter().chain(tournament::boards(report)).chain(ranking::boards(report));
    let beside = length::board(report).into_iter().chain(variance::board(report));
    first.chain(several::boards(report)).chain(beside).collect()
}
