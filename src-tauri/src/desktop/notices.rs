//! Telling the user that somebody asks, wherever they are.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use api::commands::prompt_view::WatchPrompts;
use consent::Prompt;
use futures_util::StreamExt as _;
#[cfg(all(unix, not(target_os = "macos")))]
use notify_rust::NotificationResponse;
use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

use crate::{Desk, tray, windows};

/// How long to wait before the prompts are followed again after their owner has gone.
const AGAIN: Duration = Duration::from_millis(500);

/// The open prompts that were told of, each with what takes its notification away when it is dropped.
type Told = BTreeMap<String, Option<oneshot::Sender<()>>>;

/// Follows the open prompts as long as the program runs: counts them in the tray, notifies of each new one, and takes that back when it
/// is answered.
pub(crate) async fn watch(app: AppHandle) {
    let session = Arc::clone(&app.state::<Desk>().session);
    let mut told: Option<Told> = None;
    let mut failing = false;
    loop {
        match session.follow(WatchPrompts {}).await {
            Ok(mut lists) => {
                failing = false;
                while let Some(Ok(list)) = lists.next().await {
                    tray::count(&app, list.prompts.len());
                    let mut notice = |prompt: &Prompt| match &mut told {
                        Some(told) => told.remove(&prompt.id).unwrap_or_else(|| Some(notify(&app, prompt))),
                        // What waited before the program began is in the tray's number and in the inbox.
                        None => None,
                    };
                    let now = list.prompts.iter().map(|prompt| (prompt.id.clone(), notice(prompt))).collect();
                    told = Some(now);
                }
            }
            // Said once, not twice a second.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "prompts can't be followed");
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Shows a notification until what is given back is dropped. A click opens the window that decides; the notification itself decides
/// nothing.
fn notify(app: &AppHandle, prompt: &Prompt) -> oneshot::Sender<()> {
    let (open, answered) = oneshot::channel();
    let mut notice = notify_rust::Notification::new();
    notice
        .appname("Assent")
        .summary("Somebody asks for your decision")
        .body(&escaped(&prompt.shown.sentence))
        .icon("dialog-question");
    tauri::async_runtime::spawn(show(notice, app.clone(), prompt.id.clone(), answered));
    open
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn show(mut notice: notify_rust::Notification, app: AppHandle, prompt: String, answered: oneshot::Receiver<()>) {
    notice.action("default", "Look");
    let shown = match notice.show_async().await {
        Ok(shown) => shown,
        Err(error) => return tracing::warn!(%error, prompt, "this desktop shows no notifications"),
    };
    let gone = AtomicBool::new(false);
    let clicked = async {
        while !gone.load(Relaxed) {
            let heard = |response: &NotificationResponse| match response {
                NotificationResponse::Closed(_) => gone.store(true, Relaxed),
                _ => look(&app, &prompt),
            };
            shown.wait_for_action_async(heard).await;
        }
    };
    tokio::select! {
        () = clicked => {}
        _ = answered => shown.close_async().await,
    }
}

/// Where notifications can neither be clicked nor taken back.
#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn show(notice: notify_rust::Notification, _: AppHandle, prompt: String, _: oneshot::Receiver<()>) {
    let shown = tauri::async_runtime::spawn_blocking(move || notice.show().map(drop)).await;
    if let Ok(Err(error)) = shown {
        tracing::warn!(%error, prompt, "this desktop shows no notifications");
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn look(app: &AppHandle, prompt: &str) {
    let (handle, prompt) = (app.clone(), prompt.to_owned());
    let opened = app.run_on_main_thread(move || {
        if let Err(error) = windows::open_approvals(&handle, Some(&prompt)) {
            tracing::warn!(%error, "the approval window can't be shown");
        }
    });
    if let Err(error) = opened {
        tracing::warn!(%error, "the approval window can't be shown");
    }
}

/// Notifications may read markup; what is shown is text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
