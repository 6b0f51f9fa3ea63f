//! The icon in the tray, with the number of prompts that wait.

use tauri::{
    AppHandle,
    menu::{Menu, MenuItem},
    tray::TrayIconBuilder,
};

use crate::windows;

const TRAY: &str = "assent";

/// Shows the icon. Where the desktop has no place for it, the program works without.
pub(crate) fn show(app: &AppHandle) {
    if let Err(error) = build(app) {
        tracing::warn!(%error, "there is no tray here");
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let studio = MenuItem::with_id(app, "studio", "Open the studio", true, None::<&str>)?;
    let approvals = MenuItem::with_id(app, "approvals", "Open approvals", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let mut tray = TrayIconBuilder::with_id(TRAY).tooltip(words(0)).menu(&Menu::with_items(app, &[&studio, &approvals, &quit])?);
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.on_menu_event(|app, event| match event.id().as_ref() {
        "studio" => windows::raise_studio(app),
        "approvals" => {
            if let Err(error) = windows::open_approvals(app, None) {
                tracing::warn!(%error, "the approval window can't be shown");
            }
        }
        "quit" => app.exit(0),
        _ => {}
    })
    .build(app)
    .map(drop)
}

/// Whether there is one.
pub(crate) fn is_shown(app: &AppHandle) -> bool {
    app.tray_by_id(TRAY).is_some()
}

/// Shows how many prompts wait.
pub(crate) fn count(app: &AppHandle, prompts: usize) {
    let Some(tray) = app.tray_by_id(TRAY) else { return };
    let title = (prompts > 0).then(|| prompts.to_string());
    // The title stands beside the icon where a desktop shows it, the tooltip where it does not.
    if let Err(error) = tray.set_title(title.as_deref()).and_then(|()| tray.set_tooltip(Some(words(prompts)))) {
        tracing::warn!(%error, "the tray can't show how many prompts wait");
    }
}

fn words(prompts: usize) -> String {
    match prompts {
        0 => "Assent".to_owned(),
        1 => "Assent: 1 prompt waits for you".to_owned(),
        more => format!("Assent: {more} prompts wait for you"),
    }
}
