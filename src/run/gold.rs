//! Cases as they go by → where a rubric shows the judge a reference or documents, and a case has none.

use crate::dataset::Case;
use crate::diagnostic::Diagnostic;
use crate::suite::{CaseId, MetricName, Suite, builtin};

/// What each judged metric shows of the gold, and how many of the cases lack it.
pub(super) struct Gold<'a> {
    lacking: Vec<Lacking<'a>>,
    cases: usize,
}

struct Lacking<'a> {
    metric: &'a MetricName,
    /// The rubric, as the suite names it.
    file: &'a str,
    /// In the words of the rubric.
    what: &'static str,
    count: usize,
    first: Option<CaseId>,
}

impl<'a> Gold<'a> {
    pub fn new(suite: &'a Suite) -> Self {
        let lacking = suite.metrics.iter().flat_map(|(metric, spec)| {
            let (shows, file) =
                spec.rubric().map(|judged| (judged.rubric.shows, judged.file.as_str())).unwrap_or_default();
            let shown = [("reference", shows.reference), ("context", shows.context)];
            let lacking = move |what| Lacking { metric, file, what, count: 0, first: None };
            shown.into_iter().filter(|(_, shows)| *shows).map(move |(what, _)| lacking(what))
        });
        Self { lacking: lacking.collect(), cases: 0 }
    }

    pub fn see(&mut self, case: &Case) {
        self.cases += 1;
        for lacking in &mut self.lacking {
            let has = match lacking.what {
                "reference" => case.reference.is_some(),
                _ => !case.context.is_empty(),
            };
            if !has {
                lacking.count += 1;
                lacking.first.get_or_insert_with(|| case.id.clone());
            }
        }
    }

    /// What is shown and nowhere there, and what some cases lack, in words.
    pub fn finish(self) -> (Vec<Diagnostic>, Vec<String>) {
        let (mut wrong, mut notes) = (Vec::new(), Vec::new());
        for Lacking { metric, file, what, count, first } in self.lacking {
            let Some(first) = first else { continue };
            if count == self.cases {
                let words = format!("the rubric of `{metric}` shows the judge the {what}, and no case has one");
                let copy = match file.strip_prefix(builtin::PREFIX) {
                    Some(name) => format!("copy the rubric (`karat rubrics {name}`) and take it out of its `shows`"),
                    None => "take it out of the rubric's `shows`".to_string(),
                };
                let hint = format!("give the cases a `{what}`, or {copy}");
                wrong.push(Diagnostic::new(words).hint(hint));
            } else {
                notes.push(format!(
                    "the rubric of `{metric}` shows the judge the {what}, and {count} of {} cases have none (case \
                     `{first}` first): the judge is told so",
                    self.cases
                ));
            }
        }
        (wrong, notes)
    }
}
