//! The events of a YAML parser → a tree of nodes.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};

use super::Fault;
use crate::suite::node::{At, Key, Node, Value};
use crate::suite::scalar;

/// The most values that one file may hold once its aliases are copied out.
const MAX_NODES: usize = 200_000;

/// A list or map that is still open.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next, in a map.
    key: Option<Key>,
}

/// The tree as far as it is built.
#[derive(Default)]
pub struct Builder {
    pub root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    pub faults: Vec<Fault>,
}

impl Builder {
    /// Takes one event of the parser.
    pub fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let at = place(span);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Fault::new(at, "a second document begins here")
                    .hint("one file holds one document: remove the `---`"))
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
            Event::SequenceStart(style, anchor, tag) => {
                self.open(at, Value::List(Vec::new()), style, anchor, tag.as_deref(), span)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(at, Value::Map(Vec::new()), style, anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(node) => {
                    let (size, node) = (node.size(), Node { owner: at, ..node.clone() });
                    self.count(size, at)?;
                    self.put(node)
                }
                None => Err(Fault::new(at, "an alias inside the value that it stands for")),
            },
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        at: At,
        value: Value,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), Fault> {
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
        let Some(Open { mut node, anchor, .. }) = self.open.pop() else {
            return Ok(());
        };
        let end = span.end;
        // A list or map in brackets on one line is shown whole.
        if end.line() == node.at.line && end.col() + 1 > node.at.column && node.at.width == 1 {
            let width = end.col() + 1 - node.at.column;
            if node.owner == node.at {
                node.owner.width = width;
            }
            node.at.width = width;
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
            let fault = Fault::new(at, "this file holds more values than any suite needs");
            return Err(fault.hint("its aliases (`*name`) copy too much"));
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
                    let hint = format!("it stands in line {} already", first.at.line);
                    self.faults.push(Fault::new(key.at, message).hint(hint));
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
    Fault::new(at, message).hint("text that starts with `!` needs quotes")
}

fn key(node: &Node) -> Result<Key, Fault> {
    match &node.value {
        Value::List(_) | Value::Map(_) => {
            let message = format!("{} cannot be a key", node.describe());
            Err(Fault::new(node.at, message).hint("text that starts with `{` or `[`, a template for one, needs quotes"))
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
                return Err(Fault::new(at.at, "`<<` merges maps only"));
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
