//! Report → `summary.json`: ordered, indented, every float finite or null.

use super::{RenderError, Report};

/// The summary as JSON, with a newline at its end.
///
/// # Errors
/// Where the summary cannot be written as JSON; no known report does that.
pub fn render(report: &Report) -> Result<String, RenderError> {
    // serde_json writes a float that is not finite as null, which is what the contract asks for.
    let mut out = serde_json::to_string_pretty(&report.summary())?;
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn holds_the_whole_summary() {
        insta::assert_snapshot!(render(&sample::fixture()).unwrap());
    }

    #[test]
    fn a_float_that_is_not_finite_is_null() {
        let out = render(&sample::unmeasured()).unwrap();
        assert!(!out.contains("NaN") && !out.contains("inf"));
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(value["comparisons"][0]["difference"].is_null());
    }
}
