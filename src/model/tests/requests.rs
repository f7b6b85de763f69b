//! Requests that the tests of every wire format write.

use serde_json::{Map, Value, json};

use crate::model::wire::Wire;
use crate::model::{Ask, Message, NamedSchema, Params, Request};
use crate::suite::{Role, Structured};

/// A conversation in which everybody speaks, with a schema for the reply where one is wanted.
pub fn conversation(schema: bool) -> Request {
    let said = [
        (Role::System, "You grade."),
        (Role::System, "Be brief."),
        (Role::User, "Hi"),
        (Role::Assistant, "Hello."),
        (Role::User, "Grade this."),
    ];
    let form = json!({"type": "object", "required": ["score"], "properties": {"score": {"type": "number"}}});
    let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
    let messages = said.map(|(role, content)| Message { role, content: content.to_string() }).to_vec();
    Request::new(ask, messages, schema.then(|| NamedSchema::new("verdict", form).into()))
}

/// The bodies of a format: plain, in each form, and with parameters of the suite that say something of the form too.
pub fn bodies(wire: &Wire, params: &Value, own_form: &Value) -> Value {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let body = |params: &Params, schema, form| (wire.body)("m", params, &conversation(schema), form).value();
    json!({
        "plain": body(&Map::new(), false, Structured::Auto),
        "by schema, with parameters": body(&object(params), true, Structured::Auto),
        "as an object": body(&Map::new(), true, Structured::Object),
        "by words": body(&Map::new(), true, Structured::Off),
        "in a form of the suite's own": body(&object(own_form), true, Structured::Schema),
    })
}
