//! `karat calibrate`: the judges of a stored run against the human labels.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use super::args::CalibrateArgs;
use super::context::{Context, Loudness};
use super::exit::Exit;
use super::failure::Failure;
use super::form::{Form, form_or_page};
use super::{Outcome, outputs, sequential, stored};
use crate::analysis::{Calibration, CascadeFindings, Gathered, PanelFindings, Wanted, calibrate as of};
use crate::report::{RenderError, calibration};
use crate::store::Runs;

/// What `--json` prints.
#[derive(Serialize)]
struct Calibrated<'a> {
    #[serde(flatten)]
    found: &'a Calibration,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    panels: &'a IndexMap<String, PanelFindings>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    cascades: &'a IndexMap<String, CascadeFindings>,
}

/// Shows how far each judge agrees with the humans, and where it does not.
///
/// # Errors
/// No such run, or one that cannot be read.
pub fn calibrate(context: &Context, file: &Path, args: &CalibrateArgs) -> Outcome {
    let forms = args.output.iter().map(|path| Ok((path, form_or_page(path, "a calibration")?)));
    let forms: Vec<(&PathBuf, Option<Form>)> = forms.collect::<Result<_, Failure>>()?;
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, &args.stored.run)?;
    let stored::Stored { manifest, tables, pairs, .. } = stored::read(&runs, &id)?;
    let suite = &manifest.suite;
    let alpha = suite.gate.as_ref().map_or(0.05, |gate| gate.alpha);
    let all = args.stored.json || forms.iter().any(|(_, form)| *form == Some(Form::Json));
    let told = if all { usize::MAX } else { args.show };
    let wanted = Wanted { told, next: args.next, precision: args.precision };
    let gathered = Gathered::read(suite, &pairs, &tables)?;
    let stopped = sequential::stopped_early(&manifest, tables.cases.len() as u64);
    let found = Calibration { stopped, ..of(suite, &gathered, &tables, alpha, wanted)? };
    let (panels, cascades) = (gathered.panels(), gathered.cascades());
    let json = || -> Result<String, Failure> {
        let mut text =
            serde_json::to_string_pretty(&Calibrated { found: &found, panels: &panels, cascades: &cascades })
                .map_err(RenderError::from)?;
        text.push('\n');
        Ok(text)
    };
    let view = calibration::View { columns: context.columns(), colour: context.colour_on_stdout(), shown: args.show };
    let told =
        calibration::Calibrated { suite: &suite.name, found: &found, alpha, panels: &panels, cascades: &cascades };
    for (path, form) in forms {
        let text = match form {
            None => calibration::html(told, args.show)?,
            Some(Form::Json) => json()?,
            Some(Form::Markdown) => calibration::markdown(told, args.show),
            Some(Form::Text) => calibration::render(told, &calibration::View { columns: 100, colour: false, ..view }),
        };
        outputs::write(path, &text)?;
    }
    if args.stored.json {
        context.print(&json()?)?;
    } else if context.loudness == Loudness::Quiet {
        context.print(&calibration::brief(told))?;
    } else {
        context.print(&calibration::render(told, &view))?;
    }
    Ok(Exit::Done)
}
