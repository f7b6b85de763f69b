//! The order of several candidates → a board: rank, chance to win against the baseline, the range of ranks.

use crate::analysis::{Effect, Ranked, Ranking, Share};
use crate::report::{Report, number, text};

use super::board::Board;
use super::confidence;

/// One for each pairwise metric that compared more than two candidates.
pub fn boards(report: &Report) -> Vec<Board> {
    report.analysis.ranking.iter().map(|found| board(report, found)).collect()
}

fn board(report: &Report, found: &Ranking) -> Board {
    let baseline = text::line(&found.baseline);
    let title = format!("Ranking by {}", text::line(&found.metric));
    let sure = confidence(report);
    let looks = found.freed.as_ref().map_or("looks", |freed| freed.of.as_str());
    let (equal, rank_at) = (format!("At equal {looks}"), format!("Rank at equal {looks}"));
    let (wins, ranks) = (format!("Wins against {baseline}"), format!("Rank at {sure}"));
    let head = [
        ("Candidate", 9),
        ("Rank", 9),
        (wins.as_str(), 8),
        (ranks.as_str(), 7),
        ("Strongest in", 2),
        (equal.as_str(), 5),
        (rank_at.as_str(), 3),
    ];
    let rows = found.candidates.iter().map(row).collect();
    let notes = if found.candidates.is_empty() { vec![text::line(&found.method)] } else { remarks(found) };
    Board::new(title, &head, rows, notes)
}

fn remarks(found: &Ranking) -> Vec<String> {
    let pairs = number::counted(found.n, "comparison", "comparisons");
    let cases = number::counted(found.clusters, "independent case", "independent cases");
    let mut notes = vec![text::line(&format!("{pairs} of {cases}; {}", found.method))];
    if let Some(ties) = found.ties {
        let (share, parameter) = (number::percent(Some(ties.between_equals)), number::plain(Some(ties.parameter), 2));
        notes.push(format!("Two candidates of equal strength would tie in {share} of cases (parameter {parameter})"));
    }
    let Some(freed) = &found.freed else { return notes };
    let left_out = freed.left_out.join("; ");
    if let Some(why) = &freed.problem {
        let why = if left_out.is_empty() { why } else { &left_out };
        notes.push(text::line(&format!("No strengths at equal {}: {why}", freed.of)));
        return notes;
    }
    for effect in &freed.effects {
        notes.push(format!("At equal {}: {}", freed.of, liking(effect)));
    }
    if !left_out.is_empty() {
        notes.push(format!("Not taken out: {left_out}"));
    }
    notes
}

/// What the judge makes of length or of a mark.
fn liking(effect: &Effect) -> String {
    let Share { estimate, low, high, .. } = effect.log_odds;
    let shown = number::with_interval(Some(estimate), low, high, |v| number::signed(v, 2));
    let is_length = effect.of == "length";
    let (more, less, of) = match is_length {
        true => ("what is longer".to_string(), "what is shorter".to_string(), "lengths".to_string()),
        false => (format!("more {}", effect.of), format!("fewer {}", effect.of), effect.of.clone()),
    };
    let said = match (low, high) {
        (Some(low), _) if low > 0.0 => format!("the judge likes {more}"),
        (_, Some(high)) if high < 0.0 => format!("the judge likes {less}"),
        _ => format!("no clear liking for {}", if is_length { "length" } else { &effect.of }),
    };
    format!("{said}; log-odds {shown} for a usual difference of {of}")
}

fn row(found: &Ranked) -> Vec<String> {
    let range = match (found.best_rank, found.worst_rank) {
        (Some(best), Some(worst)) if best == worst => best.to_string(),
        (Some(best), Some(worst)) => format!("{best} to {worst}"),
        _ => number::ABSENT.to_string(),
    };
    let chance = |share: Option<Share>| share.map_or_else(|| "the baseline".to_string(), |s| number::share(Some(s)));
    vec![
        text::line(&found.candidate),
        found.rank.to_string(),
        chance(found.chance),
        range,
        number::percent(found.first),
        found.at_equal.map_or_else(String::new, |at| chance(at.chance)),
        found.at_equal.map_or_else(String::new, |at| at.rank.to_string()),
    ]
}
