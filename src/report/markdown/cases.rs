//! Stories of regressed cases → `<details>` blocks, as many as there is room for.

use crate::analysis::{SideOfStory, Story};
use crate::report::{Report, number, text, wording};

use super::escape::{block, inline};

/// So many characters of one text are shown.
const TEXT: usize = 4000;

/// The regressed cases, the worst first, in at most `room` characters, and how many are left out.
pub fn write(report: &Report, room: usize) -> String {
    let stories: Vec<&Story> = wording::regressions(report).collect();
    if stories.is_empty() {
        return wording::none_worse(report)
            .map_or_else(String::new, |told| format!("### Cases\n\n{}\n\n", inline(&told)));
    }
    let mut out = "### Cases that got worse\n\n".to_string();
    let mut used = out.chars().count() + 200;
    let mut shown = 0;
    for story in &stories {
        let told = tell(report, story);
        used += told.chars().count();
        if used > room {
            break;
        }
        out.push_str(&told);
        shown += 1;
    }
    let left = stories.len() - shown;
    if left > 0 {
        let cases = number::counted(left as u64, "case that got worse is", "cases that got worse are");
        out.push_str(&format!("{cases} left out here for want of room; the full report has them.\n\n"));
    }
    out
}

/// How far outputs came that failed, in at most `room` characters.
pub fn failed(report: &Report, room: usize) -> String {
    let mut out = String::new();
    for output in &report.analysis.failed {
        let mut told = format!("<details><summary>{}</summary>\n", short(&wording::failed(output)));
        for (title, words) in wording::parts(&output.trace) {
            told.push_str(&format!("<p><b>{title}</b></p>\n<blockquote>{}</blockquote>\n", of_way(&words)));
        }
        told.push_str("</details>\n\n");
        let title = if out.is_empty() { "### How far outputs came that failed\n\n" } else { "" };
        if out.chars().count() + title.chars().count() + told.chars().count() > room {
            break;
        }
        out.push_str(title);
        out.push_str(&told);
    }
    out
}

/// One case. All of it is HTML on lines of their own, without a blank line, so that nothing in it is read as Markdown.
fn tell(report: &Report, story: &Story) -> String {
    let about: Vec<String> = wording::whose(report, story)
        .into_iter()
        .chain((!story.tags.is_empty()).then(|| wording::tags(&story.tags)))
        .map(|words| short(&words))
        .collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
    let mut out = format!(
        "<details><summary><b>{}</b>{about}: {}</summary>\n",
        short(&story.case),
        short(&wording::change(report, story))
    );
    let mut part =
        |title: &str, words: &str| out.push_str(&format!("<p><b>{title}</b></p>\n<blockquote>{words}</blockquote>\n"));
    for metric in &story.metrics {
        for opinion in wording::opinions(report, metric) {
            let failure = opinion.failure.as_ref().map(|f| format!(" ({})", short(f))).unwrap_or_default();
            let title = format!(
                "{} on {}: {}{failure}",
                short(&metric.metric),
                short(&opinion.about),
                short(&wording::decided(report, metric, opinion))
            );
            part(&title, &opinion.words.as_deref().map_or_else(|| "no words were given".to_string(), long));
        }
    }
    part("Input", &long(&story.input));
    if let Some(reference) = &story.reference {
        part("Reference", &long(reference));
    }
    for side in [&story.baseline, &story.candidate] {
        part(&short(&side.name), &output(side));
    }
    if let Some(parting) = story.parting() {
        part("Where the ways part", &long(&wording::parting(&parting, &story.baseline.name, &story.candidate.name)));
    }
    for side in [&story.baseline, &story.candidate] {
        for (title, told) in side.trace.as_ref().map(wording::parts).unwrap_or_default() {
            part(&format!("{}: {title}", short(&side.name)), &of_way(&told));
        }
    }
    out.push_str("</details>\n\n");
    out
}

/// A part of a way, of which so much is shown: more of its start, and its end, where it may have failed.
fn of_way(untrusted: &str) -> String {
    const WAY: usize = 600;
    let (_, left) = text::cut_chars(untrusted, WAY);
    // To say so little less is not worth the words.
    if left <= WAY / 3 {
        return block(untrusted);
    }
    let (start, rest) = text::cut_chars(untrusted, 2 * WAY / 3);
    let end = untrusted.char_indices().rev().nth(WAY / 3 - 1).map_or(untrusted, |(at, _)| &untrusted[at..]);
    let gap = number::counted((rest - WAY / 3) as u64, "character", "characters");
    format!("{} … ({gap} left out) … {}", block(start), block(end))
}

fn output(side: &SideOfStory) -> String {
    side.text.as_deref().map_or_else(|| format!("no output: {}", side.status.as_str()), long)
}

fn short(untrusted: &str) -> String {
    block(&text::cut(&text::line(untrusted), 200))
}

fn long(untrusted: &str) -> String {
    let (kept, left) = text::cut_chars(untrusted, TEXT);
    let more = if left > 0 { format!("… ({} more characters)", number::count(left as u64)) } else { String::new() };
    format!("{}{more}", block(kept))
}
