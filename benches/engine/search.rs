//! One search of a large corpus, by vectors and by words; neither has a bar.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use karat::retrieve::{Library, Vectors};
use serde_json::json;

use super::rows::{Row, median, rounds};

const DOCUMENTS: usize = 100_000;
const DIMENSIONS: usize = 768;
const BEST: usize = 10;

/// Numbers that are not all alike, the same in each run.
fn numbers() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1_u32), |last| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
        .map(|n| n >> 8)
}

fn seconds<T>(mut work: impl FnMut() -> T) -> f64 {
    let timed = |_| {
        let begun = Instant::now();
        std::hint::black_box(work());
        begun.elapsed().as_secs_f64()
    };
    median((0..rounds()).map(timed).collect())
}

pub fn search() -> Vec<Row> {
    let all: Vec<f32> = numbers().take(DOCUMENTS * DIMENSIONS).map(|n| n as f32 / 1e7 - 0.8).collect();
    let vectors = Vectors::new(all.chunks(DIMENSIONS).map(Some)).unwrap();
    let query = &all[DIMENSIONS..2 * DIMENSIONS];
    assert_eq!(vectors.search(query, BEST).unwrap()[0].document, 1);
    let by_vectors = seconds(|| vectors.search(query, BEST));

    // Sixty words a document, of which few are frequent.
    let mut words = numbers().map(|n| format!("w{}", (20_000.0 * (f64::from(n % 1000) / 1000.0).powi(4)) as u32));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corpus.jsonl");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    for document in 0..DOCUMENTS {
        let text: Vec<String> = words.by_ref().take(60).collect();
        writeln!(file, "{}", json!({"id": format!("d{document}"), "text": text.join(" ")})).unwrap();
    }
    file.flush().unwrap();
    let begun = Instant::now();
    let library = Library::open(&path, "corpus.jsonl").unwrap();
    let opened = begun.elapsed().as_secs_f64();
    let query: Vec<String> = words.take(12).collect();
    let by_words = seconds(|| library.by_words(&query.join(" "), BEST));

    let shown = |seconds: f64| format!("{:.1} ms", 1e3 * seconds);
    vec![
        Row::told(&format!("a search by vectors: {DOCUMENTS} documents, {DIMENSIONS} numbers each"), shown(by_vectors)),
        Row::told(&format!("a search by words: {DOCUMENTS} documents of 60 words"), shown(by_words)),
        Row::told("  to read and index that corpus", format!("{opened:.2} s")),
    ]
}
