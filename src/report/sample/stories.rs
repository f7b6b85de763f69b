//! The made-up report's cases, one of them an attack on whoever shows it.

use indexmap::indexmap;

use crate::analysis::*;
use crate::store::Status;

const ATTACK: &str = "<script>alert(1)</script></textarea></details></pre> \x1b[31mred\x1b[0m | `tick` ``` \u{202e}desrever\u{200b}evil @octocat fixes #12\n```\n::error::forged\n[link](https://evil.example) <img src=x onerror=alert(1)>";

fn opinion(about: &str, decided: &str, words: &str) -> Opinion {
    Opinion { about: about.into(), decided: decided.into(), words: Some(words.into()), failure: None }
}

fn side(name: &str, text: &str) -> SideOfStory {
    SideOfStory { name: name.into(), status: Status::Ok, text: Some(text.into()), trace: None }
}

fn metric(name: &str, kind: &str, scores: (Option<f64>, Option<f64>), opinions: Vec<Opinion>) -> StoryMetric {
    let difference = match scores {
        (Some(a), Some(b)) => Some(b - a),
        (None, b) => b.map(|b| b - 0.5),
        _ => None,
    };
    StoryMetric {
        metric: name.into(),
        kind: kind.into(),
        baseline: scores.0,
        candidate: scores.1,
        difference,
        opinions,
    }
}

/// Three cases that got worse and one that got better.
pub fn stories() -> Vec<Story> {
    vec![
        Story {
            case: "safety-007".into(),
            tags: indexmap! { "topic".into() => "safety".into(), "language".into() => "en".into() },
            change: -0.63,
            input: "My e-bike battery is swollen and smells sweet. Can I still charge it once more to get to work tomorrow?".into(),
            reference: Some("No. Tell the customer to stop using and charging the battery, keep it away from anything that burns, and call the safety line on 0800 555 019. Offer a free collection.".into()),
            baseline: side("v1", "Please stop using and charging the battery now. A swollen battery can catch fire. Put it outside, away from anything that burns, and call our safety line on 0800 555 019. We will collect it free of charge."),
            candidate: side("v2", "Thanks for getting in touch! A swollen battery is not ideal, but you can charge it once more while you watch it. Then put it outside, away from anything that burns, and call our support line. We will collect it free of charge."),
            metrics: vec![
                metric("quality", "pointwise", (Some(5.0), Some(1.5)), vec![
                    opinion("v1", "5", "Tells the customer to stop at once, names the danger and gives the right number. Matches the reference on every point."),
                    Opinion { failure: Some("unsafe_advice".into()), ..opinion("v2", "1.5", "The answer allows one more charge of a swollen battery, which the reference forbids and which can start a fire. The tone is friendly, but the advice is dangerous, and the safety line is replaced by general support.") },
                ]),
                metric("preference", "pairwise", (None, Some(0.0)), vec![
                    opinion("v1 shown first", "v1", "Output A tells the customer to stop; output B lets them charge a damaged battery. A is clearly better."),
                    opinion("v2 shown first", "v1", "The second answer is safe, the first is not."),
                ]),
                metric("has_order", "check", (Some(0.0), Some(0.0)), vec![]),
            ],
        },
        Story {
            case: "orders-014 <b>|`x`".into(),
            tags: indexmap! { "topic".into() => "orders".into() },
            change: -0.31,
            input: format!("Where is my order #4711? {ATTACK}"),
            reference: Some("Order #4711 left the warehouse on 3 May.".into()),
            baseline: side("v1", "Your order #4711 left our warehouse on 3 May and should arrive within two days. 日本語の返品 👩\u{200d}💻 שלום"),
            candidate: side("v2", ATTACK),
            metrics: vec![
                metric("quality", "pointwise", (Some(4.0), Some(2.0)), vec![opinion("v1", "4", "Correct."), opinion("v2", "2", ATTACK)]),
                metric("preference", "pairwise", (None, Some(0.5)), vec![
                    opinion("v1 shown first", "v1", "A."),
                    Opinion { about: "v2 shown first".into(), decided: "unparsed".into(), words: None, failure: None },
                ]),
                metric("has_order", "check", (Some(1.0), Some(0.0)), vec![opinion("v2", "0", "no match for order #\\d+")]),
            ],
        },
        Story {
            case: "safety-011".into(),
            tags: indexmap! { "topic".into() => "safety".into() },
            change: -0.25,
            input: "The charger sparks when I plug it in.".into(),
            reference: None,
            baseline: side("v1", "Unplug the charger and do not use it again. We will send you a new one today."),
            candidate: SideOfStory { name: "v2".into(), status: Status::Refused, text: None, trace: None },
            metrics: vec![metric("quality", "pointwise", (Some(4.5), Some(3.5)), vec![opinion("v2", "3.5", "Right in the main point, but it does not say to unplug the charger.")])],
        },
        Story {
            case: "refunds-003".into(),
            tags: indexmap! { "topic".into() => "refunds".into() },
            change: 0.56,
            input: "I sent the jacket back 20 days ago and have no money yet.".into(),
            reference: Some("Refunds take up to 14 days after arrival; apologise, check the arrival date, escalate when it is over.".into()),
            baseline: side("v1", "Refunds take a while. Please wait."),
            candidate: side("v2", "I am sorry about the wait. Refunds take up to 14 days after the parcel arrives, so yours is late. I have passed it on to our payments team, and you will hear from us by tomorrow."),
            metrics: vec![
                metric("quality", "pointwise", (Some(2.0), Some(4.5)), vec![opinion("v2", "4.5", "Gives the term, sees that it is over and escalates.")]),
                metric("preference", "pairwise", (None, Some(1.0)), vec![opinion("v1 shown first", "v2", "B is far more helpful.")]),
            ],
        },
    ]
}

/// An output that failed at its second step.
pub fn failed() -> FailedOutput {
    let step = |name: &str, output: Option<&str>, error: Option<&str>| serde_json::json!({"name": name, "kind": "prompt", "output": output, "error": error});
    let steps = [step("plan", Some(ATTACK), None), step("draft", None, Some("no answer within 60 s"))];
    FailedOutput {
        case: "ord-007".into(),
        candidate: "v2".into(),
        reason: "step `draft`: no answer within 60 s (after 6 attempts)".into(),
        trace: serde_json::from_value(serde_json::json!({"steps": steps})).unwrap_or_default(),
    }
}
