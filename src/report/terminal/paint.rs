//! Words → words in colour, where colour is wanted.

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Plain,
    /// Headings.
    Bold,
    /// What can be skipped.
    Dim,
    /// Better, passed.
    Good,
    /// Worse, failed.
    Bad,
    /// Not known.
    Unsure,
}

/// `text` in `ink`. `text` must be safe already: what is painted is not looked at again.
pub fn paint(colour: bool, ink: Ink, text: &str) -> String {
    let code = match ink {
        _ if !colour || text.is_empty() => return text.to_string(),
        Ink::Plain => return text.to_string(),
        Ink::Bold => "1",
        Ink::Dim => "2",
        Ink::Good => "32",
        Ink::Bad => "1;31",
        Ink::Unsure => "33",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}
