//! A journal → where the events of each case stand in it, in 12 bytes an event.
//!
//! The events stay on disk, so that a run of any size is resumed, tabulated and replayed in little memory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::event_line::EventKind;
use super::{EVENTS_FORMAT, Event, StoreError};

/// The places of all events that belong to a case.
#[derive(Debug, Default)]
pub struct EventIndex {
    /// By case, and within a case in the order in which they were written.
    places: Box<[Place]>,
    lines: u64,
    bytes: u64,
}

/// The places of events in the order of the file, before they are ordered by case.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: Vec<Place>,
    lines: u64,
    bytes: u64,
}

/// A case's place in the plan, and the byte at which an event of it starts, as two halves: twelve bytes, not sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    case: u32,
    high: u32,
    low: u32,
}

/// What a line has to say before the whole of it is read.
#[derive(Deserialize)]
struct Head {
    event: EventKind,
    index: Option<u64>,
    format: Option<u32>,
}

impl EventIndex {
    /// Reads a journal once, a line at a time.
    ///
    /// A last line without its end, or that is no event, was cut short by a crash and is passed over.
    ///
    /// # Errors
    /// The file system's; a damaged line before the last; another format.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("read", path))?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let (mut places, mut line) = (Places::default(), Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(StoreError::io("read", path))?;
            if line.last() != Some(&b'\n') {
                break;
            }
            let last = reader.fill_buf().map_err(StoreError::io("read", path))?.is_empty();
            match about(&line, last) {
                Ok(About::Case(case)) => places.add(Some(case), read as u64),
                Ok(About::Run) => places.add(None, read as u64),
                Ok(About::Format(found)) => return Err(another(path, found)),
                Err(_) if last => break,
                Err(why) => {
                    let line = usize::try_from(places.lines).unwrap_or(usize::MAX).saturating_add(1);
                    let message = format!("this line of the journal is damaged: {why}");
                    return Err(StoreError::Damaged { path: path.to_path_buf(), line, message });
                }
            }
        }
        Ok(places.ordered())
    }

    /// How many whole lines the journal has.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes these are.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many cases there are, when all up to the last have been begun: they are begun in plan order.
    pub fn cases(&self) -> u64 {
        self.places.last().map_or(0, |last| u64::from(last.case) + 1)
    }

    /// The bytes at which the events of a case start, in the order in which they were written.
    pub fn of(&self, case: u64) -> impl Iterator<Item = u64> + '_ {
        let before = |wanted: u64| self.places.partition_point(|place| u64::from(place.case) < wanted);
        let from = before(case);
        let own = self.places.iter().skip(from).take_while(move |place| u64::from(place.case) == case);
        own.map(|place| u64::from(place.high) << 32 | u64::from(place.low))
    }
}

impl Places {
    /// The next line is so long, and about this case.
    pub(super) fn add(&mut self, case: Option<u32>, bytes: u64) {
        if let Some(case) = case {
            let at = self.bytes;
            #[expect(clippy::cast_possible_truncation, reason = "the two halves of one number")]
            self.places.push(Place { case, high: (at >> 32) as u32, low: at as u32 });
        }
        self.lines += 1;
        self.bytes += bytes;
    }

    /// The index of all lines so far.
    pub(super) fn ordered(mut self) -> EventIndex {
        self.places.sort_unstable();
        EventIndex { places: self.places.into(), lines: self.lines, bytes: self.bytes }
    }
}

/// What a line is about.
enum About {
    /// The case at this place in the plan.
    Case(u32),
    Run,
    Format(u32),
}

/// Reads as much of a line as it takes to place it; the last one whole, since it may have been cut short.
fn about(line: &[u8], last: bool) -> Result<About, String> {
    let whole = || serde_json::from_slice::<Event>(line).map_err(|error| error.to_string());
    let head = match serde_json::from_slice::<Head>(line) {
        Ok(head) => head,
        // What is wrong with the whole line says more.
        Err(error) => return Err(whole().err().unwrap_or_else(|| error.to_string())),
    };
    if let (EventKind::Started, Some(format)) = (head.event, head.format)
        && format != EVENTS_FORMAT
    {
        return Ok(About::Format(format));
    }
    if last {
        whole()?;
    }
    match (head.event, head.index) {
        (EventKind::Started | EventKind::Resumed | EventKind::Finished, _) => Ok(About::Run),
        (EventKind::Case | EventKind::Reply | EventKind::Failed | EventKind::Paid, Some(index)) => {
            u32::try_from(index).map(About::Case).map_err(|_| format!("{index} is no place in a plan"))
        }
        (EventKind::Case | EventKind::Reply | EventKind::Failed | EventKind::Paid, None) => {
            Err("missing field `index`".to_string())
        }
    }
}

fn another(path: &Path, found: u32) -> StoreError {
    let (path, known) = (path.to_path_buf(), EVENTS_FORMAT);
    if found > known { StoreError::Newer { path, found, known } } else { StoreError::Older { path, found, known } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_a_case_are_found_wherever_they_stand() {
        assert_eq!(size_of::<Place>(), 12);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let failed = |index| {
            format!(
                "{{\"event\":\"failed\",\"index\":{index},\"ask\":{{\"asks\":\"output\",\"candidate\":\"v\",\"case\":\"c\",\
                 \"sample\":0}},\"request\":\"\",\"failures\":[]}}\n"
            )
        };
        let lines = [failed(1), failed(0), "{\"event\":\"resumed\",\"at\":1}\n".to_string(), failed(1), failed(3)];
        std::fs::write(&path, lines.concat()).unwrap();
        let index = EventIndex::read(&path).unwrap();
        let starts: Vec<u64> = (0..5).map(|line| lines[..line].concat().len() as u64).collect();
        let of = |case| index.of(case).collect::<Vec<_>>();
        assert_eq!(of(0), [starts[1]]);
        assert_eq!(of(1), [starts[0], starts[3]]);
        assert_eq!((of(2), of(3), of(4)), (vec![], vec![starts[4]], vec![]));
        assert_eq!((index.cases(), index.lines(), index.bytes()), (4, 5, lines.concat().len() as u64));
    }
}
