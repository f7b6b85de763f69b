//! How a sequential gate came to its end → what it judged, what that saved, and what its bounds are about, in words.

use crate::gate::Stopping;
use crate::report::{Report, number};
use crate::suite::About;

/// Two or three sentences without the last full stop; nothing where all cases are judged whatever they show.
pub fn stopping(report: &Report) -> Option<String> {
    let Stopping { stopped, cases, of, counted, about, calls_saved, usd_saved } =
        report.decision.as_ref()?.sequential.as_ref()?;
    let all = number::count(*of);
    let judged = if *stopped {
        let money = usd_saved.map_or_else(String::new, |usd| format!(" and {}", number::money(Some(usd))));
        format!(
            "Stopped after {} of {all} cases, since every blocking rule was decided: about {} calls{money} saved",
            number::count(*cases),
            number::count(*calls_saved)
        )
    } else if cases < of {
        format!("Not at its end: {} of {all} cases were begun", number::count(*cases))
    } else {
        format!("A sequential gate that came to its last case: all {all} were judged")
    };
    let early = match cases - counted {
        0 => String::new(),
        1 => ". 1 case that must pass was judged before its turn, and is in no mean yet".to_string(),
        n => {
            format!(". {} cases that must pass were judged before their turn, and are in no mean yet", number::count(n))
        }
    };
    let about = match about {
        About::AllCases => "all cases like these, as those of any other gate".to_string(),
        About::GoldSet => format!("the mean over these {all} cases, and say nothing of others"),
    };
    let rest = if *stopped {
        ". What is no rule and no difference (rankings, lengths, variance, how far the judge agrees) describes the judged \
         cases alone"
    } else {
        ""
    };
    Some(format!("{judged}{early}. Bounds hold however often one looks; they are about {about}{rest}"))
}
