//! Text with `${NAME}` → the text with the environment's values in place, and those values.

/// Where variables are looked up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A text after its variables were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub text: String,
    /// The values that went in, any of which may be a secret.
    pub values: Vec<String>,
}

/// Expands every `${NAME}`; what is not of that form stays as it is.
///
/// # Errors
/// The name of a variable that is not set.
pub(super) fn expand(text: &str, lookup: Lookup<'_>) -> Result<Expanded, String> {
    let mut expanded = Expanded { text: String::with_capacity(text.len()), values: Vec::new() };
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let after = &rest[at + 2..];
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            expanded.text.push_str(&rest[..at + 2]);
            rest = after;
            continue;
        };
        let value = lookup(name).ok_or_else(|| name.to_string())?;
        expanded.text.push_str(&rest[..at]);
        expanded.text.push_str(&value);
        expanded.values.push(value);
        rest = &after[name.len() + 1..];
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_and_the_rest_stays() {
        let lookup = |name: &str| (name == "A_1").then(|| "x${B}".to_string());
        let expanded = expand("${A_1}/${no}{{ y }}$${A_1}", &lookup);
        assert_eq!(expanded, Err("no".to_string()));
        let expanded = expand("${A_1}/${no way}${ $$A ${", &lookup).unwrap();
        assert_eq!(expanded.text, "x${B}/${no way}${ $$A ${");
        assert_eq!(expanded.values, ["x${B}"]);
    }
}
