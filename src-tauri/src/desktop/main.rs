//! The desktop studio, `assent-studio`: the user interface in windows of its own.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod calls;
mod closing;
mod notices;
mod tray;
mod windows;

use std::{
    env,
    process::ExitCode,
    sync::{Arc, Mutex},
};

use api::{ApiError, Place, Session, session_bus};
use assent::wiring::Shipped;
use tauri::Manager as _;

/// What the windows share.
struct Desk {
    session: Arc<Session>,
    follows: calls::Follows,
    /// The prompt that the approval window shows.
    showing: Mutex<Option<String>>,
    /// How the studio's window is told what only a window can know.
    news: Mutex<Option<tauri::ipc::Channel<serde_json::Value>>>,
    /// The studio's page asks whether runs go on without its window.
    asked: tokio::sync::Notify,
}

fn main() -> ExitCode {
    // The speech model, and flows' own code, run in processes of their own: this program again, called so by itself.
    if let Some(exit) = assent::wiring::child() {
        return exit;
    }
    assent::place::log();
    #[cfg(target_os = "linux")]
    if env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        // SAFETY: no other thread runs yet. WebKitGTK shows nothing on some drivers without this.
        unsafe { env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1") };
    }
    match place().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, hint = error.hint, "the studio can't begin");
            ExitCode::from(api::Exit::from(&error).number())
        }
    }
}

/// The workspace: named by `--workspace FOLDER` or the environment, else the user's.
fn place() -> Result<Place, ApiError> {
    let mut args = env::args_os().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--workspace" {
            let missing = || ApiError::bad_request("--workspace names no folder.", "Write --workspace FOLDER.");
            return Place::new(args.next().ok_or_else(missing)?);
        }
    }
    match env::var_os(assent::place::WORKSPACE_VARIABLE) {
        Some(folder) => Place::new(folder),
        None => assent::place::usual_place(),
    }
}

fn run(place: Place) -> Result<(), ApiError> {
    // One studio on each workspace: a second one shows the window of the first.
    let alone = tauri_plugin_single_instance::Builder::new().callback(|app, _, _| windows::raise_studio(app));
    #[cfg(target_os = "linux")]
    let alone = alone.dbus_id(format!("app.assent.studio.w{}", place.short_name()));
    let session = Arc::new(Session::new(place, Arc::new(Shipped)));
    let desk = Desk {
        session: Arc::clone(&session),
        follows: calls::Follows::default(),
        showing: Mutex::default(),
        news: Mutex::default(),
        asked: tokio::sync::Notify::new(),
    };
    let built = tauri::Builder::default()
        .plugin(alone.build())
        .plugin(tauri_plugin_window_state::Builder::default().with_denylist(&[assent::capability::APPROVALS]).build())
        .manage(desk)
        .invoke_handler(calls::handle)
        .on_window_event(closing::on_window_event)
        .setup(|app| {
            windows::open_studio(app.handle())?;
            tray::show(app.handle());
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(notices::watch(handle));
            tauri::async_runtime::spawn(say_what_is_missing());
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = built.map_err(ApiError::internal)?;
    app.run(move |app, event| {
        if let tauri::RunEvent::Exit = event {
            tauri::async_runtime::block_on(app.state::<Desk>().session.finish());
        }
    });
    Ok(())
}

/// Says in the log what of this desktop the studio goes on without.
async fn say_what_is_missing() {
    if let Err(missing) = session_bus::tray().await {
        tracing::warn!(missing, hint = session_bus::NO_TRAY, "there is no tray here");
    }
    if let Err(missing) = session_bus::notifications().await {
        tracing::warn!(missing, hint = session_bus::NO_NOTIFICATIONS, "there are no notifications here");
    }
}
