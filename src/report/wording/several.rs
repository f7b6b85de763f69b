//! Panels, cascades and alarms → boards: what several judges say together, what was saved, and what points to an attack.

use crate::analysis::{CascadeFindings, PanelFindings, Share};
use crate::report::{Report, number, text};
use crate::suite::PanelRule;

use super::board::Board;

/// One for each panel and cascade, and one for all alarms.
pub fn boards(report: &Report) -> Vec<Board> {
    let analysis = &report.analysis;
    let panels = analysis.panels.iter().map(|(metric, found)| panel(metric, found));
    let cascades = analysis.cascades.iter().map(|(metric, found)| cascade(metric, found));
    panels.chain(cascades).chain(alarms(report)).collect()
}

fn shown(share: Option<Share>) -> String {
    share.map_or_else(String::new, |share| number::share(Some(share)))
}

/// A panel, held against each of its judges.
pub fn panel(metric: &str, found: &PanelFindings) -> Board {
    let head = [("Judge", 9), ("Agrees with people", 8), ("Same winner in both orders", 5), ("Weight", 6), ("Cost", 7)];
    let money = |usd: Option<f64>| usd.map_or_else(String::new, |usd| number::money(Some(usd)));
    let mut rows: Vec<Vec<String>> = found
        .judges
        .iter()
        .map(|(name, judge)| {
            let weight = judge.weight.map_or_else(String::new, |weight| number::percent(Some(weight)));
            vec![text::line(name), shown(judge.accuracy), shown(judge.position_consistency), weight, money(judge.usd)]
        })
        .collect();
    let rule = match found.rule {
        PanelRule::Mean => "their mean",
        PanelRule::Majority => "the majority",
        PanelRule::DawidSkene => "Dawid and Skene's model",
        PanelRule::Weighted => "a vote weighed by the labels, without the case's own",
    };
    let all: Option<f64> = found.judges.values().map(|judge| judge.usd).sum();
    rows.push(vec![format!("all together: {rule}"), shown(found.accuracy), String::new(), String::new(), money(all)]);
    let mut notes = Vec::new();
    if let (Some(best), Some(below)) = (&found.best_judge, found.below_best) {
        let points = |x: Option<f64>| number::plain(x.map(|x| x * 100.0), 1);
        let by = number::with_interval(Some(below.estimate), below.low, below.high, points);
        let best = text::line(best);
        if below.low.is_some_and(|low| low > 0.0) {
            notes.push(format!("The panel agrees with people less than `{best}` alone, by {by} points: use that judge, or weigh the panel by labels"));
        } else if below.estimate > 0.0 {
            notes.push(format!(
                "The panel agrees with people {by} points less than `{best}` alone, which may be chance"
            ));
        }
    }
    if let Some(differ) = found.differ {
        let alpha = found.alpha.map_or_else(String::new, |alpha| {
            let shown = number::with_interval(Some(alpha.estimate), alpha.low, alpha.high, |v| number::plain(v, 2));
            format!("; Krippendorff's alpha {shown}")
        });
        notes.push(format!(
            "The judges do not all say the same on {} of what they judged{alpha}",
            number::share(Some(differ))
        ));
    }
    notes.extend(found.note.as_deref().map(text::line));
    Board::new(format!("Panel of {}", text::line(metric)), &head, rows, notes)
}

/// A cascade: who decided, how often people say otherwise, and what was saved.
pub fn cascade(metric: &str, found: &CascadeFindings) -> Board {
    let head =
        [("Judge", 9), ("Decides from", 7), ("Judged", 5), ("Decided", 8), ("Differs from people", 8), ("Cost", 6)];
    let rows = found
        .judges
        .iter()
        .map(|(name, judge)| {
            let threshold =
                judge.threshold.map_or_else(String::new, |from| format!("{} sure", number::percent(Some(from))));
            let usd = judge.usd.map_or_else(String::new, |usd| number::money(Some(usd)));
            let counts = [number::count(judge.judged), number::count(judge.decided)];
            let [judged, decided] = counts;
            vec![text::line(name), threshold, judged, decided, shown(judge.disagreement), usd]
        })
        .collect();
    let is_calibrated = found.judges.values().any(|judge| judge.threshold.is_some());
    let (limit, sure) = (number::percent(Some(found.max_disagreement)), number::percent(Some(1.0 - found.risk)));
    let mut notes = Vec::new();
    match (&found.thresholds, &found.problem) {
        (Some(thresholds), _) => {
            let list: Vec<String> = thresholds.iter().map(|one| number::plain(Some(*one), 4)).collect();
            let does = format!("keep each judge within {limit} of the labels, with a certainty of {sure}");
            notes.push(match is_calibrated {
                false => format!("Not calibrated: the last judge decided everything. `thresholds: [{}]` would {does}", list.join(", ")),
                true => format!("By the labels of this run, `thresholds: [{}]` would {does}; only what reached a judge is known of it", list.join(", ")),
            });
        }
        (None, Some(why)) if !is_calibrated => {
            notes.push(text::line(&format!("Not calibrated, and no threshold keeps the promise of {limit}: {why}. The last judge decided everything")));
        }
        (None, _) => {}
    }
    if is_calibrated {
        let money = found.usd_saved.map_or_else(String::new, |usd| match usd >= 0.0 {
            true => format!(" and {}", number::money(Some(usd))),
            false => format!(", and cost {} more", number::money(Some(-usd))),
        });
        notes.push(format!(
            "Beside the last judge alone it saved {} to it{money}",
            number::counted(found.calls_saved, "call", "calls")
        ));
    }
    Board::new(format!("Cascade of {}", text::line(metric)), &head, rows, notes)
}

fn alarms(report: &Report) -> Option<Board> {
    let found = &report.analysis.alarms;
    if found.is_empty() {
        return None;
    }
    let head = [("Of", 9), ("What is the matter", 9), ("How often", 8), ("First case", 6)];
    let rows = found
        .iter()
        .map(|alarm| {
            vec![
                text::line(&alarm.of),
                text::line(&alarm.what),
                number::count(alarm.count),
                text::line(&alarm.first_case),
            ]
        })
        .collect();
    let notes =
        vec!["These were found without asking a model; look at the cases before you trust their scores".to_string()];
    Some(Board::new("Alarms".to_string(), &head, rows, notes))
}
