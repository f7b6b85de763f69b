//! The groups of processes that were started, each with all that its head started and that did not leave it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// A process is the head of a new group.
pub(super) fn begun(group: u32) {
    groups().insert(group);
}

/// Ends all that are in a group.
pub(super) fn end(group: u32) {
    kill(group);
    groups().remove(&group);
}

/// Ends every process and all that it started, for a program that ends without waiting for anybody.
pub fn end_all() {
    groups().iter().copied().for_each(kill);
}

/// Those that were started and not ended yet.
fn groups() -> MutexGuard<'static, BTreeSet<u32>> {
    static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(group: u32) {
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // Where nobody is left, there is nothing to end.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
