//! The self-test of a gate → lines for a table: what is true, and how often each rule then passes and fails.

use crate::gate::{Found, Imagined, Place, SelfTest, Tested};
use crate::report::{Report, number, text};

use super::{Unit, about};

/// One line.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Line {
    /// `quality not_worse_by 0.3`; empty where the line above says it.
    pub rule: String,
    /// What is true: `no difference`, `−0.3, on the margin`.
    pub truth: String,
    /// `4.1% (3.3% to 5.1%), an error`.
    pub passes: String,
    /// The same, of failures.
    pub fails: String,
    /// Whether more errors than promised are shown; or why there is nothing to show.
    pub note: String,
}

/// What the numbers are, in a sentence.
pub fn introduction(test: &SelfTest) -> String {
    format!(
        "Each rule on {} made-up runs of this run's own cases, in worlds whose truth is known. An error may be made in {} of them.",
        number::count(test.runs),
        number::percent(Some(test.alpha))
    )
}

/// All lines.
pub fn lines(report: &Report, test: &SelfTest) -> Vec<Line> {
    let of = |tested: &Tested| {
        let of = if tested.corrected { format!(", {}", super::CORRECTED) } else { String::new() };
        let rule = format!("{} {} {}{of}", about(&tested.metric, tested.slice.as_ref()), tested.kind, tested.margin);
        let line = |(at, world): (usize, &Imagined)| {
            line(if at == 0 { rule.clone() } else { String::new() }, world, Unit::of(report, &tested.metric))
        };
        tested.worlds.iter().enumerate().map(line).collect::<Vec<_>>()
    };
    test.rules.iter().flat_map(of).collect()
}

fn line(rule: String, world: &Imagined, unit: Unit) -> Line {
    let truth = format!("{}{}", unit.difference(Some(world.truth)), unit.name());
    let truth = match world.world {
        Place::Margin => format!("{truth}, on the margin"),
        Place::None if unit == Unit::WinRate => format!("{truth}, no difference"),
        Place::None => "no difference".to_string(),
        Place::Twice => format!("{truth}, twice the margin"),
        Place::Observed => format!("{truth}, as seen here"),
    };
    let told = |shown: (f64, f64, f64), error: bool| share(shown) + if error { ", an error" } else { "" };
    match &world.found {
        Found::Shares { passes, fails, too_often } => {
            let note = if *too_often { "TOO OFTEN".to_string() } else { String::new() };
            let (passes, fails) = (told(*passes, world.holds != Some(true)), told(*fails, world.holds != Some(false)));
            Line { rule, truth, passes, fails, note }
        }
        Found::Impossible { impossible } => {
            let (passes, fails) = (number::ABSENT.to_string(), number::ABSENT.to_string());
            Line { rule, truth, passes, fails, note: text::line(&format!("cannot be made: {impossible}")) }
        }
    }
}

fn share((share, low, high): (f64, f64, f64)) -> String {
    let range = number::interval(Some(low), Some(high), number::percent);
    format!("{} ({range})", number::percent(Some(share)))
}
