//! A file of recorded replies → the reply to what is asked, or a failure that names the key.
//!
//! A row with `judge` stands for the model of that name only and goes before a row without one,
//! which stands for every model of the suite that names the file.

mod index;
mod load;
mod row;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use self::index::{Digest, Index};
use super::{Ask, Failure, FailureKind, Reply};
use crate::suite::{CandidateName, CaseId, MetricName, ModelName};

/// One file, which several models may share.
#[derive(Debug)]
pub(super) struct Book {
    /// The path as the user would type it.
    shown: String,
    file: Mutex<File>,
    index: Index,
    /// Whether any row stands for one model only.
    judges: bool,
    /// Rows that were read, those that answer nothing karat asks for included.
    rows: usize,
}

/// The recorded replies of one model.
#[derive(Debug, Clone)]
pub struct Recorded {
    book: Arc<Book>,
    model: ModelName,
}

/// Which orders of a pair are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedOrders {
    /// None of them.
    Neither,
    /// Only with the pair's first candidate shown first.
    AsGiven,
    /// Only with the pair's second candidate shown first.
    Swapped,
    /// Both.
    Both,
}

impl Recorded {
    pub(super) fn new(book: Arc<Book>, model: ModelName) -> Self {
        Self { book, model }
    }

    /// Whether a reply is recorded. A row that was looked for counts as asked for, whether its reply is fetched
    /// or not: a run that goes on after an interruption does not fetch it again.
    pub fn has(&self, ask: &Ask) -> bool {
        self.offset(ask).is_some()
    }

    /// Whether a reply is recorded. Asks for nothing.
    pub fn holds(&self, ask: &Ask) -> bool {
        self.digests(ask).any(|digest| self.book.index.holds(digest))
    }

    /// The file, as the suite names it.
    pub fn file(&self) -> &str {
        &self.book.shown
    }

    /// Which orders of `a` against `b` are recorded, by first samples and first attempts. Asks for nothing.
    pub fn orders_for(
        &self,
        metric: &MetricName,
        case: &CaseId,
        a: &CandidateName,
        b: &CandidateName,
    ) -> RecordedOrders {
        let shown = |first: &CandidateName, second: &CandidateName| {
            let (metric, case, first, second) = (metric.clone(), case.clone(), first.clone(), second.clone());
            let ask = Ask::Preference {
                metric,
                case,
                first,
                second,
                sample: 0,
                verdict_sample: 0,
                attempt: 0,
                judge: None,
                criterion: None,
            };
            self.digests(&ask).any(|digest| self.book.index.holds(digest))
        };
        match (shown(a, b), shown(b, a)) {
            (false, false) => RecordedOrders::Neither,
            (true, false) => RecordedOrders::AsGiven,
            (false, true) => RecordedOrders::Swapped,
            (true, true) => RecordedOrders::Both,
        }
    }

    /// The reply to `ask`.
    ///
    /// # Errors
    /// [`FailureKind::NotRecorded`] with the key in words; [`FailureKind::Unreadable`] where the file changed since
    /// it was opened.
    pub fn reply(&self, ask: &Ask) -> Result<Reply, Failure> {
        let missing = || Failure::new(FailureKind::NotRecorded, format!("no recorded reply for {ask}"));
        let offset = self.offset(ask).ok_or_else(missing)?;
        self.book.read(offset, ask).map_err(|why| {
            let file = &self.book.shown;
            Failure::new(FailureKind::Unreadable, format!("cannot read the recorded reply for {ask} in {file}: {why}"))
        })
    }

    /// Rows of this model's file that nothing has asked for yet, over all models that share the file.
    pub fn unasked(&self) -> usize {
        self.book.unasked()
    }

    fn offset(&self, ask: &Ask) -> Option<u64> {
        self.digests(ask).find_map(|digest| self.book.index.ask(digest))
    }

    /// The row for this model alone goes before the row for every model.
    fn digests(&self, ask: &Ask) -> impl Iterator<Item = Digest> {
        let own = self.book.judges.then_some(Some(self.model.as_str()));
        own.into_iter().chain([None]).map(|judge| Digest::of(ask, judge))
    }
}

impl Book {
    pub(super) fn unasked(&self) -> usize {
        self.rows - self.index.asked()
    }

    fn read(&self, offset: u64, ask: &Ask) -> Result<Reply, String> {
        let mut line = String::new();
        {
            // A panic elsewhere leaves the file as usable as before: every read seeks first.
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(offset)).map_err(|e| e.to_string())?;
            BufReader::new(&mut *file).read_line(&mut line).map_err(|e| e.to_string())?;
        }
        match row::parse(line.trim_end_matches(['\n', '\r'])) {
            // A row says in its own way for which judge it stands.
            Ok(entry) if entry.ask == Some(ask.clone().with(None, ask.criterion())) => Ok(entry.reply),
            _ => Err("the file has changed since the run began".to_string()),
        }
    }
}
