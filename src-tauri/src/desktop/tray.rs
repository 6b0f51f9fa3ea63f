//! The icon in the tray, with the number of prompts that wait.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::{
    AppHandle, Manager as _, Wry,
    menu::{Menu, MenuItem},
    tray::TrayIconBuilder,
};

use crate::windows;

const TRAY: &str = "assent";

/// The menu's line that leads to the prompts. It says how many wait, since some desktops show neither title nor tooltip.
struct Approvals(MenuItem<Wry>);

/// Makes the icon. Where the desktop has no place for it, the program works without.
pub(crate) fn show(app: &AppHandle) {
    // On Linux the library behind it is looked for only now, and panics where it is missing.
    match catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "there is no tray here"),
        Err(_) => tracing::warn!("there is no tray here: its library, libayatana-appindicator3, is missing"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let studio = MenuItem::with_id(app, "studio", "Open the studio", true, None::<&str>)?;
    let approvals = MenuItem::with_id(app, "approvals", line(0), true, None::<&str>)?;
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
    .build(app)?;
    app.manage(Approvals(approvals));
    Ok(())
}

/// Whether there is an icon, and a desktop that shows it now.
pub(crate) async fn is_shown(app: &AppHandle) -> bool {
    app.tray_by_id(TRAY).is_some() && api::session_bus::tray().await.is_ok()
}

/// Shows how many prompts wait.
pub(crate) fn count(app: &AppHandle, prompts: usize) {
    let (Some(tray), Some(approvals)) = (app.tray_by_id(TRAY), app.try_state::<Approvals>()) else { return };
    let title = (prompts > 0).then(|| prompts.to_string());
    // The title stands beside the icon where a desktop shows it, the tooltip where it does not.
    let shown = tray.set_title(title.as_deref()).and_then(|()| tray.set_tooltip(Some(words(prompts))));
    if let Err(error) = shown.and_then(|()| approvals.0.set_text(line(prompts))) {
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

fn line(prompts: usize) -> String {
    match prompts {
        0 => "Open approvals".to_owned(),
        some => format!("Open approvals ({some})"),
    }
}
