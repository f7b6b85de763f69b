//! Keys that cannot be printed, and texts with every trace of them taken out.

use std::fmt;

/// A key or another value that no file, page or message may hold. It has no `Serialize` on purpose.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the header it goes into and for nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

pub(super) const MASK: &str = "***";

/// A key that is shorter may be a word as well (`EMPTY`, `1`): no provider's is, and to take it out of what a model says
/// would change the text that is measured.
const SHORTEST_KEY: usize = 8;

/// From this length on a value is a key, whatever it is there for.
const SURELY_A_KEY: usize = 16;

/// So short a value is taken out of messages where it stands alone only.
const SYLLABLE: usize = 4;

/// So many characters in common with a key are a piece of it.
const PIECE: usize = 8;

/// What is not to be seen, as the suite and the environment give it.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// Known to be keys, each with what stands before it where it is sent: `Bearer `.
    pub keys: Vec<(Secret, &'static str)>,
    /// Values that may be keys.
    pub values: Vec<Secret>,
}

/// Takes known secrets out of texts that came from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Redactor {
    /// Those of which pieces are looked for.
    keys: Vec<Secret>,
    /// Every secret as it may be spelled in JSON and in URLs too, longest first.
    spellings: Vec<Spelling>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Spelling {
    text: Secret,
    /// Taken out of a model's own text too, and not only out of messages.
    everywhere: bool,
    /// Taken out where no letter or digit is beside it.
    alone: bool,
}

impl Redactor {
    pub(super) fn new(secrets: Secrets) -> Self {
        let Secrets { keys, values } = secrets;
        let mut spellings = Vec::new();
        let mut long = Vec::new();
        let keys = keys.into_iter().map(|(key, scheme)| (key, scheme, SHORTEST_KEY));
        for (Secret(secret), scheme, shortest) in keys.chain(values.into_iter().map(|v| (v, "", SURELY_A_KEY))) {
            if secret.is_empty() {
                continue;
            }
            let everywhere = secret.len() >= shortest;
            let alone = secret.len() < SYLLABLE;
            let json = serde_json::Value::from(secret.as_str()).to_string();
            let json = json[1..json.len() - 1].to_string();
            let slashes = json.replace('/', "\\/");
            let plain = [secret.clone(), json, slashes, percent(&secret)];
            spellings.extend(plain.map(|text| Spelling { text: Secret(text), everywhere, alone }));
            if !everywhere && !scheme.is_empty() {
                // No text has this by chance, however short the key.
                let text = Secret(format!("{scheme}{secret}"));
                spellings.push(Spelling { text, everywhere: true, alone: true });
            }
            if everywhere {
                long.push(Secret(secret));
            }
        }
        spellings.sort_by_key(|s| (std::cmp::Reverse(s.text.0.len()), s.text.0.clone(), !s.everywhere, s.alone));
        spellings.dedup_by(|later, first| later.text == first.text);
        Self { keys: long, spellings }
    }

    /// A body as it came, without whole keys in it; nothing else is touched.
    pub(super) fn body(&self, text: String) -> String {
        self.spellings.iter().filter(|spelling| spelling.everywhere).fold(text, |text, spelling| spelling.out_of(text))
    }

    /// Bytes as they came, without whole keys in them; those that are no text stay as they are.
    pub(super) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.spellings.is_empty() {
            return bytes;
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.body(text).into_bytes(),
            Err(error) => error.into_bytes(),
        }
    }

    /// Words for a person, without keys, pieces of keys and half-masked keys.
    pub(super) fn words(&self, text: &str) -> String {
        let mut text = self.spellings.iter().fold(text.to_string(), |text, spelling| spelling.out_of(text));
        for Secret(secret) in &self.keys {
            text = without_pieces(&text, secret);
            text = without_masked(&text, secret);
        }
        text
    }
}

