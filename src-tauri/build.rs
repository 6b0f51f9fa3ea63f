//! Gives the program a page to show where the user interface has not been built, and the window its list of permitted commands.

use std::{fs, path::Path};

const PAGE: &str = "<!doctype html><title>Assent</title><p>The user interface is not built. Build it in the folder ui.</p>\n";

fn main() {
    println!("cargo::rerun-if-changed=src-tauri/build.rs");
    // As long as the page is missing, this counts as changed, so a page that was removed is written again.
    println!("cargo::rerun-if-changed=ui/dist/index.html");
    let folder = Path::new("ui/dist");
    let page = folder.join("index.html");
    if !page.exists()
        && let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::write(&page, PAGE))
    {
        println!("cargo::warning={} can't be written ({error}); there will be nothing to show", page.display());
    }
    #[cfg(feature = "desktop")]
    desktop();
}

/// Every command that a capability permits is one that the window's program knows; any other is refused before it gets there.
#[cfg(feature = "desktop")]
fn desktop() {
    const CAPABILITIES: &str = "./src-tauri/capabilities/*.json";
    println!("cargo::rerun-if-changed=src-tauri/capabilities");
    let mut commands = std::collections::BTreeSet::new();
    let files = fs::read_dir("src-tauri/capabilities").into_iter().flatten().flatten();
    for text in files.filter_map(|file| fs::read_to_string(file.path()).ok()) {
        let capability: serde_json::Value = serde_json::from_str(&text).expect("a capability is JSON");
        let permissions = capability["permissions"].as_array().into_iter().flatten().filter_map(|permission| permission.as_str());
        commands.extend(permissions.filter_map(|permission| Some(permission.strip_prefix("allow-")?.replace('-', "_"))));
    }
    // The build script's own memory: it ends soon.
    let commands: Vec<&'static str> = commands.into_iter().map(|command| &*command.leak()).collect();
    let manifest = tauri_build::AppManifest::new().commands(commands.leak());
    let attributes = tauri_build::Attributes::new().capabilities_path_pattern(CAPABILITIES).app_manifest(manifest);
    tauri_build::try_build(attributes).expect("the window's configuration is whole");
}
