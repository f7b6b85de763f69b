//! Rows of cells → lined-up columns that fit the terminal: the least needed columns go first.

use super::paint::{Ink, paint};
use crate::report::text;

/// One column.
pub struct Column {
    title: String,
    right: bool,
    /// Columns with the least of this are left out first; 9 always stays.
    need: u8,
    /// Whether it holds names, whose ends tell them apart.
    name: bool,
    /// Whether what is too long goes on in the next line.
    wraps: bool,
}

/// A name is cut to this before any column is left out.
const LONG_NAME: usize = 40;
/// And to this while there are columns left that are more than [`SPARE`].
const NAME: usize = 24;
/// A column that goes on in the next line is no narrower than this.
const GOES_ON: usize = 12;
/// Columns of so much need are left out before a name is cut short.
const SPARE: u8 = 4;

/// A table that is laid out when all its rows are known.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<(String, Ink)>>,
}

/// A column with its words on the left.
pub fn left(title: impl Into<String>, need: u8) -> Column {
    Column { title: title.into(), right: false, need, name: false, wraps: false }
}

/// A column of names: cut in the middle where there is no room, and never left out.
pub fn names(title: impl Into<String>) -> Column {
    Column { title: title.into(), right: false, need: 9, name: true, wraps: false }
}

/// A column of what rules are about: never left out and never cut, but gone on with in the next line.
pub fn subjects(title: impl Into<String>) -> Column {
    Column { wraps: true, ..names(title) }
}

/// A column of words, never left out and never cut, but gone on with in the next line.
pub fn wrapped(title: impl Into<String>) -> Column {
    Column { wraps: true, ..left(title, 9) }
}

/// A column with its numbers on the right.
pub fn right(title: impl Into<String>, need: u8) -> Column {
    Column { title: title.into(), right: true, need, name: false, wraps: false }
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
        let shorten = |shown: &[usize], widths: &mut [usize], least: usize| {
            for name in shown.iter().copied().filter(|at| self.columns[*at].name) {
                let over = total(shown, widths).saturating_sub(room);
                widths[name] -= over.min(widths[name].saturating_sub(least));
            }
        };
        // A very long name gives way before a whole column does; what is left still tells it from its neighbours.
        shorten(&shown, &mut widths, LONG_NAME);
        while total(&shown, &widths) > room {
            let spare = shown.iter().copied().filter(|at| self.columns[*at].need <= SPARE);
            let Some(least) = spare.min_by_key(|at| self.columns[*at].need) else { break };
            shown.retain(|at| *at != least);
        }
        shorten(&shown, &mut widths, NAME);
        while total(&shown, &widths) > room {
            let least =
                shown.iter().copied().filter(|at| self.columns[*at].need < 9).min_by_key(|at| self.columns[*at].need);
            let Some(least) = least else { break };
            shown.retain(|at| *at != least);
        }
        // What can go on in the next line gives way evenly.
        while total(&shown, &widths) > room {
            let goes_on = shown.iter().copied().filter(|at| self.columns[*at].wraps && widths[*at] > GOES_ON);
            let Some(wide) = goes_on.max_by_key(|at| widths[*at]) else { break };
            widths[wide] -= 1;
        }
        let over = total(&shown, &widths).saturating_sub(room);
        // Words give way before numbers do.
        if let Some(wide) = shown.iter().copied().filter(|at| !self.columns[*at].right).max_by_key(|at| widths[*at]) {
            widths[wide] = widths[wide].saturating_sub(over).max(widths[wide].min(8));
        }
        let titles: Vec<_> = self.columns.iter().map(|c| (c.title.clone(), Ink::Dim)).collect();
        let titled = shown.iter().any(|at| !titles[*at].0.is_empty());
        let rows = titled.then_some(&titles).into_iter().chain(&self.rows);
        rows.flat_map(|row| self.broken(row, &widths)).map(|row| self.line(&row, &shown, &widths, colour)).collect()
    }

    /// A row as the rows that it takes: more than one where a cell goes on.
    fn broken(&self, row: &[(String, Ink)], widths: &[usize]) -> Vec<Vec<(String, Ink)>> {
        let mut rows = vec![row.to_vec()];
        for (at, _) in self.columns.iter().enumerate().filter(|(_, column)| column.wraps) {
            let (Some((cell, ink)), Some(width)) = (row.get(at), widths.get(at)) else { continue };
            if text::width(cell) <= *width {
                continue;
            }
            for (line, part) in text::wrap(cell, (*width).max(1)).into_iter().enumerate() {
                if rows.len() <= line {
                    rows.push(vec![(String::new(), *ink); self.columns.len()]);
                }
                let place = rows.get_mut(line).and_then(|row| row.get_mut(at));
                place.into_iter().for_each(|place| place.0.clone_from(&part));
            }
        }
        rows
    }

    fn width(&self, at: usize) -> usize {
        let cells =
            self.rows.iter().filter_map(|row| row.get(at)).map(|(cell, _)| text::width(cell)).max().unwrap_or(0);
        if cells == 0 { 0 } else { cells.max(text::width(&self.columns[at].title)) }
    }

    /// A name of a column cut to its width, so that no other one of the column looks the same.
    fn name(&self, cell: &str, at: usize, width: usize) -> String {
        let cut = text::middle(cell, width);
        if cut == cell {
            return cut;
        }
        let others = self.rows.iter().filter_map(|row| row.get(at)).map(|(other, _)| other.as_str());
        let mut alike = others.filter(|other| *other != cell && text::middle(other, width) == cut);
        alike.next().map_or(cut.clone(), |other| text::apart(cell, other, width))
    }

    fn line(&self, row: &[(String, Ink)], shown: &[usize], widths: &[usize], colour: bool) -> String {
        let mut out = String::new();
        for at in shown {
            let Some((cell, ink)) = row.get(*at) else { continue };
            let cell =
                if self.columns[*at].name { self.name(cell, *at, widths[*at]) } else { text::cut(cell, widths[*at]) };
            let pad = " ".repeat(widths[*at].saturating_sub(text::width(&cell)));
            let painted = paint(colour, *ink, &cell);
            out.push_str("  ");
            out.push_str(&if self.columns[*at].right { pad + &painted } else { painted + &pad });
        }
        out.trim_end().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_cut_are_told_apart() {
        let mut table = Table::new(vec![names("metric"), right("value", 9)]);
        for letter in ["A", "B", "C"] {
            let name = format!("answers-the-question-{letter}-as-people-want-it-to-be-answered");
            table.row(vec![(name, Ink::Plain), ("1".to_string(), Ink::Plain)]);
        }
        table.row(vec![("short".to_string(), Ink::Plain), ("1".to_string(), Ink::Plain)]);
        let lines = table.lines(40, false);
        assert!(lines.iter().all(|line| text::width(line) <= 40), "{lines:?}");
        for letter in ["A", "B", "C"] {
            assert_eq!(lines.iter().filter(|line| line.contains(&format!("-{letter}-as-"))).count(), 1, "{lines:?}");
        }
    }
}
