//! What is left to a case of the time that its calls may take → how long one call is waited for, and what is said then.

use std::time::Duration;

use super::{Failure, FailureKind};

/// The most that a call may take, since its case has a limit. It counts from when somebody is busy with the call, as its
/// latency does: waits for a turn are nobody's fault, and attempts that failed are the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What is left for this call.
    pub left: Duration,
    /// The limit, for all calls of the case together.
    pub limit: Duration,
}

impl Allowance {
    /// What a call that took longer ends as. It says nothing of who was asked.
    pub(super) fn used_up(&self) -> Failure {
        let words = format!("the case is at its limit of {:?}, and the call was broken off", self.limit);
        Failure::new(FailureKind::Limit, words)
    }
}

/// Waits for a call no longer than its case allows.
///
/// # Errors
/// That it was broken off.
pub(super) async fn within<T>(allowance: Option<Allowance>, call: impl Future<Output = T>) -> Result<T, Failure> {
    match allowance {
        Some(allowance) => tokio::time::timeout(allowance.left, call).await.map_err(|_| allowance.used_up()),
        None => Ok(call.await),
    }
}
