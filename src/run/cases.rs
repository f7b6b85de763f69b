//! The cases of a plan: where they are read from, which of them are meant, and what each looked like.

use std::sync::Arc;

use super::foresight::Prompts;
use super::sequence::{Sequenced, Sequencing};
use crate::dataset::{Case, Digest, DigestOfAll, Kept, Source};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::store::Sequence;
use crate::suite::Suite;

/// The selected cases of a source. They are not held: they are read again when they are wanted, and each is held
/// against the eight bytes that it left behind when the plan was made, so that a run never asks about other cases
/// than those it was planned for.
#[derive(Debug, Clone)]
pub struct PlannedCases {
    source: Arc<dyn Source>,
    kept: Kept,
    fingerprints: Box<[u64]>,
    /// The order in which they are judged, where it is not that of the source.
    sequenced: Option<Sequenced>,
}

/// Cases of a plan, each with its place in it.
pub type PlacedCases<'a> = Box<dyn Iterator<Item = Result<(u64, Case), Diagnostic>> + Send + 'a>;

impl PlannedCases {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }

    /// Where a case of the plan stands in the source.
    pub fn place(&self, index: u64) -> u64 {
        self.kept.position(self.sequenced.as_ref().map_or(index, |sequenced| sequenced.nth(index)))
    }

    /// The order in which they are judged, as the manifest keeps it; `None` where it is that of the source.
    pub fn sequence(&self) -> Option<Sequence> {
        self.sequenced.as_ref().map(|sequenced| sequenced.sequence)
    }

    /// In how many parts they are judged: one, but for a sequential gate.
    pub fn batches(&self) -> usize {
        self.sequenced.as_ref().map_or(1, Sequenced::batches)
    }

    /// The first place behind a batch.
    pub fn end_of(&self, batch: usize) -> u64 {
        self.sequenced.as_ref().map_or(self.len() as u64, |sequenced| sequenced.batch(batch).end)
    }

    /// The cases of a batch in plan order. One of several is held; all cases in one are read as they are taken.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn batch(&self, number: usize) -> Result<PlacedCases<'_>, Diagnostics> {
        let Some(sequenced) = &self.sequenced else { return Ok(Box::new(self.read()?)) };
        let places = sequenced.batch(number);
        let mut wanted = places.end - places.start;
        let (mut found, mut changed) = (Vec::new(), None);
        let mut cases = self.read()?;
        while wanted > 0 {
            match cases.next() {
                Some(Ok((place, case))) if places.contains(&place) => {
                    found.push((place, case));
                    wanted -= 1;
                }
                Some(Ok(_)) => {}
                Some(Err(why)) => {
                    changed = Some(why);
                    break;
                }
                None => break,
            }
        }
        if let Some(why) = changed {
            return Ok(Box::new(std::iter::once(Err(why))));
        }
        found.sort_by_key(|(place, _)| *place);
        Ok(Box::new(found.into_iter().map(Ok)))
    }

    /// The cases in the order of the source, each with its place in the plan.
    ///
    /// # Errors
    /// A source that cannot be opened. While it is read: one that is not what it was any more; the first such error is
    /// the last item.
    pub fn read(&self) -> Result<impl Iterator<Item = Result<(u64, Case), Diagnostic>>, Diagnostics> {
        Ok(self.held(picked(self.source.cases()?, &self.kept), 1))
    }

    /// The first one and then every so many-th, each with its place in the plan. Others are passed over, and read only
    /// where the source cannot do without.
    ///
    /// # Errors
    /// As above.
    pub fn read_every(
        &self,
        every: usize,
    ) -> Result<impl Iterator<Item = Result<(u64, Case), Diagnostic>>, Diagnostics> {
        let every = every.max(1);
        let places: Vec<usize> = self.kept.positions().take(self.len()).step_by(every).collect();
        let mut next = places.into_iter().peekable();
        let cases = self.source.cases_at(Box::new(move |place| next.next_if_eq(&place).is_some()))?;
        Ok(self.held(cases, every))
    }

    /// Holds each case against what it was when the plan was made; they are every so many-th of the plan.
    fn held(
        &self,
        mut cases: impl Iterator<Item = Result<Case, Diagnostic>>,
        every: usize,
    ) -> impl Iterator<Item = Result<(u64, Case), Diagnostic>> {
        let mut planned = (0..).zip(&self.fingerprints).step_by(every);
        let mut changed = false;
        std::iter::from_fn(move || {
            let (nth, fingerprint) = planned.next().filter(|_| !changed)?;
            match cases.next() {
                Some(Ok(case)) if case.fingerprint() == *fingerprint => {
                    let place = self.sequenced.as_ref().map_or(nth as u64, |sequenced| sequenced.place(nth));
                    Some(Ok((place, case)))
                }
                other => {
                    changed = true;
                    Some(Err(self.changed(nth, other)))
                }
            }
        })
    }

    fn changed(&self, nth: usize, found: Option<Result<Case, Diagnostic>>) -> Diagnostic {
        let found = match found {
            Some(Ok(case)) => format!("`{}` stands there and is not what was planned", case.id),
            Some(Err(mistake)) => mistake.message,
            None => "the file ends before it".to_string(),
        };
        let shown = self.source.shown();
        Diagnostic::new(format!("{shown} changed since the run was planned: of case {} of the run, {found}", nth + 1))
            .hint("put the file back as it was, and the same command goes on; as it is now, it makes a new run")
    }
}

/// What is learned of the selected cases as they go by.
pub(super) struct Intake<'a> {
    pub prompts: Prompts<'a>,
    digest: DigestOfAll,
    fingerprints: Vec<u64>,
    sequencing: Option<Sequencing<'a>>,
}

impl<'a> Intake<'a> {
    pub fn new(suite: &'a Suite, prompts: Prompts<'a>) -> Self {
        let sequencing = Sequencing::of(suite);
        Self { prompts, digest: DigestOfAll::default(), fingerprints: Vec::new(), sequencing }
    }

    /// Whether no case was taken in yet.
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }

    /// Takes the next case in.
    pub fn see(&mut self, case: &Case) {
        let digest = case.digest();
        self.digest.add(&digest);
        self.fingerprints.push(digest.short());
        self.sequencing.iter_mut().for_each(|sequencing| sequencing.see(case));
        self.prompts.see(case);
    }

    /// Takes all those in that are kept, where that was not known as they went by.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn see_kept(&mut self, source: &dyn Source, kept: &Kept) -> Result<(), Diagnostics> {
        for case in picked(source.cases()?, kept) {
            self.see(&case?);
        }
        Ok(())
    }

    /// The digest of the selected cases.
    pub fn digest(&self) -> Digest {
        self.digest.finish()
    }

    /// The cases of the plan.
    pub fn cases(self, source: Arc<dyn Source>, kept: Kept) -> PlannedCases {
        let sequenced = self.sequencing.map(Sequencing::finish);
        PlannedCases { source, kept, fingerprints: self.fingerprints.into(), sequenced }
    }
}

/// The cases at the positions that are kept.
fn picked(
    cases: impl Iterator<Item = Result<Case, Diagnostic>>,
    kept: &Kept,
) -> impl Iterator<Item = Result<Case, Diagnostic>> {
    let mut cases = cases.enumerate();
    let mut positions = kept.positions();
    std::iter::from_fn(move || {
        let wanted = positions.next()?;
        cases.find(|(at, case)| *at == wanted || case.is_err()).map(|(_, case)| case)
    })
}
