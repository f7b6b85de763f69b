//! The suites that `karat init` can write, one for each common task, with their files.

use clap::ValueEnum;

/// What the suite is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Task {
    /// Answers to questions, judged by rubric and pairwise
    #[default]
    Answer,
    /// Texts sorted into labels
    Classify,
    /// Fields read out of texts, as JSON
    Extract,
    /// Summaries, with the share of their claims that the text supports
    #[value(alias = "summarize")]
    Summarise,
    /// Answers from documents: what was found, and what was made of it
    Rag,
    /// Texts written from facts, judged by rubric and pairwise
    Generate,
    /// An agent: the tools it called, and whether the task was done
    Agent,
}

/// A file of a suite: its path within the suite's folder, and its text.
pub type File = (&'static str, &'static str);

macro_rules! files {
    ($task:literal, $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($task, "/", $name)))),*]
    };
}

impl Task {
    /// The files of the suite, but for `.gitignore`.
    pub fn files(self) -> &'static [File] {
        match self {
            Self::Answer => files!(
                "answer",
                "karat.yaml",
                "prompts/answer-v1.j2",
                "prompts/answer-v2.j2",
                "rubrics/quality.yaml",
                "rubrics/preference.yaml",
                "datasets/questions.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Classify => files!(
                "classify",
                "karat.yaml",
                "prompts/classify-v1.j2",
                "prompts/classify-v2.j2",
                "datasets/messages.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Extract => files!(
                "extract",
                "karat.yaml",
                "prompts/extract-v1.j2",
                "prompts/extract-v2.j2",
                "schemas/invoice.json",
                "datasets/invoices.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Summarise => files!(
                "summarise",
                "karat.yaml",
                "prompts/summarise-v1.j2",
                "prompts/summarise-v2.j2",
                "datasets/articles.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Rag => files!(
                "rag",
                "karat.yaml",
                "prompts/answer.j2",
                "datasets/documents.jsonl",
                "datasets/questions.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Generate => files!(
                "generate",
                "karat.yaml",
                "prompts/describe-v1.j2",
                "prompts/describe-v2.j2",
                "rubrics/quality.yaml",
                "rubrics/preference.yaml",
                "datasets/products.jsonl",
                "datasets/sample-replies.jsonl",
            ),
            Self::Agent => files!(
                "agent",
                "karat.yaml",
                "rubrics/policy.yaml",
                "datasets/tasks.jsonl",
                "datasets/agent-v1.jsonl",
                "datasets/agent-v2.jsonl",
                "datasets/sample-replies.jsonl",
            ),
        }
    }
}
