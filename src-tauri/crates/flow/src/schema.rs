//! The JSON Schema of flow files, for editors and other programs.

use crate::{Flow, SCHEMA, Value};

/// The JSON Schema of a flow file. `flows/flow.schema.json` holds it.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Flow).to_value();
    schema["title"] = "Assent flow".into();
    schema["properties"]["schema"]["const"] = SCHEMA.into();
    schema
}
