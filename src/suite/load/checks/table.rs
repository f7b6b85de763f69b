//! The checks that there are, one row each.

use super::form::{Form, Key, Takes};
use super::{json, retrieval, text, trajectory};
use crate::suite::{CheckKind, Gives, StopReason};

/// Reasons to stop, by the names that providers share.
pub const STOP_REASONS: &[(&str, StopReason)] = &[
    ("stop", StopReason::Stop),
    ("length", StopReason::Length),
    ("refusal", StopReason::Refusal),
    ("content_filter", StopReason::ContentFilter),
];

const VALUE: Key = Key::required("value", Takes::Text, "The text. May be a template over the case: `{{ reference }}`.");
const VALUE_OR_REFERENCE: Key = Key::optional(
    "value",
    Takes::Text,
    "What it is compared with, by default the case's reference. May be a template over the case: `{{ reference }}`.",
);
const VALUES: Key = Key::required("value", Takes::Texts, "The texts; each may be a template over the case.");
const IGNORE_CASE: Key = Key::optional("ignore_case", Takes::Flag, "Whether upper and lower case are the same.");
const SCHEMA: Key =
    Key::optional("schema", Takes::Schema, "A JSON Schema that it must meet, or its file, relative to the suite.");
const K: Key = Key::required("k", Takes::Whole(1), "How many of the first documents count.");
const K_OR_ALL: Key = Key::optional("k", Takes::Whole(1), "How many of the first documents count; by default all.");
const RELEVANT: Key = Key::optional(
    "relevant",
    Takes::Value,
    "The ids of the relevant documents, or a map of grades by id; by default the ids of the case's `context`. May be a template over the case: `{{ reference.documents }}`.",
);
const TOOLS: Key = Key::required(
    "value",
    Takes::Value,
    "The name of a tool, or a list of names. May be a template over the case: `{{ reference.tools }}`.",
);
const MIN: Key = Key::optional("min", Takes::Number, "The least number.");
const MAX: Key = Key::optional("max", Takes::Number, "The greatest number.");
/// With it a number becomes a yes or a no.
const AT_LEAST: Key = Key::optional("threshold", Takes::Number, "At least this is a yes, and less a no.");
const AT_MOST: Key = Key::optional("threshold", Takes::Number, "At most this is a yes, and more a no.");

