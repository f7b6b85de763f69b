//! A check that is not known → what to write instead: one to come, one of another tool, or a slip of the pen.

use super::table::FORMS;
use crate::diagnostic::{Diagnostic, nearest};
use crate::suite::reader::remedy;

/// What is said of a check that is not known.
pub fn unknown(name: &str) -> Diagnostic {
    let known = FORMS.iter().map(|form| form.name);
    let (positive, negated) = match name.strip_prefix("not-") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let plain = positive.replace('_', "-").to_lowercase();
    let called = match plain.as_str() {
        "perplexity" | "meteor" | "gleu" | "is-xml" | "is-sql" | "is-html" | "bertscore" | "webhook" => {
            let diagnostic = Diagnostic::new(format!("the check `{name}` is not built yet"));
            return diagnostic.hint(remedy("", known, ""));
        }
        "llm-rubric"
        | "g-eval"
        | "geval"
        | "model-graded-closedqa"
        | "llm-judge"
        | "judge"
        | "select-best"
        | "pairwise" => {
            return judged(name, "rubrics/quality.yaml");
        }
        "context-faithfulness" | "faithfulness" => return judged(name, "\"builtin:faithfulness\""),
        "answer-relevance" => return judged(name, "\"builtin:answer-relevance\""),
        "factuality" | "model-graded-factuality" | "answer-correctness" => {
            return judged(name, "\"builtin:answer-correctness\"");
        }
        "context-recall" => return judged(name, "\"builtin:context-recall\""),
        "context-relevance" | "context-precision" => return judged(name, "\"builtin:context-precision\""),
        "trajectory:goal-success" | "task-completion" => return judged(name, "\"builtin:task-completion\""),
        "exact" | "exact-match" | "exactmatch" | "equal" => "check: equals",
        "iequals" => "check: equals, ignore_case: true",
        "startswith" | "prefix" => "check: starts-with",
        "istarts-with" => "check: starts-with, ignore_case: true",
        "match" | "matches" | "regexp" | "pattern" => "check: regex",
        "json" | "valid-json" | "is-valid-json" | "json-schema" => "check: is-json",
        "numeric" | "is-number" | "number-equals" => "check: number",
        "word-count" => "check: length, unit: words",
        "char-count" | "characters" => "check: length, unit: chars",
        "edit-distance" => "check: levenshtein",
        "rouge" => "check: rouge-l",
        "rouge-1" => "check: rouge-n, n: 1",
        "rouge-2" => "check: rouge-n, n: 2",
        "embedding" | "semantic-similarity" | "similarity" => "check: similar, model: embedder",
        "refusal" => "check: is-refusal",
        "python" => "check: exec, command: [python, check.py]",
        "javascript" => "check: exec, command: [node, check.js]",
        "custom" | "command" | "script" => "check: exec, command: […]",
        "recall" | "recall@k" | "hit-rate" => "check: recall-at-k, k: 5",
        "precision" | "precision@k" => "check: precision-at-k, k: 5",
        "mrr@k" | "reciprocal-rank" => "check: mrr, k: 10",
        "ndcg@k" | "ndcg-at-k" => "check: ndcg, k: 10",
        "tool-used" | "tool-called" | "tool-selection" => "check: trajectory:tool-used",
        "tool-args-match" | "tool-call-f1" | "tool-arguments" => "check: trajectory:tool-args-match",
        "tool-sequence" => "check: trajectory:tool-sequence",
        "step-count" | "steps" => "check: trajectory:step-count",
        "loops" | "trajectory:loops" | "repeated-calls" => "check: trajectory:repeated-calls",
        "finish_reason" | "stop-reason" => "check: finish-reason, value: stop",
        _ => {
            let not = if negated { "not-" } else { "" };
            let hint = match nearest(&plain, known.clone()) {
                Some(near) => format!("did you mean `{not}{near}`?"),
                None => remedy(name, known, ""),
            };
            return Diagnostic::new(format!("there is no check `{name}`")).hint(hint);
        }
    };
    let not = if negated { ", not: true" } else { "" };
    Diagnostic::new(format!("there is no check `{name}`")).hint(format!("write `{called}{not}`"))
}

/// What is a check elsewhere, and here a rubric.
fn judged(name: &str, rubric: &str) -> Diagnostic {
    Diagnostic::new(format!("`{name}` is not a check here, but a rubric with its judge"))
        .hint(format!("write `{{rubric: {rubric}, judge: grader}}`"))
}
