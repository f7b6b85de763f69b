//! Rows of cells → lined-up columns that fit the terminal: the least needed columns go first.

use super::paint::{Ink, paint};
use crate::report::text;

/// One column.
pub struct Column {
    title: String,
    right: bool,
    /// Columns with the least of this are left out first; 9 always stays.
    need: u8,
}

/// A table that is laid out when all its rows are known.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<(String, Ink)>>,
}

/// A column with its words on the left.
pub fn left(title: impl Into<String>, need: u8) -> Column {
    Column { title: title.into(), right: false, need }
}

/// A column with its numbers on the right.
pub fn right(title: impl Into<String>, need: u8) -> Column {
    Column { title: title.into(), right: true, need }
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row: one cell a column.
    pub fn row(&mut self, cells: Vec<(String, Ink)>) {
        self.rows.push(cells);
    }

    /// The lines, each indented by two and at most `room` wide.
    pub fn lines(&self, room: usize, colour: bool) -> Vec<String> {
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|at| self.width(at)).collect();
        let mut shown: Vec<usize> = (0..self.columns.len()).filter(|at| widths[*at] > 0).collect();
        let total = |shown: &[usize], widths: &[usize]| shown.iter().map(|at| widths[*at] + 2).sum::<usize>();
        while total(&shown, &widths) > room {
            let least =
                shown.iter().copied().filter(|at| self.columns[*at].need < 9).min_by_key(|at| self.columns[*at].need);
            let Some(least) = least else { break };
            shown.retain(|at| *at != least);
        }
        let over = total(&shown, &widths).saturating_sub(room);
        // Names give way before numbers do.
        if let Some(name) = shown.iter().copied().take(2).max_by_key(|at| widths[*at]) {
            widths[name] = widths[name].saturating_sub(over).max(widths[name].min(8));
        }
        let titles: Vec<_> = self.columns.iter().map(|c| (c.title.clone(), Ink::Dim)).collect();
        let titled = shown.iter().any(|at| !titles[*at].0.is_empty());
        let rows = titled.then_some(&titles).into_iter().chain(&self.rows);
        rows.map(|row| self.line(row, &shown, &widths, colour)).collect()
    }

    fn width(&self, at: usize) -> usize {
        let cells =
            self.rows.iter().filter_map(|row| row.get(at)).map(|(cell, _)| text::width(cell)).max().unwrap_or(0);
        if cells == 0 { 0 } else { cells.max(text::width(&self.columns[at].title)) }
    }

    fn line(&self, row: &[(String, Ink)], shown: &[usize], widths: &[usize], colour: bool) -> String {
        let mut out = String::new();
        for at in shown {
            let Some((cell, ink)) = row.get(*at) else { continue };
            let cell = text::cut(cell, widths[*at]);
            let pad = " ".repeat(widths[*at].saturating_sub(text::width(&cell)));
            let painted = paint(colour, *ink, &cell);
            out.push_str("  ");
            out.push_str(&if self.columns[*at].right { pad + &painted } else { painted + &pad });
        }
        out.trim_end().to_string()
    }
}
