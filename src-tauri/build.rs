//! Gives the program a page to show where the user interface has not been built.

use std::{fs, path::Path};

const PAGE: &str = "<!doctype html><title>Assent</title><p>The user interface is not built. Build it in the folder ui.</p>\n";

fn main() {
    println!("cargo::rerun-if-changed=src-tauri/build.rs");
    // As long as the page is missing, this counts as changed, so a page that was removed is written again.
    println!("cargo::rerun-if-changed=ui/dist/index.html");
    let folder = Path::new("ui/dist");
    let page = folder.join("index.html");
    if page.exists() {
        return;
    }
    if let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::write(&page, PAGE)) {
        println!("cargo::warning={} can't be written ({error}); the window will have nothing to show", page.display());
    }
}
