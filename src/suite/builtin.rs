//! The rubrics that ship with karat, as they would stand in a file under `rubrics/`.

/// What a metric writes before the name of one.
pub const PREFIX: &str = "builtin:";

/// A rubric that ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name, without the prefix.
    pub name: &'static str,
    /// What it judges, in a few words.
    pub about: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal: $about:literal),* $(,)?) => {
        &[$(BuiltIn { name: $name, about: $about, text: include_str!(concat!("rubrics/", $name, ".yaml")) }),*]
    };
}

/// All of them.
pub const ALL: &[BuiltIn] = built_in! {
    "faithfulness": "the share of an answer's claims that the documents found support",
    "summary-consistency": "the share of a summary's claims that its text supports",
    "answer-relevance": "the share of an answer's statements that are about what was asked",
    "answer-correctness": "the share of the claims of answer and reference on which they agree",
    "context-precision": "the share of the documents found that are of use",
    "context-recall": "the share of the reference's claims that the documents found hold",
    "task-completion": "whether an agent did what its user wanted, from 1 to 5",
    "policy-compliance": "the share of the rules that apply that an agent kept",
    "escalation": "whether an agent handed over to a person exactly when it should",
};

/// The one of a name.
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    ALL.iter().find(|rubric| rubric.name == name)
}
