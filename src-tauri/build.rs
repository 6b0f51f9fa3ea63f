//! Gives the desktop build a page to show where the window's own has not been built.

use std::{env, fs, path::Path};

const PAGE: &str = "<!doctype html><title>Assent</title><p>The window's page is not built. Build it in the folder ui.</p>\n";

fn main() {
    println!("cargo::rerun-if-changed=src-tauri/build.rs");
    // As long as the page is missing, this counts as changed, so a page that was removed is written again.
    println!("cargo::rerun-if-changed=ui/dist/index.html");
    if env::var_os("CARGO_FEATURE_DESKTOP").is_none() {
        return;
    }
    let folder = Path::new("ui/dist");
    let page = folder.join("index.html");
    if page.exists() {
        return;
    }
    if let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::write(&page, PAGE)) {
        println!("cargo::warning={} can't be written ({error}); the window will have nothing to show", page.display());
    }
}
