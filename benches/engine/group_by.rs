//! The yardstick of a comparison: mean and count by metric, candidate and slice, as polars does it by default.
//!
//! It reads the columns that it needs of the same file, joins the tags of the cases once, and groups by each tag and once
//! by none. Nothing is streamed: that is how polars reads and groups unless it is told otherwise. The tags it gets as a
//! table, ready to be joined; `karat compare` reads them out of the cases.

use std::fs::File;
use std::path::Path;

use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::ParquetWriter;

use super::compare::{SLICES, TAGS, tags};

/// The place and the tags of each case.
pub fn write_slices(path: &Path, cases: u64) {
    let all: Vec<[String; 5]> = (0..cases).map(tags).collect();
    let mut columns = vec![Column::new("index".into(), (0..cases).collect::<Vec<u64>>())];
    for (at, tag) in TAGS.iter().enumerate() {
        columns.push(Column::new((*tag).into(), all.iter().map(|of| of[at].as_str()).collect::<Vec<_>>()));
    }
    let mut frame = DataFrame::new(cases as usize, columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}

/// Groups the verdicts of a run, and says how many groups there were and how many verdicts in them.
pub fn group(run: &Path) {
    let read = |name: &str, columns: &[&str]| {
        let columns = columns.iter().map(|name| (*name).to_string()).collect();
        ParquetReader::new(File::open(run.join(name)).unwrap()).with_columns(Some(columns)).finish().unwrap()
    };
    let verdicts = read("verdicts.parquet", &["index", "metric", "candidate", "value"]);
    let slices = read(SLICES, &["index", "topic", "region", "tier", "channel", "language"]);
    let on = || [col("index")];
    let joined = verdicts.lazy().join(slices.lazy(), on(), on(), JoinArgs::new(JoinType::Inner)).collect().unwrap();
    let (mut groups, mut counted) = (0, 0);
    for tag in [None].into_iter().chain(TAGS.map(Some)) {
        let keys: Vec<Expr> = [Some("metric"), Some("candidate"), tag].into_iter().flatten().map(col).collect();
        let of = [col("value").mean().alias("mean"), col("value").count().alias("count")];
        let found = joined.clone().lazy().group_by(keys).agg(of).collect().unwrap();
        groups += found.height();
        counted += found.column("count").unwrap().u32().unwrap().sum().unwrap_or_default() as usize;
    }
    println!("{groups} groups, {counted} values");
}
