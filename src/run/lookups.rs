//! Cases as they go by → what checks look up in a case, and a case does not have.

use crate::check::{CheckError, Checker};
use crate::dataset::Case;
use crate::diagnostic::{Diagnostic, nearest};
use crate::suite::{CaseId, MetricName, Suite};

/// What every template can look up, where a case has it.
const FIELDS: [&str; 8] = ["id", "input", "reference", "context", "tags", "cluster", "labels", "messages"];

/// Each check that looks something up, and how many of the cases lack that.
pub(super) struct Lookups<'a> {
    checks: Vec<Lookup<'a>>,
    cases: usize,
}

struct Lookup<'a> {
    metric: &'a MetricName,
    checker: Checker,
    lacking: usize,
    first: Option<First>,
}

/// The first case that lacks something.
struct First {
    case: CaseId,
    why: CheckError,
    /// The keys of its input.
    keys: Vec<String>,
}

impl<'a> Lookups<'a> {
    pub fn new(suite: &'a Suite) -> Self {
        let checks = suite.metrics.iter().filter_map(|(metric, spec)| {
            // One that cannot be compiled is told of by itself.
            let checker = Checker::new(spec.check()?).ok().filter(|checker| !checker.variables().is_empty())?;
            Some(Lookup { metric, checker, lacking: 0, first: None })
        });
        Self { checks: checks.collect(), cases: 0 }
    }

    pub fn see(&mut self, case: &Case) {
        self.cases += 1;
        for Lookup { checker, lacking, first, .. } in &mut self.checks {
            let Err(why) = checker.lacks(case) else { continue };
            *lacking += 1;
            let keys = || case.input.as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default();
            first.get_or_insert_with(|| First { case: case.id.clone(), why, keys: keys() });
        }
    }

    /// What no case has, and what some cases lack, in words.
    pub fn finish(self) -> (Vec<Diagnostic>, Vec<String>) {
        let (mut wrong, mut notes) = (Vec::new(), Vec::new());
        for Lookup { metric, lacking, first, .. } in self.checks {
            let Some(First { case, why, keys }) = first else { continue };
            if lacking == self.cases {
                let words = format!("metric `{metric}`, every case: {why}");
                wrong.push(Diagnostic::new(words).hint(hint(&why, &keys)));
            } else {
                notes.push(format!(
                    "metric `{metric}`, {lacking} of {} cases (`{case}` first): {why}; these get an error and no score",
                    self.cases
                ));
            }
        }
        (wrong, notes)
    }
}

fn hint(why: &CheckError, keys: &[String]) -> String {
    let CheckError::Missing { names, .. } = why else { return "look at the template".to_string() };
    let known = || FIELDS.into_iter().chain(keys.iter().map(String::as_str));
    if let Some(field) = names.iter().find(|name| FIELDS.contains(&name.as_str())) {
        return format!("give the cases a `{field}`, or say with `fields` under `dataset` which column it is in");
    }
    match names.iter().find_map(|name| nearest(name, known())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a check can look up the fields of a case, and the keys of an input that is an object".to_string(),
    }
}
