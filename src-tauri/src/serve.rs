//! `assent serve`: the studio in a browser.

use std::sync::Arc;

use api::{ApiError, Exit, Session, commands::status::WatchStatus};
use assent::server::Server;
use futures_util::StreamExt as _;

use crate::output::Output;

/// Where to serve.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ServeFlags {
    /// The port of the studio on this machine; 0 takes any that is free
    #[arg(long, default_value_t = 4780)]
    pub(crate) port: u16,
    /// The port of the page that decides; 0 takes any that is free
    #[arg(long, default_value_t = 4781)]
    pub(crate) approvals_port: u16,
}

/// Serves until it is told to end: by Ctrl+C, or as a program is ended.
pub(crate) async fn serve(flags: ServeFlags, session: &Arc<Session>, output: &Output) -> Result<Exit, ApiError> {
    let server = Server::open(flags.port, flags.approvals_port).await?;
    // Opens the workspace and takes up its unfinished runs, or finds its owner, before anything is promised.
    if let Some(status) = session.follow(WatchStatus {}).await?.next().await {
        status?;
    }
    if output.json {
        output.value(&serde_json::json!({ "studio": server.studio_link(), "approvals": server.approvals_link() }));
    } else {
        output.text(format_args!("The studio is at\n  {}\n", server.studio_link()));
        output.text(format_args!("Who has this link can do here what you can. Ctrl+C ends it.\n"));
    }
    let served = server.run(Arc::clone(session), stopped()).await;
    served.map_err(ApiError::internal)?;
    Ok(Exit::Ok)
}

#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut end) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = end.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn stopped() {
    // Where it can't be heard, the process is ended from outside.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
