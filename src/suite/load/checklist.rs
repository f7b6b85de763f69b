//! `checklist:` of a rubric → its items, each of which is met or not.

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Value;
use crate::suite::{Criterion, Mode};

/// The items of a checklist, as criteria that are answered with yes or no; `None` where the rubric has no checklist.
pub fn read(fields: &Fields<'_>, mode: Option<Mode>) -> Option<Vec<Criterion>> {
    let node = fields.get("checklist")?;
    let refused = [
        (mode == Some(Mode::Pairwise), "a checklist is for one output, and this rubric compares two"),
        (fields.has("criteria"), "a rubric has `criteria` or a `checklist`, not both"),
        (fields.has("scale"), "a checklist needs no `scale`: each item is met or not, and the score is the share met"),
    ];
    for (_, words) in refused.iter().filter(|(is_so, _)| *is_so) {
        fields.say("checklist", Diagnostic::new(*words));
    }
    let Value::List(nodes) = &node.value else {
        return fields.reader.wrong(node, "checklist", "a list of `{name, question}`");
    };
    let mut items: Vec<Criterion> = Vec::new();
    for node in nodes {
        let Some(own) = Fields::open(fields.reader, node, "an item of a checklist", keys::CHECKLIST_ITEM) else {
            continue;
        };
        let name = own.text("name", "name: no_invented_facts");
        let description = own.optional_text("question").unwrap_or_default();
        let weight = own.number("weight", "a number above 0", |weight| weight > 0.0).unwrap_or(1.0);
        let critical = own.flag("critical").unwrap_or(false);
        let Some(name) = name else { continue };
        if items.iter().any(|known| known.name == name) {
            own.say("name", Diagnostic::new(format!("two items are called `{name}`")));
        }
        items.push(Criterion { name, weight, description, levels: Default::default(), critical });
    }
    if nodes.is_empty() {
        fields.say("checklist", Diagnostic::new("a checklist needs an item"));
    }
    Some(items)
}