/// Every check, in the order in which messages name them.
pub const FORMS: &[Form] = &[
    Form {
        name: "equals",
        about: "The output is exactly a text, white space at both ends aside.",
        keys: &[VALUE, IGNORE_CASE],
        one_of: &[],
        read: text::equals,
    },
    Form {
        name: "contains",
        about: "The output contains a text, or any and all of several.",
        keys: &[
            Key::optional("value", Takes::Text, "What it must contain. May be a template over the case."),
            Key::optional("any", Takes::Texts, "At least one of these; each may be a template."),
            Key::optional("all", Takes::Texts, "All of these; each may be a template."),
            IGNORE_CASE,
        ],
        one_of: &["value", "any", "all"],
        read: |fields| text::contains(fields, fields.flag("ignore_case").unwrap_or(false)),
    },
    Form {
        name: "contains-any",
        about: "The output contains at least one of several texts.",
        keys: &[VALUES, IGNORE_CASE],
        one_of: &[],
        read: |fields| text::contains_any(fields, fields.flag("ignore_case").unwrap_or(false)),
    },
    Form {
        name: "contains-all",
        about: "The output contains each of several texts.",
        keys: &[VALUES, IGNORE_CASE],
        one_of: &[],
        read: |fields| text::contains_all(fields, fields.flag("ignore_case").unwrap_or(false)),
    },
    Form {
        name: "icontains",
        about: "The output contains a text, in upper or lower case.",
        keys: &[VALUE],
        one_of: &[],
        read: |fields| text::contains(fields, true),
    },
    Form {
        name: "icontains-any",
        about: "The output contains at least one of several texts, in upper or lower case.",
        keys: &[VALUES],
        one_of: &[],
        read: |fields| text::contains_any(fields, true),
    },
    Form {
        name: "icontains-all",
        about: "The output contains each of several texts, in upper or lower case.",
        keys: &[VALUES],
        one_of: &[],
        read: |fields| text::contains_all(fields, true),
    },
    Form {
        name: "starts-with",
        about: "The output starts with a text, white space before it aside.",
        keys: &[VALUE, IGNORE_CASE],
        one_of: &[],
        read: text::starts_with,
    },
    Form {
        name: "regex",
        about: "A regular expression matches somewhere in the output.",
        keys: &[Key::required(
            "pattern",
            Takes::Text,
            "The expression, in the syntax of Rust's regex crate; `(?i)` at its start ignores case. May be a template over the case, whose values then stand for themselves.",
        )],
        one_of: &[],
        read: text::regex,
    },
    Form {
        name: "is-json",
        about: "The whole output is JSON.",
        keys: &[SCHEMA],
        one_of: &[],
        read: |fields| Some(CheckKind::IsJson { schema: json::schema(fields)? }),
    },
    Form {
        name: "contains-json",
        about: "Some part of the output is a JSON object or array.",
        keys: &[SCHEMA],
        one_of: &[],
        read: |fields| Some(CheckKind::ContainsJson { schema: json::schema(fields)? }),
    },
    Form {
        name: "number",
        about: "The last number in the output is within a tolerance of a value.",
        keys: &[VALUE_OR_REFERENCE, Key::optional("tolerance", Takes::Number, "How far it may be off.")],
        one_of: &[],
        read: text::number,
    },
    Form {
        name: "length",
        about: "How long the output is: yes or no where `min` or `max` is given, else the length itself.",
        keys: &[
            Key::optional("unit", Takes::Word(&["chars", "words", "tokens"]), "What is counted."),
            Key::optional("min", Takes::Number, "The least length."),
            Key::optional("max", Takes::Number, "The greatest length."),
        ],
        one_of: &[],
        read: text::length,
    },
    Form {
        name: "levenshtein",
        about: "One less the edit distance over the longer length: 1 is equal.",
        keys: &[VALUE_OR_REFERENCE, AT_LEAST],
        one_of: &[],
        read: |fields| Some(CheckKind::Levenshtein { value: text::value_or_reference(fields)? }),
    },
    Form {
        name: "rouge-n",
        about: "The ROUGE F-measure of runs of `n` words.",
        keys: &[VALUE_OR_REFERENCE, Key::optional("n", Takes::Whole(1), "Words in a run, by default 1."), AT_LEAST],
        one_of: &[],
        read: |fields| {
            let n = fields.whole("n", 1, 100).and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
            Some(CheckKind::RougeN { n, value: text::value_or_reference(fields)? })
        },
    },
    Form {
        name: "rouge-l",
        about: "The ROUGE-L F-measure.",
        keys: &[VALUE_OR_REFERENCE, AT_LEAST],
        one_of: &[],
        read: |fields| Some(CheckKind::RougeL { value: text::value_or_reference(fields)? }),
    },
    Form {
        name: "bleu",
        about: "Sentence BLEU, from 0 to 1.",
        keys: &[VALUE_OR_REFERENCE, AT_LEAST],
        one_of: &[],
        read: |fields| Some(CheckKind::Bleu { value: text::value_or_reference(fields)? }),
    },
    Form {
        name: "similar",
        about: "How alike the output and a text are: the cosine of their embeddings.",
        keys: &[
            Key::required("model", Takes::Text, "The model that gives embeddings, a key under `models`."),
            VALUE_OR_REFERENCE,
            AT_LEAST,
        ],
        one_of: &[],
        read: |fields| {
            let model = fields.text("model", "model: embedder")?.into();
            Some(CheckKind::Similar { model, value: text::value_or_reference(fields)? })
        },
    },
    Form {
        name: "cost",
        about: "What the output cost in US dollars, or whether that is at most a threshold.",
        keys: &[AT_MOST],
        one_of: &[],
        read: |_| Some(CheckKind::Cost),
    },
    Form {
        name: "latency",
        about: "How long the output took in milliseconds, or whether that is at most a threshold.",
        keys: &[AT_MOST],
        one_of: &[],
        read: |_| Some(CheckKind::Latency),
    },
    Form {
        name: "finish-reason",
        about: "Why the model stopped writing.",
        keys: &[Key::required(
            "value",
            Takes::Word(&["stop", "length", "refusal", "content_filter"]),
            "The reason that is right.",
        )],
        one_of: &[],
        read: |fields| {
            fields.required("value", "value: stop")?;
            Some(CheckKind::FinishReason { value: fields.one_of("value", STOP_REASONS)? })
        },
    },
    Form {
        name: "is-refusal",
        about: "The output declines to answer.",
        keys: &[],
        one_of: &[],
        read: |_| Some(CheckKind::IsRefusal),
    },
    Form {
        name: "recall-at-k",
        about: "The share of the relevant documents that is among the first `k` of the candidate's `contexts`.",
        keys: &[K, RELEVANT, AT_LEAST],
        one_of: &[],
        read: |fields| Some(CheckKind::RecallAtK { k: retrieval::k(fields)?, relevant: retrieval::relevant(fields)? }),
    },
    Form {
        name: "precision-at-k",
        about: "The share of the first `k` places of the candidate's `contexts` that holds relevant documents.",
        keys: &[K, RELEVANT, AT_LEAST],
        one_of: &[],
        read: |fields| {
            Some(CheckKind::PrecisionAtK { k: retrieval::k(fields)?, relevant: retrieval::relevant(fields)? })
        },
    },
    Form {
        name: "mrr",
        about: "One over the rank of the first relevant document among the candidate's `contexts`.",
        keys: &[K_OR_ALL, RELEVANT, AT_LEAST],
        one_of: &[],
        read: |fields| {
            Some(CheckKind::Mrr { k: retrieval::optional_k(fields), relevant: retrieval::relevant(fields)? })
        },
    },
    Form {
        name: "ndcg",
        about: "nDCG of the candidate's `contexts`: their discounted gain over that of the best order.",
        keys: &[K_OR_ALL, RELEVANT, AT_LEAST],
        one_of: &[],
        read: |fields| {
            Some(CheckKind::Ndcg { k: retrieval::optional_k(fields), relevant: retrieval::relevant(fields)? })
        },
    },
    Form {
        name: "trajectory:tool-used",
        about: "The candidate called the right tools.",
        keys: &[
            TOOLS,
            Key::optional(
                "mode",
                Takes::Word(&["all", "any", "only"]),
                "All of them (default), any of them, or all and no other.",
            ),
        ],
        one_of: &[],
        read: trajectory::tool_used,
    },
    Form {
        name: "trajectory:tool-args-match",
        about: "The candidate called tools with the right arguments.",
        keys: &[
            Key::optional(
                "value",
                Takes::Value,
                "`{name, arguments}`, or a list of those, parts of which may be templates; or a template: `{{ reference.calls }}`.",
            ),
            Key::optional(
                "mode",
                Takes::Word(&["partial", "exact"]),
                "Whether other arguments may be there too (`partial`, the default).",
            ),
            Key::optional("tool", Takes::Text, "The tool whose calls have to meet `schema`."),
            Key::optional(
                "schema",
                Takes::Schema,
                "A JSON Schema that the arguments of each call of `tool` must meet, or its file, relative to the suite.",
            ),
        ],
        one_of: &["value", "schema"],
        read: trajectory::arguments,
    },
    Form {
        name: "trajectory:tool-sequence",
        about: "The candidate called the tools in the right order.",
        keys: &[
            TOOLS,
            Key::optional(
                "mode",
                Takes::Word(&["in_order", "exact", "any"]),
                "In this order with others between (default), exactly these in this order, or exactly these in any order.",
            ),
        ],
        one_of: &[],
        read: trajectory::sequence,
    },
    Form {
        name: "trajectory:step-count",
        about: "How many steps the candidate took: yes or no where `min` or `max` is given, else the number itself.",
        keys: &[
            Key::optional("of", Takes::Text, "Only steps of this kind or name; `tool` counts the tool calls."),
            MIN,
            MAX,
        ],
        one_of: &[],
        read: trajectory::step_count,
    },
    Form {
        name: "trajectory:repeated-calls",
        about: "How many tool calls were the same as one before, arguments and all: a loop. Yes or no where `max` is given.",
        keys: &[MAX],
        one_of: &[],
        read: trajectory::repeated,
    },
    Form {
        name: "exec",
        about: "What a program of your own says of the output, over lines of JSON.",
        keys: &[
            Key::required("command", Takes::Texts, "The program and its arguments; no shell is used."),
            Key::optional(
                "gives",
                Takes::Word(&["yes_no", "share", "number"]),
                "What it says: yes or no (default), a number from 0 to 1, or any number.",
            ),
            Key::optional("workers", Takes::Whole(1), "How many of it run side by side."),
            Key::optional(
                "mode",
                Takes::Word(&["lines", "once"]),
                "Whether a process answers line by line (default), or is started for each output.",
            ),
            Key::optional("timeout", Takes::Time, "How long one answer may take."),
            Key::optional("env", Takes::Texts, "Variables of the environment that it is given."),
            Key::optional("cwd", Takes::File, "The folder that it runs in, relative to the suite."),
            AT_LEAST,
        ],
        one_of: &[],
        // The program is put among the models where the metric's name is known.
        read: |fields| {
            let gives = fields.one_of("gives", GIVES).unwrap_or_default();
            Some(CheckKind::Exec { program: "".into(), gives })
        },
    },
];

const GIVES: &[(&str, Gives)] = &[("yes_no", Gives::YesNo), ("share", Gives::Share), ("number", Gives::Number)];

/// The check of a name.
pub fn form(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}
