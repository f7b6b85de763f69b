//! The prompt files that a candidate names, as they are or as they were at a git revision → message templates.

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{At, Node, Value};
use crate::suite::reader::{Reader, Source};
use crate::suite::template::{self, Fault};
use crate::suite::{MessageTemplate, PromptFile, Role, revision};

const ROLES: &[(&str, Role)] = &[("system", Role::System), ("user", Role::User), ("assistant", Role::Assistant)];

/// A file with one template.
pub fn one(fields: &Fields<'_>, key: &str, role: Role) -> Option<(MessageTemplate, PromptFile)> {
    let (written, source, file) = open(fields, key)?;
    check(&file.text, |fault| fields.reader.folder.say(fault.diagnose(&source.file, &source.text, 1)));
    if file.text.trim().is_empty() {
        fields.say(key, Diagnostic::new(format!("`{written}` is empty")));
    }
    Some((MessageTemplate { role, content: file.text.clone(), file: written, line: 1 }, file))
}

/// A file with a list of messages.
pub fn messages(fields: &Fields<'_>) -> Option<(Vec<MessageTemplate>, Vec<PromptFile>)> {
    let (written, source, file) = open(fields, "messages")?;
    let reader = Reader { source: &source, ..fields.reader };
    let root = reader.yaml()?;
    let Value::List(items) = &root.value else {
        return reader.wrong(&root, "messages", "a list of `{role, content}`");
    };
    if items.is_empty() {
        reader.say(
            root.at,
            Diagnostic::new("a prompt needs a message").hint("for example `- {role: user, content: \"{{ input }}\"}`"),
        );
    }
    let messages: Vec<_> = items.iter().filter_map(|item| message(reader, item, &written)).collect();
    Some((messages, vec![file]))
}

fn message(reader: Reader<'_>, item: &Node, written: &str) -> Option<MessageTemplate> {
    let fields = Fields::open(reader, item, "a message", keys::MESSAGE)?;
    fields.required("role", "role: user");
    let role = fields.one_of("role", ROLES);
    let content = fields.text("content", "content: \"{{ input }}\"");
    let node = fields.get("content")?;
    let content = content?;
    check_inline(reader, node, &content);
    Some(MessageTemplate { role: role?, content, file: written.to_string(), line: node.at.line })
}

/// A template that stands in the suite itself, as `key` of a map.
pub fn inline(reader: Reader<'_>, node: &Node, key: &str) -> Option<MessageTemplate> {
    let content = reader.scalar(node, key)?;
    check_inline(reader, node, &content);
    Some(MessageTemplate { role: Role::User, content, file: reader.source.file.clone(), line: node.at.line })
}

/// Says what is wrong with a template that stands in the suite itself.
pub fn check_inline(reader: Reader<'_>, node: &Node, content: &str) {
    check(content, |fault| {
        let place = reader.source.place(place_of(node, content, &fault));
        let diagnostic = Diagnostic::new(fault.message).at(place);
        reader.folder.say(Diagnostic { hint: fault.hint, ..diagnostic });
    });
}

/// Where a fault of a template stands in the YAML file that holds the template.
pub fn place_of(node: &Node, content: &str, fault: &Fault) -> At {
    let (line, column) = template::position(content, fault.range.start);
    let width = content.get(fault.range.clone()).map_or(1, |part| part.chars().count()).max(1);
    // A block (`|`) keeps its lines and is only indented; in quotes the text begins after the quote.
    let quote = usize::from(node.at.width >= content.chars().count() + 2);
    At { line: node.at.line + line - 1, column: node.at.column + quote + column - 1, width }
}

/// A template must compile, and must not use the gold.
fn check(text: &str, mut say: impl FnMut(Fault)) {
    if let Err(fault) = template::compile(text) {
        return say(fault);
    }
    let used = template::variables(text);
    for name in template::GOLD.iter().filter(|name| used.contains(**name)) {
        say(Fault {
            message: format!("a prompt may not see the gold: `{name}`"),
            range: template::first_use(text, name).unwrap_or(0..0),
            hint: Some(
                "it sees `input`, `context`, `messages`, and the keys of an input that is an object".to_string(),
            ),
        });
    }
}

/// Reads the file that `key` names: as written, the text under its name, and the file for the suite.
fn open(fields: &Fields<'_>, key: &str) -> Option<(String, Source, PromptFile)> {
    let reader = fields.reader;
    let node = fields.get(key)?;
    let written = match &node.value {
        Value::List(_) | Value::Map(_) => return reader.wrong(node, key, "the path of a file"),
        _ => reader.text(node, key)?,
    };
    if written.contains('\n') || template::is_template(&written) {
        let diagnostic = Diagnostic::new(format!("`{key}` names a file, and here stands the prompt itself"));
        fields.say(key, diagnostic.hint(format!("put it into a file: `{key}: prompts/v1.j2`")));
        return None;
    }
    // A file whose own name holds an `@` is that file.
    let literal = reader.expand(node, &written).is_some_and(|path| reader.folder.resolve(&path).is_file());
    match revision::split(&written) {
        Some((path, name)) if !literal => at_revision(reader, node, &written, path, name),
        _ => {
            let source = reader.file(node, &written)?;
            let text = source.text.clone();
            Some((written.clone(), source, PromptFile { path: written, revision: None, text }))
        }
    }
}

fn at_revision(
    reader: Reader<'_>,
    node: &Node,
    written: &str,
    path: &str,
    name: &str,
) -> Option<(String, Source, PromptFile)> {
    let (real_path, real_name) = (reader.expand(node, path)?, reader.expand(node, name)?);
    match revision::read(&reader.folder.resolve("."), &real_path, &real_name) {
        Ok((text, mut revision)) => {
            revision.name = name.to_string();
            let source = Source { file: reader.folder.shown(&format!("{real_path}@{real_name}")), text: text.clone() };
            Some((written.to_string(), source, PromptFile { path: path.to_string(), revision: Some(revision), text }))
        }
        Err(diagnostic) => {
            reader.say(node.at, diagnostic);
            None
        }
    }
}
