//! The address, key, headers and query of a model: none of them may hold a key written down.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::environment::is_variable_name;
use crate::suite::fields::Fields;
use crate::suite::keys;

/// What karat puts after the root itself.
const ENDPOINTS: &[&str] = &["/chat/completions", "/responses", "/messages", ":generateContent"];

/// The root of an API, which is no endpoint.
pub fn base_url(fields: &Fields<'_>) -> Option<String> {
    let url = address(fields, "base_url")?;
    let expanded = fields.reader.expand(fields.get("base_url")?, &url)?;
    let path = expanded.trim_end_matches('/');
    if let Some(end) = ENDPOINTS.iter().find(|end| path.ends_with(**end)) {
        let diagnostic =
            Diagnostic::new("`base_url` is the root of the API, and the endpoint's own path comes after it");
        fields.say("base_url", diagnostic.hint(format!("leave `{end}` off")));
    }
    Some(url)
}

/// The address under a key.
pub fn address(fields: &Fields<'_>, key: &str) -> Option<String> {
    let node = fields.get(key)?;
    let url = fields.reader.text(node, key)?;
    let expanded = fields.reader.expand(node, &url)?;
    let rest = expanded.strip_prefix("https://").or_else(|| expanded.strip_prefix("http://"));
    match rest {
        None => fields.say(key, Diagnostic::new(format!("`{key}` must start with `http://` or `https://`"))),
        Some(rest) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
            if let Some((_, password)) = url.split_once('@').and_then(|(before, _)| before.rsplit_once(':'))
                && authority.contains('@')
                && !password.contains("${")
            {
                fields.reader.folder.hide(password);
                fields.say(key, written_key().hint("put it into a header: `headers: {authorization: \"${NAME}\"}`"));
            }
            let pairs = url.split_once('?').into_iter().flat_map(|(_, query)| query.split('&'));
            for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
                if keys::names_a_secret(name) && !value.contains("${") {
                    fields.reader.folder.hide(value);
                    fields.say(
                        key,
                        written_key().hint(format!("put it into the query: `query: {{{name}: \"${{NAME}}\"}}`")),
                    );
                }
            }
        }
    }
    Some(url)
}

pub fn api_key_env(fields: &Fields<'_>) -> Option<String> {
    let name = fields.optional_text("api_key_env")?;
    if is_variable_name(&name) {
        return Some(name);
    }
    // Who writes the key itself here has put it into a file already; the message need not spread it further.
    fields.reader.folder.hide(&name);
    let diagnostic = Diagnostic::new("`api_key_env` must be the name of an environment variable");
    fields.say(
        "api_key_env",
        diagnostic.hint("a key is named by its variable, never written down: `api_key_env: OPENAI_API_KEY`"),
    );
    None
}

/// A map of texts, none of which may be a key written down.
pub fn strings(fields: &Fields<'_>, key: &str) -> IndexMap<String, String> {
    let mut strings = IndexMap::new();
    for (name, node) in fields.names(key) {
        let Some(text) = fields.reader.scalar(node, &name.name) else {
            continue;
        };
        if keys::names_a_secret(&name.name) && !text.contains("${") && text.chars().count() > 8 {
            fields.reader.folder.hide(&text);
            fields
                .reader
                .say(node.at, written_key().hint(format!("write `{}: \"${{NAME_OF_THE_VARIABLE}}\"`", name.name)));
        }
        fields.reader.expand(node, &text);
        strings.insert(name.name.clone(), text);
    }
    strings
}

fn written_key() -> Diagnostic {
    Diagnostic::new("a key is named by its variable, never written down")
}
