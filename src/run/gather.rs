//! The cases of a source, as they go by once → which of them are kept, and what is wrong or odd about them.

use super::cases::Intake;
use super::foresight::{Labels, Prompts, Reach};
use super::gold::Gold;
use super::lookups::Lookups;
use crate::dataset::{Case, Kept, Selection, Sieve, Source};
use crate::diagnostic::Diagnostics;
use crate::suite::Suite;

/// Sees every case of a source.
pub(super) struct Gathering<'a> {
    reach: Reach<'a>,
    labels: Labels<'a>,
    gold: Gold<'a>,
    lookups: Lookups<'a>,
    sieve: Sieve<'a>,
    intake: Intake<'a>,
}

/// What was learned of all cases.
pub(super) struct Gathered<'a> {
    /// The cases that are kept.
    pub kept: Kept,
    /// What is known of each of these.
    pub intake: Intake<'a>,
    /// Rules that no case is under, and gold that rubrics show or checks look up and no case has.
    pub wrong: Diagnostics,
    /// What is odd about labels and other gold, in words.
    pub notes: Vec<String>,
}

impl<'a> Gathering<'a> {
    /// Looks at cases for `suite`, which the command line narrowed from the `whole` one, and fills in `prompts`.
    pub fn new(suite: &'a Suite, whole: &'a Suite, selection: &'a Selection, prompts: Prompts<'a>) -> Self {
        Self {
            reach: Reach::new(suite),
            labels: Labels::new(whole),
            gold: Gold::new(suite),
            lookups: Lookups::new(suite),
            sieve: Sieve::new(selection),
            intake: Intake::new(suite, prompts),
        }
    }

    /// Sees the next case.
    pub fn see(&mut self, case: &Case) {
        self.reach.see(case);
        self.labels.see(case);
        self.gold.see(case);
        self.lookups.see(case);
        if self.sieve.see(case) {
            self.intake.see(case);
        }
    }

    /// What was learned, once all cases of the source were seen.
    ///
    /// # Errors
    /// A selection that names what no case has or leaves no case; a source that cannot be read again.
    pub fn finish(self, source: &dyn Source) -> Result<Gathered<'a>, Diagnostics> {
        let Self { reach, labels, gold, lookups, sieve, mut intake } = self;
        let kept = sieve.finish(|| source.cases())?;
        if intake.is_empty() {
            intake.see_kept(source, &kept)?;
        }
        let mut wrong = Diagnostics(reach.nothing(|| source.cases())?);
        let mut notes = Vec::new();
        for (absent, odd) in [gold.finish(), lookups.finish()] {
            wrong.0.extend(absent);
            notes.extend(odd);
        }
        notes.extend(labels.notes());
        Ok(Gathered { kept, intake, wrong, notes })
    }
}
