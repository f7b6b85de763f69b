//! YAML text → a tree of nodes with their places; what is not YAML, and keys written twice, become diagnostics.
//!
//! The events come from serde-saphyr's own parser. An anchor is copied where its alias stands, `<<` merges maps,
//! and both stop at a budget, so that a small file cannot grow into a large tree.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::node::{At, Key, Node, Value};
use super::scalar;
use crate::diagnostic::Diagnostic;

/// The most values that one file may hold once its aliases are copied out.
const MAX_NODES: usize = 200_000;

/// A diagnostic that still wants the file it is about.
pub type Fault = (At, Diagnostic);

/// Reads one document. What was found wrong comes with the tree where there still is one.
pub fn parse(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                let marker = error.marker();
                let at = At { line: marker.line(), column: marker.col() + 1, width: 1 };
                Err((at, syntax(&error.kind().to_string())))
            }
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            return (None, builder.faults);
        }
    }
    (builder.root, builder.faults)
}

/// What the parser said, with the remedies of the most common slips.
fn syntax(said: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("not valid YAML: {said}"));
    match said {
        s if s.contains("tab") => diagnostic.hint("indent with spaces"),
        s if s.contains("unexpected character") => diagnostic.hint("put the text in quotes"),
        s if s.contains("mapping values are not allowed") => diagnostic.hint("text that holds `: ` needs quotes"),
        s if s.contains("unknown anchor") => diagnostic.hint("text that starts with `*` needs quotes"),
        _ => diagnostic,
    }
}

