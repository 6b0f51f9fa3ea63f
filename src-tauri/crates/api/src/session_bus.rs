//! What the user's desktop offers over its session bus: a tray for an icon, and notifications. Only Linux leaves either out.

/// A tray: a place for icons of programs that go on without a window.
///
/// Gives what was found, or what is missing.
pub async fn tray() -> Result<String, String> {
    #[cfg(target_os = "linux")]
    return bus::offers("org.kde.StatusNotifierWatcher", bus::Start::Never).await;
    #[cfg(not(target_os = "linux"))]
    Ok("the system's own".to_owned())
}

/// What to do where there is no tray, and what that means.
pub const NO_TRAY: &str = "Switch on your desktop's tray (on GNOME, the extension for AppIndicators). Without one, the studio shows the \
    number of open prompts in its own window only, and it can't go on without that window.";

/// Notifications.
///
/// Gives what was found, or what is missing.
pub async fn notifications() -> Result<String, String> {
    #[cfg(target_os = "linux")]
    return bus::offers("org.freedesktop.Notifications", bus::Start::Asked).await;
    #[cfg(not(target_os = "linux"))]
    Ok("the system's own".to_owned())
}

/// What to do where there are no notifications, and what that means.
pub const NO_NOTIFICATIONS: &str = "Start your desktop's notification service, such as dunst or mako. Without one, a new prompt is seen \
    in the studio, in its tray and in the list of prompts only.";

#[cfg(target_os = "linux")]
mod bus {
    use std::time::Duration;

    use zbus::{Connection, fdo::DBusProxy, names::BusName};

    /// A bus that hangs is as good as none.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Whether the bus may start a service that does not run yet.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) enum Start {
        Asked,
        Never,
    }

    pub(super) async fn offers(name: &'static str, start: Start) -> Result<String, String> {
        match tokio::time::timeout(PATIENCE, ask(name, start)).await {
            Ok(Ok(true)) => Ok(format!("{name} on the session bus")),
            Ok(Ok(false)) => Err(format!("no {name} on the session bus")),
            Ok(Err(error)) => Err(format!("no session bus: {error}")),
            Err(_) => Err("the session bus does not answer".to_owned()),
        }
    }

    async fn ask(name: &'static str, start: Start) -> zbus::Result<bool> {
        let bus = Connection::session().await?;
        let bus = DBusProxy::new(&bus).await?;
        let there = bus.name_has_owner(BusName::from_static_str(name)?).await?;
        Ok(there || start == Start::Asked && bus.list_activatable_names().await?.iter().any(|found| found.as_str() == name))
    }
}
