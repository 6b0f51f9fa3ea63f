//! The two windows, and what their pages ask of them.

use std::{ffi::OsStr, path::PathBuf, sync::PoisonError};

use api::ApiError;
use assent::capability::{APPROVALS, STUDIO};
use serde_json::{Value, json};
use tauri::{
    AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder, Wry,
    webview::{DownloadEvent, Webview},
};

use crate::{Desk, calls::read};

/// Opens the studio's window.
pub(crate) fn open_studio(app: &AppHandle) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, STUDIO, WebviewUrl::App("index.html".into()))
        .title("Assent")
        .inner_size(1440.0, 900.0)
        .min_inner_size(1024.0, 640.0)
        .on_download(on_download)
        .build()
        .map(drop)
}

/// Lets the page give a file to its user, in their folder for downloads, and tells it how that went. Nothing is fetched from elsewhere.
fn on_download(webview: Webview<Wry>, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, destination } => {
            if let (Err(_), Ok(home)) = (webview.path().download_dir(), webview.path().home_dir()) {
                *destination = free(home.join("Downloads"), destination.file_name().unwrap_or_default());
            }
            if let Some(Err(error)) = destination.parent().map(std::fs::create_dir_all) {
                tracing::warn!(%error, destination = %destination.display(), "there is no folder for downloads");
            }
            url.scheme() == "blob"
        }
        DownloadEvent::Finished { url, path, success } => {
            let desk = webview.state::<Desk>();
            let news = desk.news.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let path = path.filter(|_| success).map(|path| path.display().to_string());
            if let Some(Err(error)) = news.map(|news| news.send(json!({ "saved": { "url": url, "path": path } }))) {
                tracing::warn!(%error, "the page does not hear that its file is saved");
            }
            true
        }
        _ => false,
    }
}

/// A path in a folder where nothing is yet.
fn free(folder: PathBuf, name: &OsStr) -> PathBuf {
    let name = name.to_string_lossy();
    let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
    let numbered = (1..).map(|number| folder.join(format!("{stem} ({number}).{ending}")));
    std::iter::once(folder.join(&*name)).chain(numbered).find(|path| !path.exists()).unwrap_or_default()
}

/// Shows the studio's window, which may be hidden, behind others or not there.
pub(crate) fn raise_studio(app: &AppHandle) {
    let raised = match app.get_webview_window(STUDIO) {
        Some(window) => window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus()),
        None => open_studio(app),
    };
    if let Err(error) = raised {
        tracing::warn!(%error, "the studio's window can't be shown");
    }
}

/// Shows the window that decides. Somebody asked for it: otherwise it never comes by itself, and never while somebody types.
pub(crate) fn open_approvals(app: &AppHandle, prompt: Option<&str>) -> tauri::Result<()> {
    let page = prompt.map_or_else(|| "approval.html".to_owned(), |prompt| format!("approval.html#prompt={prompt}"));
    if let Some(window) = app.get_webview_window(APPROVALS) {
        if prompt.is_some() {
            let mut url = window.url()?;
            url.set_fragment(prompt.map(|prompt| format!("prompt={prompt}")).as_deref());
            window.navigate(url)?;
        }
        window.show()?;
        return window.set_focus();
    }
    WebviewWindowBuilder::new(app, APPROVALS, WebviewUrl::App(page.into()))
        .title("Assent: approvals")
        .inner_size(520.0, 820.0)
        .min_inner_size(480.0, 560.0)
        .build()
        .map(drop)
}

/// Carries out what only windows can do; `None` when it is nothing of that.
pub(crate) fn call(webview: &Webview<Wry>, name: &str, arguments: &Value) -> Option<Result<(), ApiError>> {
    let app = webview.app_handle();
    let desk = app.state::<Desk>();
    let done = match name {
        "approvals_open" => {
            let prompt = arguments.pointer("/request/prompt").and_then(Value::as_str);
            // Its id becomes part of an address.
            let prompt = prompt.filter(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
            open_approvals(app, prompt)
        }
        "approvals_showing" => {
            let prompt = arguments.pointer("/request/prompt").and_then(Value::as_str).map(str::to_owned);
            *desk.showing.lock().unwrap_or_else(PoisonError::into_inner) = prompt;
            Ok(())
        }
        "window_news" => {
            let id = match read::<tauri::ipc::JavaScriptChannelId>(arguments, "channel") {
                Ok(id) => id,
                Err(error) => return Some(Err(error)),
            };
            *desk.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.channel_on(webview.clone()));
            Ok(())
        }
        "window_asks" => {
            desk.asked.notify_waiters();
            Ok(())
        }
        "window_hide" => webview.window_ref().hide(),
        "app_quit" => {
            app.exit(0);
            Ok(())
        }
        _ => return None,
    };
    Some(done.map_err(ApiError::internal))
}
