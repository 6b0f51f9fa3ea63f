//! What the windows' pages call: the registry's commands and feeds, each under its own name and permission, and a few of the windows' own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use api::{ApiError, ErrorCode, FEEDS, Feed, REGISTRY};
use assent::{
    capability::{in_window, surface},
    gather::{self, News},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tauri::{
    Manager as _, Wry,
    ipc::{Channel, Invoke, InvokeBody, InvokeResolver, JavaScriptChannelId},
};
use tokio::sync::mpsc;

use crate::{Desk, windows};

/// How much may wait for a page that reads slowly.
const WAITING: usize = 1_024;

/// Subscriptions of all windows, by window and the number that its page gave.
#[derive(Default)]
pub(crate) struct Follows(Mutex<HashMap<(String, u64), tauri::async_runtime::JoinHandle<()>>>);

impl Follows {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<(String, u64), tauri::async_runtime::JoinHandle<()>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends what a window follows: its page has gone.
    pub(crate) fn end(&self, window: &str) {
        self.with(|follows| {
            follows.retain(|(of, _), task| {
                if of == window {
                    task.abort();
                }
                of != window
            });
        });
    }
}

/// Takes a call of a page. Tauri has looked at the window's capability before.
pub(crate) fn handle(invoke: Invoke<Wry>) -> bool {
    let Invoke { message, resolver, .. } = invoke;
    let window = message.webview_ref().label().to_owned();
    let name = message.command().to_owned();
    let arguments = match message.payload() {
        InvokeBody::Json(arguments) => arguments.clone(),
        InvokeBody::Raw(_) => Value::Null,
    };
    let Some(surface) = surface(&window) else { return false };
    let request = arguments.get("request").cloned().unwrap_or_else(|| json!({}));
    let desk = message.webview_ref().state::<Desk>();
    if let Some(entry) = REGISTRY.iter().find(|entry| entry.surfaces.contains(&surface) && in_window(entry.name) == name) {
        let request = match (entry.of_a_page)(request) {
            Ok(request) => request,
            Err(error) => return reject(resolver, error),
        };
        let session = Arc::clone(&desk.session);
        resolver.respond_async_serialized(async move {
            let called = session.call_json(entry, request).await;
            called.map(|response| response.to_string().into()).map_err(refusal)
        });
        return true;
    }
    if let Some(feed) = FEEDS.iter().find(|feed| feed.surfaces.contains(&surface) && in_window(feed.name) == name) {
        let webview = message.webview();
        let channel = read::<JavaScriptChannelId>(&arguments, "channel").map(|id| id.channel_on::<Wry, Vec<News>>(webview));
        match channel.and_then(|channel| Ok((channel, read(&arguments, "id")?))) {
            Ok((channel, id)) => follow(&desk, feed, request, (window, id), channel),
            Err(error) => return reject(resolver, error),
        }
        resolver.resolve(json!({}));
        return true;
    }
    match (&*name, windows::call(message.webview_ref(), &name, &arguments)) {
        ("leave", _) => {
            if let Ok(id) = read::<u64>(&arguments, "id") {
                desk.follows.with(|follows| {
                    if let Some(task) = follows.remove(&(window, id)) {
                        task.abort();
                    }
                });
            }
            resolver.resolve(json!({}));
        }
        (_, Some(Ok(()))) => resolver.resolve(json!({})),
        (_, Some(Err(error))) => return reject(resolver, error),
        (_, None) => return false,
    }
    true
}

fn follow(desk: &Desk, feed: &'static Feed, request: Value, key: (String, u64), channel: Channel<Vec<News>>) {
    let (session, id) = (Arc::clone(&desk.session), key.1);
    let task = tauri::async_runtime::spawn(async move {
        let (to, mut from) = mpsc::channel(WAITING);
        let passing = async {
            match session.follow_json(feed, request).await {
                Ok(items) => gather::pass_on(id, items, to).await,
                Err(error) => drop(to.send(News::Error { id, error }).await),
            }
        };
        let sending = async {
            while let Some(news) = gather::next(&mut from).await {
                if channel.send(news).is_err() {
                    return;
                }
            }
        };
        tokio::join!(passing, sending);
    });
    desk.follows.with(|follows| {
        if let Some(before) = follows.insert(key, task) {
            before.abort();
        }
    });
}

/// One of a call's arguments.
pub(crate) fn read<T: DeserializeOwned>(arguments: &Value, name: &str) -> Result<T, ApiError> {
    let value = arguments.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| {
        ApiError::new(
            ErrorCode::BadRequest,
            format!("The argument {name} can't be read: {error}."),
            "Both sides must be of the same version.",
        )
    })
}

fn refusal(error: ApiError) -> tauri::ipc::InvokeError {
    tauri::ipc::InvokeError(serde_json::to_value(error).unwrap_or_default())
}

fn reject(resolver: InvokeResolver<Wry>, error: ApiError) -> bool {
    resolver.invoke_error(refusal(error));
    true
}
