//! What each window of the desktop may call: the same table as the ports of `assent serve`, written as Tauri's capabilities.

use api::{FEEDS, REGISTRY, Surface};
use serde_json::{Value, json};

/// The window with the studio.
pub const STUDIO: &str = "studio";
/// The window that decides.
pub const APPROVALS: &str = "approvals";

/// What only windows can do, each with the window that may.
pub const WINDOW_COMMANDS: &[(&str, &[&str])] = &[
    ("leave", &[STUDIO, APPROVALS]),
    ("approvals_open", &[STUDIO]),
    ("approvals_showing", &[APPROVALS]),
    ("window_news", &[STUDIO]),
    ("window_asks", &[STUDIO]),
    ("window_hide", &[STUDIO]),
    ("app_quit", &[STUDIO]),
];

/// A window's surface.
pub fn surface(window: &str) -> Option<Surface> {
    match window {
        STUDIO => Some(Surface::Studio),
        APPROVALS => Some(Surface::Approvals),
        _ => None,
    }
}

/// A command's or feed's name as the window calls it: `payee.add` is `payee_add`.
pub fn in_window(name: &str) -> String {
    name.replace(['.', '-'], "_")
}

/// The capability of a window.
pub fn capability(window: &str) -> Value {
    let offered = |surfaces: &[Surface]| surface(window).is_some_and(|surface| surfaces.contains(&surface));
    let commands = REGISTRY.iter().filter(|entry| offered(entry.surfaces)).map(|entry| entry.name);
    let feeds = FEEDS.iter().filter(|feed| offered(feed.surfaces)).map(|feed| feed.name);
    let own = WINDOW_COMMANDS.iter().filter(|(_, windows)| windows.contains(&window)).map(|(name, _)| *name);
    let mut permissions: Vec<_> =
        commands.chain(feeds).chain(own).map(|name| format!("allow-{}", in_window(name).replace('_', "-"))).collect();
    permissions.sort();
    let description = match window {
        APPROVALS => "What the window that decides may call.",
        _ => "What the studio's window may call. It can't decide.",
    };
    json!({
        "$schema": "../../gen/schemas/desktop-schema.json",
        "identifier": window,
        "description": description,
        "windows": [window],
        "permissions": permissions,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_written_capabilities_are_those_of_the_registry() {
        for window in [STUDIO, APPROVALS] {
            let path = format!("{}/src-tauri/capabilities/{window}.json", env!("CARGO_MANIFEST_DIR"));
            let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let same = written == capability(window);
            assert!(
                same,
                "{window}.json is out of date; run: cargo run -q -p assent --no-default-features --example capabilities"
            );
        }
    }

    #[test]
    fn no_command_is_allowed_to_the_studio_that_decides() {
        let studio = capability(STUDIO).to_string();
        for decides in ["approve", "deny", "answer", "payments-on"] {
            assert!(!studio.contains(&format!("\"allow-{decides}\"")), "{decides}");
        }
    }
}
