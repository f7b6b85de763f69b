//! Why there are no strengths → words, with the candidates' names.

use crate::stats::CannotEstimate;
use crate::stats::bradley_terry::CannotRank;
use crate::suite::CandidateName;

/// `items` are the candidates by their number.
pub fn words(why: &CannotRank, items: &[&CandidateName]) -> String {
    let names = |group: &[usize]| {
        let names: Vec<&str> = group.iter().filter_map(|item| Some(items.get(*item)?.as_str())).collect();
        names.join(", ")
    };
    let groups = |groups: &[Vec<usize>]| groups.iter().map(|group| names(group)).collect::<Vec<_>>();
    match why {
        CannotRank::Disconnected(found) => format!(
            "no comparison that could be read joins {}; judge cases that both sides answered",
            groups(found).join(" with ")
        ),
        CannotRank::Separated(found) => format!(
            "in the order {}, none ever lost to or tied with one behind it, so how far they are apart has no limit; more \
             or harder cases would tell",
            groups(found).join(" > ")
        ),
        CannotRank::OnlyTies => {
            "every case is a tie, and a model of ties needs some that are decided; `ties: half` reads them as they are"
                .to_string()
        }
        CannotRank::Input(CannotEstimate::TooFew("one comparison")) => "no comparison could be read".to_string(),
        other => other.to_string(),
    }
}
