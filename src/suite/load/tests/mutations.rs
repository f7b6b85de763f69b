//! Suites with anything in them: the loader says what is wrong and never panics.

use proptest::prelude::*;

use super::{Folder, GOOD, QUALITY};

/// A text with one stretch of it cut out, or another put in its place.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let chars: Vec<char> = text.chars().collect();
    let len = chars.len();
    let pieces = prop::sample::select(vec![
        "", ":", "{", "}", "[", "]", "- ", "\n", "  ", "'", "\"", "&a ", "*a", "é", "~", "1e999", "${", "|",
    ]);
    (0..len, 0..12_usize, pieces).prop_map(move |(start, cut, piece)| {
        let end = (start + cut).min(chars.len());
        let (before, after): (String, String) = (chars[..start].iter().collect(), chars[end..].iter().collect());
        format!("{before}{piece}{after}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_broken_suite_is_an_error_never_a_panic(suite in mutated(GOOD), rubric in mutated(QUALITY)) {
        let folder = Folder::new();
        folder.write("karat.yaml", &suite).write("rubrics/quality.yaml", &rubric);
        if let Err(errors) = folder.load() {
            prop_assert!(!errors.0.is_empty());
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}
