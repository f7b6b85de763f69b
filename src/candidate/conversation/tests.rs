//! Conversations whose two sides are played by hand.

use serde_json::json;

use super::*;
use crate::model::Usage;
use crate::suite::{MessageTemplate, UserSpec};

fn template_of(role: Role, content: &str) -> MessageTemplate {
    MessageTemplate { role, content: content.to_string(), file: "p.j2".to_string(), line: 1 }
}

fn talk(prompt: &str, turns: u32) -> Talk {
    let role = template_of(Role::System, "You want: {{ goal }}. End with {{ stop }}.");
    let user = UserSpec { model: "shopper".into(), role, file: None, turns, stop: "[end]".to_string() };
    let messages = vec![template_of(Role::User, prompt)];
    Talk { with: Speaker::Prompt(Prompt { messages, files: Vec::new(), model: "writer".into() }), user }
}

fn told(request: &Request) -> String {
    let line = |message: &Message| format!("{}: {}", message.role.as_str(), message.content);
    request.messages().iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What each side was told, and the end. The person says the words of `user`, one after another; the candidate answers `A1`,
/// `A2` and so on.
fn hold(talk: &Talk, before: &[CaseMessage], user: &[&str]) -> (Vec<String>, Result<Reply, Failure>) {
    let (models, input) = (IndexMap::new(), json!({"goal": "a tent"}));
    let context = [json!("Tents cost 90 EUR.")];
    let question = Question { input: &input, context: &context, messages: before };
    let (candidate, case) = ("v1".into(), "a".into());
    let aim = Aim { candidate: &candidate, case: &case, sample: 0 };
    let mut conversation = Conversation::new(talk, &models, question, aim);
    let mut asked = Vec::new();
    let end = loop {
        match conversation.advance() {
            Next::Ask(request, model) => {
                let Ask::Step { step, round, .. } = &request.ask else { panic!("{:?}", request.ask) };
                asked.push(format!("{step} {round} {model}\n{}", told(&request)));
                let text = match step.as_str() {
                    Talk::USER => user[*round as usize].to_string(),
                    _ => format!("A{}", round + 1),
                };
                let usage = Usage { input_tokens: 10, output_tokens: 2, ..Usage::default() };
                let reply = Reply { usage: Some(usage), ..Reply::of_text(text) };
                if let Err(failure) = conversation.answer(&reply, &model) {
                    break Err(failure);
                }
            }
            Next::Output(reply) => break Ok(*reply),
            Next::Failed(failure) => break Err(failure),
        }
        assert!(asked.len() < 200, "it runs away");
    };
    (asked, end)
}

fn spoken(reply: &Reply) -> Vec<String> {
    let trace = reply.trace.as_ref().unwrap();
    trace.messages.iter().map(|turn| format!("{}: {}", turn.role, turn.content)).collect()
}

#[test]
fn the_two_sides_take_turns_until_the_person_ends_it() {
    let (asked, end) = hold(&talk("Sell from: {{ context[0] }}", 9), &[], &["I need a tent", "Fine.\n[end]"]);
    insta::assert_snapshot!(asked.join("\n\n"), @r"
    user 0 shopper
    system: You want: a tent. End with [end].
    user: (You are connected with the assistant. Write your first message.)

    reply 0 writer
    system: Sell from: Tents cost 90 EUR.
    user: I need a tent

    user 1 shopper
    system: You want: a tent. End with [end].
    user: (You are connected with the assistant. Write your first message.)
    assistant: I need a tent
    user: A1
    ");
    let reply = end.unwrap();
    assert_eq!(reply.text, "A1");
    assert_eq!(spoken(&reply), ["user: I need a tent", "assistant: A1", "user: Fine."]);
    assert_eq!(reply.usage.unwrap().input_tokens, 10, "what the person takes is not the candidate's");
    let steps: Vec<_> = reply.trace.unwrap().steps.into_iter().map(|step| (step.name, step.round)).collect();
    assert_eq!(steps, [("user".into(), 0), ("reply".into(), 0), ("user".into(), 1)]);
}

#[test]
fn the_candidate_answers_no_more_often_than_it_may() {
    let (asked, end) = hold(&talk("Sell.", 3), &[], &["a", "b", "c", "never"]);
    assert_eq!(asked.len(), 6);
    let reply = end.unwrap();
    assert_eq!((reply.text.as_str(), spoken(&reply).len()), ("A3", 6));
    let ended = |reply: Reply| reply.trace.unwrap().ended;
    assert_eq!(ended(reply).as_deref(), Some("ended at its limit of 3 turns, not by the person"));
    assert_eq!(ended(hold(&talk("Sell.", 3), &[], &["a", "b", "[end]"]).1.unwrap()), None);
}

#[test]
fn a_prompt_may_write_the_conversation_itself() {
    let own = "{% for said in messages %}{{ said.role }}={{ said.content }};{% endfor %} turn {{ turn }}";
    let (asked, _) = hold(&talk(own, 2), &[], &["a", "b"]);
    assert_eq!(asked[3], "reply 1 writer\nuser: user=a;assistant=A1;user=b; turn 2");
    let (asked, _) = hold(&talk("Answer {{ input }}", 1), &[], &["a"]);
    assert_eq!(asked[1], "reply 0 writer\nuser: Answer a", "`input` is what the person said, and never the goal");
}

#[test]
fn what_a_case_brings_along_was_said_before() {
    let said = |role, content: &str| CaseMessage { role, content: content.to_string() };
    let before = [said(Role::System, "secret"), said(Role::User, "Hi"), said(Role::Assistant, "Hello")];
    let (asked, end) = hold(&talk("Sell.", 1), &before, &["a tent"]);
    assert_eq!(
        asked[0],
        "user 0 shopper\nsystem: You want: a tent. End with [end].\n\
         user: (You are connected with the assistant. Write your first message.)\nassistant: Hi\nuser: Hello"
    );
    assert_eq!(spoken(&end.unwrap()).len(), 5);
    let (asked, _) = hold(&talk("Sell.", 1), &before[..2], &[]);
    assert!(asked[0].starts_with("reply 0 writer"), "who was asked answers: {asked:?}");
}

#[test]
fn a_person_who_says_nothing_is_an_error() {
    let failure = |words: &str| hold(&talk("Sell.", 3), &[], &[words]).1.unwrap_err();
    for words in ["", "  ", "[end]", "Bye. [end]"] {
        assert_eq!(failure(words).kind, FailureKind::Step);
    }
    insta::assert_snapshot!(failure(" "), @"step `user`: the person that `shopper` plays wrote nothing, so the candidate was not asked");
    insta::assert_snapshot!(failure("[end]"), @"step `user`: the person that `shopper` plays ended the conversation with `[end]` before the candidate was asked; look at what its goal says for this case");
    let later = hold(&talk("Sell.", 3), &[], &["a tent", ""]).1.unwrap();
    assert_eq!(later.text, "A1", "silence ends what has begun");
}
