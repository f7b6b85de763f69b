//! What is wrong with something the user wrote, and where: the file, the line, the column and what would mend it.

use std::fmt;

use serde::Serialize;

/// One mistake in a file that the user wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What is wrong: a lowercase fragment, `unknown key `candidats``.
    pub message: String,
    /// Where it stands; `None` where a file as a whole is meant and the message names it.
    pub place: Option<Place>,
    /// What would mend it: the nearest known name, the keys that may stand here, an example.
    pub hint: Option<String>,
}

/// A stretch of one line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The path as the user would type it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant, at least 1.
    pub width: usize,
    /// The line itself, without its end.
    pub source: String,
}

/// All the mistakes that one check found; never empty when it is returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostic {
    /// A mistake with no place of its own in a file.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, hint: None }
    }

    /// The same mistake, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// As rustc would print it, in colour or plain.
    pub fn render(&self, colour: bool) -> String {
        render::diagnostic(self, colour)
    }

    /// The same mistake, with what would mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Place {
    /// The place of one character of `text`, by its line (from 1) and column (characters, from 1).
    pub fn new(file: impl Into<String>, text: &str, line: usize, column: usize, width: usize) -> Self {
        let source = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
        let source = source.strip_prefix('\u{feff}').unwrap_or(source).to_string();
        Self { file: file.into(), line, column: column.max(1), width: width.max(1), source }
    }
}

impl Diagnostics {
    /// Adds one mistake.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// `value` where nothing was found wrong, else all that was.
    ///
    /// # Errors
    /// The mistakes themselves.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", render::diagnostic(self, false))
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.render(false))
    }
}

impl std::error::Error for Diagnostic {}
impl std::error::Error for Diagnostics {}

impl Diagnostics {
    /// All of them as rustc would print them, one after another, in colour or plain.
    pub fn render(&self, colour: bool) -> String {
        let parts: Vec<String> = self.0.iter().map(|d| render::diagnostic(d, colour)).collect();
        parts.join("\n\n")
    }
}

/// The name among `known` that `written` most likely meant, if one is near enough.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

mod render {
    //! A diagnostic → the text a person reads, in rustc's own style.

    use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};

    use super::Diagnostic;

    pub fn diagnostic(d: &Diagnostic, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut group = Level::ERROR
            .primary_title(d.message.as_str())
            .elements(Vec::<Snippet<'_, annotate_snippets::Annotation<'_>>>::new());
        if let Some(place) = &d.place {
            let start = byte_of(&place.source, place.column - 1);
            let end = byte_of(&place.source, place.column - 1 + place.width).max(start);
            group = group.element(
                Snippet::source(place.source.as_str())
                    .path(place.file.as_str())
                    .line_start(place.line)
                    .annotation(AnnotationKind::Primary.span(start..end)),
            );
        }
        if let Some(hint) = &d.hint {
            // A hint may quote what the user wrote, and only titles and sources are cleaned by the renderer itself.
            group = group.element(Level::HELP.message(normalize_untrusted_str(hint)));
        }
        renderer.render(&[group]).to_string()
    }

    /// The byte at which the character number `column` (from 0) of `line` starts.
    fn byte_of(line: &str, column: usize) -> usize {
        line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_the_place_and_the_hint() {
        let place = Place::new("karat.yaml", "name: x\ncandidats:\n", 2, 1, 9);
        let d = Diagnostic::new("unknown key `candidats`").at(place).hint("did you mean `candidates`?");
        insta::assert_snapshot!(d, @r"
        error: unknown key `candidats`
         --> karat.yaml:2:1
          |
        2 | candidats:
          | ^^^^^^^^^
          |
          = help: did you mean `candidates`?
        ");
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        assert_eq!(nearest("candidats", ["candidates", "models"]), Some("candidates"));
        assert_eq!(nearest("zzz", ["candidates", "models"]), None);
    }
}
