//! Panels and cascades of a calibration → what a person reads beside it.

use indexmap::IndexMap;

use super::calibration::View;
use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, names};
use super::text;
use super::wording::board::Board;
use super::wording::several;
use crate::analysis::{CascadeFindings, PanelFindings};

/// A board for each panel and cascade.
pub(super) fn boards(
    panels: &IndexMap<String, PanelFindings>,
    cascades: &IndexMap<String, CascadeFindings>,
) -> Vec<Board> {
    let panels = panels.iter().map(|(metric, found)| several::panel(metric, found));
    panels.chain(cascades.iter().map(|(metric, found)| several::cascade(metric, found))).collect()
}

/// The same on a terminal; nothing where no metric has several judges.
pub fn render(
    panels: &IndexMap<String, PanelFindings>,
    cascades: &IndexMap<String, CascadeFindings>,
    view: &View,
) -> String {
    let mut lines = Vec::new();
    for board in boards(panels, cascades) {
        lines.push(paint(view.colour, Ink::Bold, &board.title));
        let columns = board.head.iter().zip(&board.needs);
        let column = |(title, need): (&String, &u8)| if *need == 9 { names(title) } else { left(title, *need) };
        let mut table = Table::new(columns.map(column).collect());
        for row in board.rows {
            table.row(row.into_iter().map(|cell| (cell, Ink::Plain)).collect());
        }
        lines.extend(table.lines(view.columns, view.colour));
        lines.extend(board.notes.iter().flat_map(|note| text::wrap(note, view.columns)));
        lines.push(String::new());
    }
    text::inert(&lines.join("\n"))
}
