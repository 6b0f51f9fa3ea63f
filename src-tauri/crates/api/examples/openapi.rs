//! Prints the OpenAPI document: `cargo run -q -p api --example openapi > ui/openapi.json`.

fn main() {
    #[allow(clippy::print_stdout, clippy::unwrap_used)]
    {
        println!("{}", serde_json::to_string_pretty(&api::openapi()).unwrap());
    }
}
