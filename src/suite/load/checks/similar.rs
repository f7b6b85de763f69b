//! The model of a check that compares by embeddings.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::reader::remedy;
use crate::suite::{ModelName, ModelSpec, Provider};

/// Says where the model is not there, or gives no embeddings.
pub fn check(fields: &Fields<'_>, name: &ModelName, models: &IndexMap<ModelName, ModelSpec>) -> Option<()> {
    let gives = |spec: &ModelSpec| matches!(spec.provider, Provider::OpenaiEmbeddings | Provider::Recorded);
    match models.get(name) {
        Some(spec) if gives(spec) => Some(()),
        Some(_) => {
            let diagnostic = Diagnostic::new(format!("the model `{name}` gives no embeddings"));
            let example = "`embedder: {provider: openai-embeddings, model: text-embedding-3-small}` under `models`";
            fields.say("model", diagnostic.hint(format!("write {example}")));
            None
        }
        None => {
            let known = models.iter().filter(|(_, spec)| gives(spec)).map(|(name, _)| name.as_str());
            let none = "write `embedder: {provider: openai-embeddings, model: …}` under `models`";
            let hint = remedy(name.as_str(), known, none);
            fields.say("model", Diagnostic::new(format!("there is no model `{name}`")).hint(hint));
            None
        }
    }
}
