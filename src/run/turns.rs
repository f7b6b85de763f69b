//! A conversation that nobody has had yet → the tokens that each side of it will take.

use crate::candidate::tells_itself;
use crate::dataset::Case;
use crate::model::{Message, Tokens, Usage};
use crate::suite::{MessageTemplate, ModelName, Role, Speaker, Talk};

/// What a side is expected to write in one turn, and at most where that has a limit.
type Length = (u64, Option<u64>);

/// The tokens of the person's side and of the candidate's over all turns: to be expected, and at most. `tokens` counts what is
/// said to a model.
pub(super) fn conversation(
    talk: &Talk,
    case: &Case,
    user: Length,
    reply: Length,
    tokens: impl Fn(&ModelName, Vec<Message>) -> Option<Tokens>,
) -> [(Usage, Option<Usage>); 2] {
    let as_written = |message: &MessageTemplate| Message { role: message.role, content: message.content.clone() };
    let said = case.messages.iter().map(|said| Message { role: said.role, content: said.content.clone() });
    let said: Vec<Message> = said.collect();
    let input = Message { role: Role::User, content: case.input.to_string() };
    // The role is taken as it is written, with the input beside it.
    let role = [as_written(&talk.user.role), input].into_iter().chain(said.iter().cloned()).collect();
    let (own, is_told_beside) = match &talk.with {
        Speaker::Prompt(prompt) => {
            let context =
                Message { role: Role::User, content: serde_json::to_string(&case.context).unwrap_or_default() };
            let own = prompt.messages.iter().map(as_written).chain([context]).chain(said).collect();
            (own, !tells_itself(prompt))
        }
        Speaker::Service(_) => (Vec::new(), false),
    };
    let base = |name, messages| tokens(name, messages).map_or((0, None), |t| (t.expected.input_tokens, t.most));
    let (of_user, of_reply) = (base(&talk.user.model, role), base(talk.model(), own));
    let most_read = |base: Option<Usage>, bounded: bool| base.filter(|_| bounded).map(|usage| usage.input_tokens);
    // A template of the user's own may write what was said as often as it likes.
    let most_of_user = most_read(of_user.1, talk.user.file.is_none());
    let most_of_reply = most_read(of_reply.1, is_told_beside);
    let turns = u64::from(talk.user.turns);
    let lengths = (user.1.map(|most| most + FRAME), reply.1.map(|most| most + FRAME));
    [
        (
            summed(turns, of_user.0, user.0 + reply.0, 0, user.0),
            most_of_user.zip(lengths.0.zip(lengths.1)).map(|(base, (u, r))| summed(turns, base, u + r, 0, u)),
        ),
        (
            summed(turns, of_reply.0, user.0 + reply.0, user.0, reply.0),
            most_of_reply.zip(lengths.0.zip(lengths.1)).map(|(base, (u, r))| summed(turns, base, u + r, u, r)),
        ),
    ]
}

/// The frame of one message at most.
const FRAME: u64 = 32;

/// Over all turns: each reads the base, what was said in the turns before, and what was said before it in this one.
fn summed(turns: u64, base: u64, a_turn: u64, in_this: u64, written: u64) -> Usage {
    let before = turns * turns.saturating_sub(1) / 2;
    Usage {
        input_tokens: turns * (base + in_this) + before * a_turn,
        output_tokens: turns * written,
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_turn_reads_all_that_was_said_before_it() {
        // Turns of 10 and 20 tokens on a base of 100: the candidate reads 110, 140 and 170.
        let reply = summed(3, 100, 30, 10, 20);
        assert_eq!((reply.input_tokens, reply.output_tokens), (110 + 140 + 170, 60));
        let user = summed(3, 100, 30, 0, 10);
        assert_eq!((user.input_tokens, user.output_tokens), (100 + 130 + 160, 30));
        assert_eq!(summed(1, 7, 30, 0, 1).input_tokens, 7);
    }
}
