//! Findings and policy → a decision, with the reason in one sentence.

mod claim;
mod correct;
mod decide;
mod decision;
mod orders;
mod outlook;
mod rule;
mod self_test;
#[cfg(test)]
mod tests;
mod validity;
mod words;

pub use decide::{Contest, decide};
pub use decision::{Correcting, Decision, RuleState, Ruling, Stopping, Verdict};
pub use orders::{contradictions, waverings};
pub use outlook::{Basis, Counted, Labels, Outlook, Promise, Repeated, Truth, Wishes, outlook};
pub use self_test::{Found, Imagined, Place, SelfTest, Tested, rehearse};
pub use validity::{absent, passed_canaries, problems, silent};
pub(crate) use words::limited;
