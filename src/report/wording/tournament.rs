//! Knock-outs → a board: how often each candidate came first, and how many of its matches it won.

use crate::analysis::{Contender, TournamentFindings};
use crate::report::{Report, number, text};

use super::board::Board;

/// One for each metric whose candidates met in a knock-out.
pub fn boards(report: &Report) -> Vec<Board> {
    report.analysis.tournaments.iter().map(|(metric, found)| board(metric, found)).collect()
}

fn board(metric: &str, found: &TournamentFindings) -> Board {
    let head = [("Candidate", 9), ("First in", 9), ("Matches", 5), ("Won", 7)];
    let mut contenders: Vec<(&String, &Contender)> = found.candidates.iter().collect();
    let first = |contender: &Contender| contender.first.map_or(f64::NEG_INFINITY, |share| share.estimate);
    contenders.sort_by(|(_, a), (_, b)| first(b).total_cmp(&first(a)));
    let row = |(name, contender): (&String, &Contender)| {
        let first = contender.first.map_or_else(|| number::ABSENT.to_string(), |share| number::share(Some(share)));
        vec![text::line(name), first, number::count(contender.matches), number::count(contender.won)]
    };
    let mut notes = vec![format!(
        "{} in {}, where all pairs would have taken {}; first matches were drawn by the seed, and only who came first is \
         held against rules",
        number::counted(found.matches, "match", "matches"),
        number::counted(found.tournaments, "knock-out", "knock-outs"),
        number::count(found.matches_of_all_pairs),
    )];
    if found.by_lot > 0 {
        notes.push(format!(
            "{}: the seed decided who went on, and first place is shared by those whom only draws parted",
            number::counted(found.by_lot, "match was a draw", "matches were draws")
        ));
    }
    if found.unfinished > 0 {
        let (those, could) = (number::counted(found.unfinished, "knock-out", "knock-outs"), "could not be read");
        notes.push(format!("{those} have no first, since a match {could}"));
    }
    Board::new(format!("Tournament by {}", text::line(metric)), &head, contenders.into_iter().map(row).collect(), notes)
}
