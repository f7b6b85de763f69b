//! JSON as karat writes and reads it where serde_json would take longer, or would pass over a mistake.

mod fields;
mod pick;
mod quote;
mod write;

pub use fields::Fields;
pub use pick::Pointers;
pub use quote::quote;
pub use write::{to_string, write};
