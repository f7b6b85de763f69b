//! What an endpoint says to our key → whether more requests may be sent there, with time put in.
//!
//! A key that is refused is a mistake that no case can mend, so a few requests find that out and the others are not
//! sent. Once the endpoint has answered anything, a refusal is about one request and no longer about the key. What the
//! key may spend can be used up at any time, and is not there again a minute later.

use std::time::Duration;

use tokio::time::Instant;

/// So many requests go out before the first one is answered, and so many refusals close the endpoint.
const FEW: u32 = 3;

/// The first answer is not waited for longer than this: servers look at a key before they work.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// What is against a key, in the words of the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is none, or not for this.
    Key(String),
    /// What it may spend is used up.
    Quota(String),
}

/// What is known of the key.
#[derive(Debug, Default)]
pub(super) enum KeyCheck {
    /// Nothing was sent yet.
    #[default]
    Unused,
    /// Requests are under way, and so many were refused.
    Trying { since: Instant, refused: u32 },
    /// It was taken.
    Taken,
    /// So many requests in a row heard that its quota is used up.
    UsedUp(u32),
    /// It is of no use any more, and the words for that.
    Refused(String),
}

impl KeyCheck {
    /// Whether a request may be sent now, with so many under way: else from when on, where no answer comes before. One
    /// that was refused still counts.
    pub(super) fn ask(&self, under_way: usize, now: Instant) -> Result<(), Instant> {
        match self {
            Self::Trying { since, refused }
                if under_way + *refused as usize >= FEW as usize && now < *since + LONGEST_WAIT =>
            {
                Err(*since + LONGEST_WAIT)
            }
            _ => Ok(()),
        }
    }

    /// A request is sent.
    pub(super) fn send(&mut self, now: Instant) {
        if matches!(self, Self::Unused) {
            *self = Self::Trying { since: now, refused: 0 };
        }
    }

    /// A request was answered with something else than a refusal of the key.
    pub(super) fn take(&mut self) {
        if matches!(self, Self::Unused | Self::Trying { .. } | Self::UsedUp(_)) {
            *self = Self::Taken;
        }
    }

    /// A request was refused for its key.
    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        match (&mut *self, refusal) {
            (Self::Refused(_), _) => {}
            (Self::Trying { refused, .. }, Refusal::Key(words)) => {
                *refused += 1;
                if *refused >= FEW {
                    *self = Self::Refused(format!("the key was refused {FEW} times and never taken ({words})"));
                }
            }
            (_, Refusal::Key(_)) => {}
            (known, Refusal::Quota(words)) => {
                let times = if let Self::UsedUp(times) = known { *times + 1 } else { 1 };
                *self = match times {
                    FEW.. => {
                        Self::Refused(format!("its quota is used up, {FEW} requests in a row were told ({words})"))
                    }
                    _ => Self::UsedUp(times),
                };
            }
        }
    }

    /// Why nothing is sent any more.
    pub(super) fn refused(&self) -> Option<&str> {
        match self {
            Self::Refused(words) => Some(words),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_go_first_and_the_others_when_one_is_answered_or_none_is_soon() {
        let now = Instant::now();
        let mut key = KeyCheck::default();
        assert_eq!(key.ask(0, now), Ok(()));
        key.send(now);
        assert_eq!(key.ask(2, now), Ok(()));
        assert_eq!(key.ask(3, now), Err(now + LONGEST_WAIT));
        assert_eq!(key.ask(3, now + LONGEST_WAIT), Ok(()));
        key.take();
        assert_eq!(key.ask(3, now), Ok(()));
    }

    fn no_key(words: &str) -> Refusal {
        Refusal::Key(words.to_string())
    }

    #[test]
    fn a_quota_that_is_used_up_closes_it_at_any_time_unless_something_is_answered_in_between() {
        let used_up = Refusal::Quota("429".to_string());
        let mut key = KeyCheck::default();
        key.send(Instant::now());
        key.take();
        for _ in 0..5 {
            (0..2).for_each(|_| key.refuse(&used_up));
            assert_eq!((key.refused(), key.ask(99, Instant::now())), (None, Ok(())));
            key.take();
        }
        (0..3).for_each(|_| key.refuse(&used_up));
        assert_eq!(key.refused(), Some("its quota is used up, 3 requests in a row were told (429)"));
        key.take();
        assert!(key.refused().is_some());
    }

    #[test]
    fn a_few_refusals_close_it_unless_the_key_was_ever_taken() {
        let mut key = KeyCheck::default();
        key.send(Instant::now());
        (0..2).for_each(|_| key.refuse(&no_key("401")));
        assert_eq!(key.refused(), None);
        key.refuse(&no_key("401"));
        assert_eq!(key.refused(), Some("the key was refused 3 times and never taken (401)"));
        key.take();
        assert!(key.refused().is_some());

        let mut key = KeyCheck::default();
        key.send(Instant::now());
        key.take();
        (0..9).for_each(|_| key.refuse(&no_key("403")));
        assert_eq!(key.refused(), None);
    }
}
