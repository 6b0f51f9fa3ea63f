//! Writes the windows' capabilities anew from the registry.
#![allow(clippy::unwrap_used)]

use assent::capability::{APPROVALS, STUDIO, capability};

fn main() {
    for window in [STUDIO, APPROVALS] {
        let path = format!("{}/src-tauri/capabilities/{window}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&capability(window)).unwrap())).unwrap();
    }
}
