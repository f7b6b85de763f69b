//! The words of a graded preference, each with what it is worth to the output shown first.

/// From `A is much better` to `B is much better`: as it is written in JSON and in brackets, what it means, and its worth.
///
/// Evenly spaced, as a preference in [0, 1] has it. A strong preference is no second win.
pub const GRADES: [(&str, &str, f64); 5] = [
    ("A>>B", "Answer A is much better", 1.0),
    ("A>B", "Answer A is better", 0.75),
    ("A=B", "neither is better", 0.5),
    ("B>A", "Answer B is better", 0.25),
    ("B>>A", "Answer B is much better", 0.0),
];

/// What graded words are worth, however they are spaced; `None` where they are none.
pub fn grade(words: &str) -> Option<f64> {
    let tight: String = words.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let written = match tight.as_str() {
        "B=A" | "TIE" => "A=B",
        "B<A" => "A>B",
        "B<<A" => "A>>B",
        "A<B" => "B>A",
        "A<<B" => "B>>A",
        other => other,
    };
    GRADES.iter().find(|(words, _, _)| *words == written).map(|(_, _, worth)| *worth)
}

/// The meaning of each, in a sentence: `A>>B where Answer A is much better, …`.
pub fn in_words(quoted: impl Fn(&str) -> String) -> String {
    let told: Vec<String> =
        GRADES.iter().map(|(words, meaning, _)| format!("{} where {meaning}", quoted(words))).collect();
    match told.split_last() {
        Some((last, rest)) => format!("{}, or {last}", rest.join(", ")),
        None => String::new(),
    }
}
