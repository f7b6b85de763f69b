//! When the thread that prepares cases works on some itself.
//!
//! Where replies are at hand, one thread would else do all the work and this one none. Where they have to be waited for, it
//! would only be in the way of those who make calls.

use futures_util::FutureExt;
use tokio::task::{JoinSet, unconstrained};

use super::feed::Feed;

/// It rests no longer than two to this power.
const LONGEST_REST: u32 = 6;

/// How it went so far.
#[derive(Debug, Default)]
pub(super) struct Lending {
    /// So often no hand is lent, since the last piece of work had to wait.
    rests: u32,
    /// So often in a row it was that way.
    waits: u32,
}

impl Lending {
    /// Does work until little is left, or until a piece has to wait: that one is gone on with beside the other hands.
    ///
    /// # Errors
    /// Those of the work.
    pub(super) fn lend<T, E, W>(
        &mut self,
        feed: &Feed<T>,
        carry_out: impl Fn(T) -> W,
        hands: &mut JoinSet<Result<(), E>>,
    ) -> Result<(), E>
    where
        E: Send + 'static,
        W: Future<Output = Result<(), E>> + Send + 'static,
    {
        if self.rests > 0 {
            self.rests -= 1;
            return Ok(());
        }
        while let Some(work) = feed.spare() {
            let mut work = Box::pin(carry_out(work));
            match unconstrained(&mut work).now_or_never() {
                Some(done) => {
                    done?;
                    self.waits = 0;
                }
                None => {
                    hands.spawn(work);
                    self.waits = LONGEST_REST.min(self.waits + 1);
                    self.rests = 1 << self.waits;
                    break;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_to_wait_makes_it_rest_longer_each_time_and_what_is_at_hand_ends_that() {
        let (feed, mut hands, mut lending) = (Feed::new(2), JoinSet::new(), Lending::default());
        feed.put(0..200);
        let mut lent = |is_at_hand: bool| {
            let carry_out = |_| async move {
                if !is_at_hand {
                    tokio::task::yield_now().await;
                }
                Ok::<(), ()>(())
            };
            let before = hands.len();
            lending.lend(&feed, carry_out, &mut hands).unwrap();
            hands.len() - before
        };
        let waited: Vec<usize> = (0..200).filter(|_| lent(false) == 1).collect();
        assert_eq!(waited, [0, 3, 8, 17, 34, 67, 132, 197]);
        // It rests once more, and then does all but the little that is left for others.
        assert_eq!((0..200).map(|_| lent(true)).sum::<usize>(), 0);
        feed.put([200, 201]);
        assert_eq!((lent(false), lent(false), lent(false), lent(false)), (1, 0, 0, 1));
        hands.join_all().await;
    }
}
