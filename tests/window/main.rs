//! The desktop window itself, on a screen and a session bus of its own.
#![cfg(all(target_os = "linux", feature = "desktop"))]
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test")]

mod desktop;
mod driven;
mod editor;
mod instance;
mod newcomer;
mod notices;
mod recorder;
mod screen;
#[path = "../support/mod.rs"]
mod support;

/// Says so and leaves the test where the machine lacks a part.
macro_rules! need_a_desktop {
    () => {
        if let Some(program) = crate::desktop::missing() {
            return crate::support::skipped(&format!("{program} is not there; `cargo xtask setup` installs it"));
        }
    };
}
use need_a_desktop;
