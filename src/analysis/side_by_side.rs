//! Pieces of work that do not hang together → their results in order, made by several threads.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{available_parallelism, scope};

/// More threads than this would wait for the one that takes the results.
const MOST_THREADS: usize = 8;

/// Works on each item and hands what comes of it to `take`, in the order of the items, whatever the number of threads.
/// So many items `ahead` a thread may be in work or wait to be taken.
///
/// # Errors
/// What `take` fails with; nothing more is begun then.
pub(super) fn side_by_side<T: Send, R: Send, E>(
    items: impl IntoIterator<Item = T>,
    ahead: usize,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    let (work, ahead) = (&work, ahead.max(1));
    scope(|scope| {
        let start = |_| -> (SyncSender<T>, Receiver<R>) {
            let (hand, items) = sync_channel(ahead);
            let (give, results) = sync_channel(ahead);
            // Nobody takes what comes after an error.
            scope.spawn(move || items.into_iter().try_for_each(|item: T| give.send(work(item)).ok()));
            (hand, results)
        };
        let workers: Vec<_> = (0..threads).map(start).collect();
        let (mut hands, mut results) = (workers.iter().cycle(), workers.iter().cycle());
        let mut under_way = 0;
        let mut taken = || match results.next().and_then(|(_, results)| results.recv().ok()) {
            Some(result) => take(result).map(|()| true),
            // A thread that gives nothing has panicked, and the scope passes that on.
            None => Ok(false),
        };
        for item in items {
            if under_way == ahead * threads {
                if !taken()? {
                    return Ok(());
                }
                under_way -= 1;
            }
            if hands.next().is_none_or(|(hand, _)| hand.send(item).is_err()) {
                return Ok(());
            }
            under_way += 1;
        }
        while under_way > 0 && taken()? {
            under_way -= 1;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_and_few_are_under_way() {
        let (begun, mut taken) = (AtomicUsize::new(0), Vec::new());
        let threads = available_parallelism().unwrap().get().min(MOST_THREADS);
        let work = |n: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(if n.is_multiple_of(7) { 900 } else { 20 }));
            n * n
        };
        let take = |square: usize| {
            taken.push(square);
            let ahead = begun.load(Ordering::Relaxed) - taken.len();
            assert!(ahead <= 3 * threads, "{ahead}");
            Ok::<_, ()>(())
        };
        side_by_side(0..200, 3, work, take).unwrap();
        assert_eq!(taken, (0..200).map(|n| n * n).collect::<Vec<_>>());
        side_by_side(0..0, 3, |n: usize| n, |_| Err(())).unwrap();
    }

    #[test]
    fn an_error_ends_it_and_a_panic_is_passed_on() {
        let begun = AtomicUsize::new(0);
        let work = |n: usize| begun.fetch_add(1, Ordering::Relaxed) + n;
        assert_eq!(
            side_by_side(0..100_000, 1, work, |n| if n < 3 { Ok(()) } else { Err(n) }).map_err(|n| n >= 3),
            Err(true)
        );
        assert!(begun.load(Ordering::Relaxed) < 100);
        let broken = || side_by_side(0..9, 1, |n: usize| assert!(n < 4), |()| Ok::<_, ()>(()));
        assert!(std::panic::catch_unwind(broken).is_err());
    }
}
