//! Texts → their vectors, by an embeddings model: those that were asked for before from the cache, others in batches.
//!
//! Each text has its own place in the cache, so that a document that is added to a corpus is all that is asked for. No other
//! model stands in: its vectors would have nothing to do with these.

use std::ops::Range;

use futures_util::future::join_all;

use super::models::Answers;
use super::{Failed, Failure, FailureKind, Model, Reply, Request, Slot, embeddings};

/// Texts of one request at most; every known server takes as many.
const MOST_TEXTS: usize = 64;

/// Bytes of one request at most, unless one text alone has more.
const MOST_BYTES: usize = 128 << 10;

/// The vectors of texts, and what was paid for them now.
#[derive(Debug, Default)]
pub(super) struct Embedded {
    /// In the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// Replies of the server, in the order of the batches.
    pub paid: Vec<Reply>,
}

/// Which texts go into one request together, as places in the list.
pub fn batches<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Range<usize>> {
    let (mut batches, mut bytes) = (Vec::<Range<usize>>::new(), 0);
    for (at, text) in texts.into_iter().enumerate() {
        bytes += text.len();
        match batches.last_mut() {
            Some(last) if last.len() < MOST_TEXTS && bytes <= MOST_BYTES => last.end = at + 1,
            _ => {
                batches.push(at..at + 1);
                bytes = text.len();
            }
        }
    }
    batches
}

impl Model {
    /// The vectors of texts. What came of some batches is kept and told as `paid`, even where another one failed.
    pub(super) async fn embed(&self, texts: &[&str]) -> (Embedded, Result<(), Failed>) {
        let mut found: Vec<Option<Vec<f32>>> = texts.iter().map(|text| self.known_vector(text)).collect();
        let missing: Vec<usize> = (0..texts.len()).filter(|at| found[*at].is_none()).collect();
        let wanted: Vec<&str> = missing.iter().map(|at| texts[*at]).collect();
        let (mut embedded, mut failed) = (Embedded::default(), None);
        let asked = batches(wanted.iter().copied()).into_iter().map(async |batch| {
            let reply = self.ask_for_vectors(&wanted[batch.clone()]).await;
            (batch, reply)
        });
        for (batch, reply) in join_all(asked).await {
            match reply {
                Ok((reply, vectors)) => {
                    for (at, vector) in missing[batch].iter().zip(vectors) {
                        found[*at] = Some(vector);
                    }
                    embedded.paid.push(reply);
                }
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        match failed {
            None => {
                embedded.vectors = found.into_iter().flatten().collect();
                (embedded, Ok(()))
            }
            Some(why) => (embedded, Err(why)),
        }
    }

    /// The vectors of texts, where the cache has all of them.
    pub(super) fn known_vectors(&self, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
        texts.iter().map(|text| self.known_vector(text)).collect()
    }

    fn known_vector(&self, text: &str) -> Option<Vec<f32>> {
        embeddings::vector(&self.recall(&Request::of_texts([text]))?.text)
    }

    async fn ask_for_vectors(&self, texts: &[&str]) -> Result<(Reply, Vec<Vec<f32>>), Failed> {
        let remote = match &self.answers {
            Answers::Remote(remote) => remote,
            Answers::Unready(failure) => return Err(failure.clone().into()),
            _ => {
                let words = format!(
                    "model `{}`: the cache lacks the vectors of {} texts, and --offline asks nobody",
                    self.name(),
                    texts.len()
                );
                return Err(Failure::new(FailureKind::NotRecorded, words).into());
            }
        };
        let reply = remote.call(&Request::of_texts(texts.iter().copied()), &mut Slot::default()).await?;
        let vectors: Option<Vec<Vec<f32>>> = reply.text.lines().map(embeddings::vector).collect();
        let Some(vectors) = vectors.filter(|vectors| vectors.len() == texts.len()) else {
            let words =
                format!("model `{}`: {} vectors for {} texts", self.name(), reply.text.lines().count(), texts.len());
            return Err(Failure::new(FailureKind::Unreadable, words).into());
        };
        if let Some(memory) = &self.memory {
            // What a batch took cannot be told apart by its texts.
            let one = texts.len() == 1;
            for (text, line) in texts.iter().zip(reply.text.lines()) {
                let usage = reply.usage.filter(|_| one);
                let kept = Reply { text: line.to_string(), usage, retried: Vec::new(), ..reply.clone() };
                memory.keep(&Request::of_texts([*text]), kept);
            }
        }
        Ok((reply, vectors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_all_texts_in_order_and_no_more_than_they_may() {
        let (long, short) = ("x".repeat(MOST_BYTES / 2), "y");
        let texts: Vec<&str> = vec![&long, &long, short, &long].into_iter().chain([short; 130]).collect();
        let batches = batches(texts.iter().copied());
        assert_eq!(batches, [0..2, 2..66, 66..130, 130..134]);
        let huge = "z".repeat(2 * MOST_BYTES);
        assert_eq!(super::batches([short, &huge, short]), [0..1, 1..2, 2..3]);
        assert!(super::batches([]).is_empty());
    }
}
