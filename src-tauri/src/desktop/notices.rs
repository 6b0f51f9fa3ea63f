//! Telling the user that somebody asks, wherever they are.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use api::commands::prompt_view::WatchPrompts;
use futures_util::StreamExt as _;
use tauri::{AppHandle, Manager as _};

use crate::{Desk, tray, windows};

/// How long to wait before the prompts are followed again after their owner has gone.
const AGAIN: Duration = Duration::from_millis(500);

/// Follows the open prompts as long as the program runs: counts them in the tray, and notifies of each new one.
pub(crate) async fn watch(app: AppHandle) {
    let session = Arc::clone(&app.state::<Desk>().session);
    let mut told: Option<BTreeSet<String>> = None;
    loop {
        match session.follow(WatchPrompts {}).await {
            Ok(mut lists) => {
                while let Some(Ok(list)) = lists.next().await {
                    tray::count(&app, list.prompts.len());
                    let open: BTreeSet<String> = list.prompts.iter().map(|prompt| prompt.id.clone()).collect();
                    for prompt in
                        list.prompts.iter().filter(|prompt| told.as_ref().is_some_and(|told| !told.contains(&prompt.id)))
                    {
                        notify(&app, &prompt.id, &prompt.shown.sentence);
                    }
                    // What waited before the program began is in the tray's number and in the inbox.
                    told = Some(open);
                }
            }
            Err(error) => tracing::warn!(%error, "prompts can't be followed"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Shows a notification. A click opens the window that decides; the notification itself decides nothing.
fn notify(app: &AppHandle, prompt: &str, sentence: &str) {
    let mut notice = notify_rust::Notification::new();
    notice.appname("Assent").summary("Somebody asks for your decision").body(&escaped(sentence)).icon("dialog-question");
    #[cfg(all(unix, not(target_os = "macos")))]
    notice.action("default", "Look");
    let (app, prompt) = (app.clone(), prompt.to_owned());
    // Waiting for the click takes a thread of its own, until the notification is gone.
    std::thread::spawn(move || match notice.show() {
        #[cfg(all(unix, not(target_os = "macos")))]
        Ok(shown) => shown.wait_for_action(|action| {
            if action != "__closed" {
                look(&app, &prompt);
            }
        }),
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, prompt, "this desktop shows no notifications"),
    });
}

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
