//! Closing windows: by hand, the one that decides says no; the studio asks first while runs go on.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use api::{
    Session,
    commands::{
        prompts::{Deny, Where},
        status::StatusNow,
    },
};
use assent::capability::{APPROVALS, STUDIO};
use serde_json::json;
use tauri::{AppHandle, Manager as _, Window, WindowEvent};

use crate::{Desk, tray};

/// How long a page has to ask. One that has crashed asks nobody, and its window could never be closed.
const ANSWERS: Duration = Duration::from_secs(3);

/// Looks at what happens to a window.
pub(crate) fn on_window_event(window: &Window, event: &WindowEvent) {
    let desk = window.state::<Desk>();
    match (window.label(), event) {
        (STUDIO, WindowEvent::CloseRequested { api, .. }) => {
            api.prevent_close();
            tauri::async_runtime::spawn(close_studio(window.app_handle().clone()));
        }
        (APPROVALS, WindowEvent::CloseRequested { .. }) => {
            // A window lost to quit or crash never gets here, and leaves the prompt open.
            let showing = desk.showing.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(prompt) = showing {
                tauri::async_runtime::spawn(say_no(Arc::clone(&desk.session), prompt));
            }
        }
        (label, WindowEvent::Destroyed) => desk.follows.end(label),
        _ => {}
    }
}

async fn say_no(session: Arc<Session>, prompt: String) {
    let no = Deny { prompt, reason: "The window was closed.".to_owned(), unattended: false, surface: Where::Window };
    if let Err(error) = session.call(no).await {
        tracing::warn!(%error, "the prompt was not answered by closing its window");
    }
}

/// Ends the program, or asks its user through the page where runs go on. Without a page that can ask, runs are suspended: the next start
/// takes them up.
async fn close_studio(app: AppHandle) {
    let desk = app.state::<Desk>();
    let runs = desk.session.call(StatusNow {}).await.map_or(0, |status| status.runs);
    let news = desk.news.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let asked = desk.asked.notified();
    if runs > 0
        && let Some(news) = news
        && news.send(json!({ "closing": { "runs": runs, "tray": tray::is_shown(&app).await } })).is_ok()
        && tokio::time::timeout(ANSWERS, asked).await.is_ok()
    {
        return;
    }
    app.exit(0);
}