impl Spelling {
    fn out_of(&self, text: String) -> String {
        let Secret(spelled) = &self.text;
        if !text.contains(spelled.as_str()) {
            return text;
        }
        if !self.alone {
            return text.replace(spelled.as_str(), MASK);
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (at, found) in text.match_indices(spelled.as_str()) {
            let end = at + found.len();
            let beside = [text[..at].chars().next_back(), text[end..].chars().next()];
            if at >= from && !beside.iter().flatten().any(|c| c.is_alphanumeric()) {
                out.push_str(&text[from..at]);
                out.push_str(MASK);
                from = end;
            }
        }
        out.push_str(&text[from..]);
        out
    }
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A cut body may end in the middle of a key.
fn without_pieces(text: &str, secret: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
        let longest = ends.take_while(|end| secret.contains(&rest[..*end])).last().unwrap_or(0);
        if rest[..longest].chars().count() >= PIECE {
            out.push_str(MASK);
            rest = &rest[longest..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Providers say which key was wrong by its first and last letters: `sk-ab****wxyz`.
fn without_masked(text: &str, secret: &str) -> String {
    let ends_word = |c: char| c.is_whitespace() || "\"'`,;:()[]{}<>=\\".contains(c);
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(ends_word) {
        let body = word.trim_end_matches(ends_word);
        let core = body.trim_end_matches('.');
        let masks = ["**", "...", "…"];
        let head = masks.iter().filter_map(|mask| core.find(mask)).min();
        let tail = masks.iter().filter_map(|mask| core.rfind(mask).map(|at| at + mask.len())).max();
        let shows = match (head, tail) {
            (Some(head), Some(tail)) => {
                (head > 0 && secret.starts_with(&core[..head]))
                    || (tail < core.len() && secret.ends_with(core[tail..].trim_start_matches(['*', '.'])))
            }
            _ => false,
        };
        out.push_str(if shows { MASK } else { core });
        out.push_str(&word[core.len()..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-test/9f8e7d6c5b4a3210\"zz";

    #[test]
    fn a_secret_prints_as_stars() {
        assert_eq!(format!("{} {:?}", Secret::new(KEY), Secret::new(KEY)), "*** ***");
    }

    fn redactor(keys: &[&str], values: &[&str]) -> Redactor {
        let keys = keys.iter().map(|key| (Secret::new(*key), "Bearer ")).collect();
        Redactor::new(Secrets { keys, values: values.iter().map(|value| Secret::new(*value)).collect() })
    }

    #[test]
    fn every_spelling_piece_and_mask_of_a_key_goes() {
        let redactor = redactor(&[KEY], &["1", "EMPTY"]);
        let words = |text: &str| redactor.words(text);
        assert_eq!(words(&format!("Bearer {KEY}.")), "Bearer ***.");
        assert_eq!(words(r#"{"k":"sk-test/9f8e7d6c5b4a3210\"zz"}"#), r#"{"k":"***"}"#);
        assert_eq!(words(r#"{"k":"sk-test\/9f8e7d6c5b4a3210\"zz"}"#), r#"{"k":"***"}"#);
        assert_eq!(words("?key=sk-test%2F9f8e7d6c5b4a3210%22zz&b=1"), "?key=***&b=***");
        assert_eq!(words("äcut: sk-test/9f8e7"), "äcut: ***");
        assert_eq!(
            words("Incorrect API key: sk-t*********\"zz. See **docs** ..."),
            "Incorrect API key: ***\"zz. See **docs** ..."
        );
        assert_eq!(words("EMPTY 1 of 10"), "*** *** of 10");
        assert_eq!(redactor.body(format!("{KEY} EMPTY")), "*** EMPTY");
    }

    #[test]
    fn a_key_of_eight_characters_is_taken_out_of_every_text() {
        let redactor = redactor(&["hunter22"], &["research"]);
        assert_eq!(redactor.body("hunter22 and research".to_string()), "*** and research");
        assert_eq!(redactor.words("hunter22 and research"), "*** and ***");
        assert_eq!(redactor.words("hunter22****"), "*******");
    }

    #[test]
    fn a_shorter_one_is_left_to_the_model_but_not_to_messages_or_headers() {
        let redactor = redactor(&["k3y", "EMPTY"], &[]);
        assert_eq!(redactor.words("no such key: k3y (k3yboard), EMPTY"), "no such key: *** (k3yboard), ***");
        let spoken = redactor.body("EMPTY; authorization: Bearer k3y, Bearer EMPTYing".to_string());
        assert_eq!(spoken, "EMPTY; authorization: ***, Bearer EMPTYing");
    }
}
