//! `karat rubrics`: the rubrics that ship, and the text of one, to be copied and changed.

use super::Outcome;
use super::context::Context;
use super::exit::Exit;
use super::session::mistake;
use crate::diagnostic::nearest;
use crate::suite::builtin;

/// Prints the names of all, or the text of one.
///
/// # Errors
/// A name that none has.
pub fn rubrics(context: &Context, name: Option<&str>) -> Outcome {
    let Some(name) = name else {
        let width = builtin::ALL.iter().map(|rubric| rubric.name.len()).max().unwrap_or(0);
        let lines: Vec<String> =
            builtin::ALL.iter().map(|rubric| format!("{:width$}  {}\n", rubric.name, rubric.about)).collect();
        context.print(&lines.concat())?;
        return Ok(Exit::Done);
    };
    let name = name.strip_prefix(builtin::PREFIX).unwrap_or(name);
    let Some(rubric) = builtin::find(name) else {
        let hint = match nearest(name, builtin::ALL.iter().map(|rubric| rubric.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`karat rubrics` lists them".to_string(),
        };
        return Err(mistake(format!("there is no built-in rubric `{name}`"), hint));
    };
    context.print(rubric.text)?;
    Ok(Exit::Done)
}