/// A list or map that is still open.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next, in a map.
    key: Option<Key>,
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    faults: Vec<Fault>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let at = place(span);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err((at, Diagnostic::new("a second document begins here").hint("one file holds one document: remove the `---`")))
            }
            Event::Scalar(raw, style, anchor, tag) => {
                let value = typed(&raw, style, tag.as_deref(), span)?;
                // The parser writes `~` for a value that is not there.
                let raw = if raw == "~" && value == Value::Null { String::new() } else { raw.into_owned() };
                let node = Node { at, owner: at, value, raw };
                self.count(1, at)?;
                self.remember(anchor, &node)?;
                self.put(node)
            }
            Event::SequenceStart(style, anchor, tag) => self.open(at, Value::List(Vec::new()), style, anchor, tag.as_deref(), span),
            Event::MappingStart(style, anchor, tag) => self.open(at, Value::Map(Vec::new()), style, anchor, tag.as_deref(), span),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(node) => {
                    let (size, node) = (node.size(), Node { owner: at, ..node.clone() });
                    self.count(size, at)?;
                    self.put(node)
                }
                None => Err((at, Diagnostic::new("an alias inside the value that it stands for"))),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, at: At, value: Value, style: StructureStyle, anchor: usize, tag: Option<&Tag>, span: &Span) -> Result<(), Fault> {
        if let Some(tag) = tag.filter(|tag| !matches!(tag.suffix(), "map" | "seq")) {
            return Err(unknown_tag(tag, span));
        }
        // A block begins where its first key does, which says nothing by itself: its key says what it is.
        let key = self.open.last().and_then(|open| open.key.as_ref()).map(|key| key.at);
        let owner = key.unwrap_or(at);
        let at = if style == StructureStyle::Block { owner } else { at };
        self.open.push(Open { node: Node { at, owner, value, raw: String::new() }, anchor, key: None });
        Ok(())
    }

    fn close(&mut self, span: &Span) -> Result<(), Fault> {
        let Some(Open { mut node, anchor, .. }) = self.open.pop() else { return Ok(()) };
        let end = span.end;
        // A list or map in brackets on one line is shown whole.
        if end.line() == node.at.line && end.col() + 1 > node.at.column && node.at.width == 1 {
            node.at.width = end.col() + 1 - node.at.column;
        }
        if let Value::Map(entries) = &mut node.value {
            merge(entries)?;
        }
        self.count(1, node.owner)?;
        self.remember(anchor, &node)?;
        self.put(node)
    }

    /// Keeps a value for the aliases that may follow.
    fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), Fault> {
        if anchor != 0 {
            self.count(node.size(), node.owner)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, at: At) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let diagnostic = Diagnostic::new("this file holds more values than any suite needs");
            return Err((at, diagnostic.hint("its aliases (`*name`) copy too much")));
        }
        Ok(())
    }

    /// Puts a whole value where it belongs: the next key, the value of one, an item, or the root.
    fn put(&mut self, mut node: Node) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(_), None) => open.key = Some(key(&node)?),
            (Value::Map(entries), Some(key)) => {
                node.owner = key.at;
                let first = entries.iter().find(|(known, _)| known.name == key.name && key.name != "<<");
                if let Some((first, _)) = first {
                    let message = format!("the key `{}` is written twice", key.name);
                    self.faults.push((key.at, Diagnostic::new(message).hint(format!("it stands in line {} already", first.at.line))));
                } else {
                    entries.push((key, node));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn place(span: &Span) -> At {
    let width = if span.start.line() == span.end.line() { span.end.col().saturating_sub(span.start.col()) } else { 1 };
    At { line: span.start.line(), column: span.start.col() + 1, width: width.max(1) }
}

fn typed(raw: &str, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Result<Value, Fault> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(scalar::resolve(raw)),
        None => Ok(Value::Text(raw.to_string())),
        Some(tag) => match tag.suffix() {
            "str" | "" => Ok(Value::Text(raw.to_string())),
            "int" | "float" | "bool" | "null" => Ok(scalar::resolve(raw)),
            _ => Err(unknown_tag(tag, span)),
        },
    }
}

fn unknown_tag(tag: &Tag, span: &Span) -> Fault {
    let at = span.tag_span().map_or_else(|| place(span), |tag| place(&tag));
    let message = format!("the tag `!{}` means nothing here", tag.suffix().trim_start_matches('!'));
    (at, Diagnostic::new(message).hint("text that starts with `!` needs quotes"))
}

fn key(node: &Node) -> Result<Key, Fault> {
    match &node.value {
        Value::List(_) | Value::Map(_) => {
            let message = format!("{} cannot be a key", node.describe());
            Err((node.at, Diagnostic::new(message).hint("text that starts with `{` or `[`, a template for one, needs quotes")))
        }
        _ => Ok(Key { at: node.at, name: node.raw.clone() }),
    }
}

/// `<<: *base`: what the base has and the map itself has not.
fn merge(entries: &mut Vec<(Key, Node)>) -> Result<(), Fault> {
    while let Some(index) = entries.iter().position(|(key, _)| key.name == "<<") {
        let (at, base) = entries.remove(index);
        let bases = match base.value {
            Value::List(items) => items,
            _ => vec![base],
        };
        for base in bases {
            let Value::Map(inherited) = base.value else {
                return Err((at.at, Diagnostic::new("`<<` merges maps only")));
            };
            for (key, node) in inherited {
                if !entries.iter().any(|(known, _)| known.name == key.name) {
                    entries.push((key, node));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> serde_json::Value {
        let (node, faults) = parse(text);
        assert_eq!(faults, [], "{text}");
        node.and_then(|node| node.to_json()).unwrap()
    }

    fn fault(text: &str) -> String {
        let (_, faults) = parse(text);
        let (at, diagnostic) = faults.first().expect("a fault");
        format!("{}:{}+{} {}", at.line, at.column, at.width, diagnostic.message)
    }

    #[test]
    fn scalars_keep_the_core_schema() {
        assert_eq!(json("a: [yes, no, 'true', true, 1, 1.5, ~, !!str 2]").to_string(), r#"{"a":["yes","no","true",true,1,1.5,null,"2"]}"#);
        assert_eq!(json("\u{feff}a: |\n  x\n  y\n").to_string(), r#"{"a":"x\ny\n"}"#);
    }

    #[test]
    fn anchors_and_merges_are_copied() {
        let text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: *b\n";
        assert_eq!(json(text).to_string(), r#"{"base":{"x":1,"y":2},"one":{"y":3,"x":1},"two":{"x":1,"y":2}}"#);
    }

    #[test]
    fn places_are_in_characters_from_one() {
        let (node, _) = parse("é: {ü: [1, zwei]}").clone();
        let Some(Node { value: Value::Map(entries), .. }) = node else { panic!("a map") };
        assert_eq!(entries[0].1.at, At { line: 1, column: 4, width: 14 });
        assert_eq!(entries[0].0.at, At { line: 1, column: 1, width: 1 });
    }

    #[test]
    fn faults_have_their_place() {
        assert_eq!(fault("a: 1\nb: 2\na: 3\n"), "3:1+1 the key `a` is written twice");
        assert_eq!(fault("a:\n\t- x\n"), "2:2+1 not valid YAML: tabs disallowed within this context (block indentation)");
        assert_eq!(fault("a: !env X\n"), "1:4+4 the tag `!env` means nothing here");
        assert_eq!(fault("&a [*a]"), "1:5+2 an alias inside the value that it stands for");
        assert_eq!(fault("a: 1\n---\nb: 2\n"), "2:1+3 a second document begins here");
        assert_eq!(fault("a: {{ x }}\n"), "1:5+5 a map cannot be a key");
    }

    #[test]
    fn a_small_file_cannot_grow_into_a_large_tree() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let copies = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{copies}]\n"));
        }
        assert!(fault(&text).ends_with("this file holds more values than any suite needs"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-c:{}\\[\\],&*!|>'\"#<~ \\n\\t\u{feff}é-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
