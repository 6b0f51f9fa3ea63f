//! Prints the JSON Schema of flow files, as `flows/flow.schema.json` holds it.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(&flow::json_schema())?;
    writeln!(std::io::stdout(), "{text}")
}
