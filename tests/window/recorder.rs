//! A small recorder in the place of a desktop's notifications and tray: it shows nothing, and knows what a user would have seen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use zbus::{
    Connection, connection,
    fdo::PropertiesProxy,
    interface,
    message::Header,
    names::InterfaceName,
    object_server::SignalEmitter,
    proxy,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::driven::PATIENCE;

const NOTICES: &str = "/org/freedesktop/Notifications";
const ITEM: &str = "org.kde.StatusNotifierItem";

/// A notification that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) id: u32,
    pub(crate) summary: String,
    pub(crate) body: String,
    pub(crate) actions: Vec<String>,
    /// Everything of it, to be searched for what must not be there.
    pub(crate) whole: String,
    /// It was taken back.
    pub(crate) closed: bool,
}

type Kept<T> = Arc<Mutex<Vec<T>>>;

struct Notifications(Kept<Notice>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[allow(clippy::too_many_arguments, reason = "as the interface has it")]
    fn notify(
        &self,
        name: String,
        _replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut kept = self.0.lock().unwrap();
        let id = u32::try_from(kept.len()).unwrap() + 1;
        let whole = format!("{name} {icon} {summary} {body} {actions:?} {hints:?}");
        kept.push(Notice { id, summary, body, actions, whole, closed: false });
        id
    }

    async fn close_notification(&self, id: u32, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        self.0.lock().unwrap().iter_mut().filter(|notice| notice.id == id).for_each(|notice| notice.closed = true);
        emitter.notification_closed(id, 3).await.unwrap();
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).into()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("recorder".to_owned(), "assent".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Where the items in the tray are: a name on the bus, and a path.
struct Watcher(Kept<(String, String)>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        // Either a path of the one who calls, or a name.
        let sender = header.sender().unwrap().to_string();
        let item = if service.starts_with('/') { (sender, service) } else { (service, "/StatusNotifierItem".to_owned()) };
        self.0.lock().unwrap().push(item);
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(name, path)| format!("{name}{path}")).collect()
    }
}

/// One line of a menu, with those below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[proxy(interface = "com.canonical.dbusmenu")]
trait Menu {
    fn get_layout(&self, parent: i32, depth: i32, properties: Vec<&str>) -> zbus::Result<(u32, Layout)>;
    fn event(&self, id: i32, event: &str, data: Value<'_>, timestamp: u32) -> zbus::Result<()>;
}

/// The notifications and the tray of a desktop.
pub(crate) struct Recorder {
    bus: Connection,
    notices: Kept<Notice>,
    items: Kept<(String, String)>,
}

impl Recorder {
    /// Takes both names on a bus.
    pub(crate) async fn start(address: &str) -> Self {
        let (notices, items) = (Kept::default(), Kept::default());
        let bus = connection::Builder::address(address).unwrap();
        let bus = bus.serve_at(NOTICES, Notifications(Arc::clone(&notices))).unwrap();
        let bus = bus.serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items))).unwrap();
        let bus = bus.name("org.freedesktop.Notifications").unwrap().name("org.kde.StatusNotifierWatcher").unwrap();
        Self { bus: bus.build().await.unwrap(), notices, items }
    }

    /// Leaves the bus, as a desktop whose shell has crashed.
    pub(crate) async fn stop(self) {
        self.bus.close().await.unwrap();
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }

    /// Waits for as many notifications, and gives the last.
    pub(crate) async fn notice(&self, number: usize) -> Notice {
        until(&format!("notification {number}"), async || self.notices().get(number - 1).cloned()).await
    }

    /// Clicks a notification.
    pub(crate) async fn click(&self, notice: &Notice) {
        let emitter = SignalEmitter::new(&self.bus, NOTICES).unwrap();
        Notifications::action_invoked(&emitter, notice.id, &notice.actions[0]).await.unwrap();
    }

    /// Somebody takes the notification away without looking.
    pub(crate) async fn dismiss(&self, notice: &Notice) {
        let emitter = SignalEmitter::new(&self.bus, NOTICES).unwrap();
        Notifications::notification_closed(&emitter, notice.id, 2).await.unwrap();
    }

    /// Where the studio's item is, once it is registered.
    async fn item(&self) -> (String, String) {
        until("an item in the tray", async || self.items.lock().unwrap().last().cloned()).await
    }

    /// What stands beside the icon.
    pub(crate) async fn label(&self) -> String {
        self.property("XAyatanaLabel").await.try_into().unwrap()
    }

    /// A property of the studio's item.
    pub(crate) async fn property(&self, name: &str) -> OwnedValue {
        let (owner, path) = self.item().await;
        let item = PropertiesProxy::new(&self.bus, owner, path).await.unwrap();
        item.get(InterfaceName::from_static_str_unchecked(ITEM), name).await.unwrap()
    }

    async fn menu(&self) -> MenuProxy<'static> {
        let path: OwnedObjectPath = self.property("Menu").await.try_into().unwrap();
        MenuProxy::builder(&self.bus).destination(self.item().await.0).unwrap().path(path).unwrap().build().await.unwrap()
    }

    /// The lines of the item's menu, each with its number.
    pub(crate) async fn lines(&self) -> Vec<(i32, String)> {
        let (_, (_, _, lines)) = self.menu().await.get_layout(0, -1, Vec::new()).await.unwrap();
        let line = |line: OwnedValue| {
            let (id, mut properties, _) = Layout::try_from(line).unwrap();
            (id, properties.remove("label").and_then(|label| label.try_into().ok()).unwrap_or_default())
        };
        lines.into_iter().map(line).collect()
    }

    /// Chooses the line that begins so.
    pub(crate) async fn choose(&self, words: &str) {
        let lines = self.lines().await;
        let (id, _) = lines.iter().find(|(_, line)| line.starts_with(words)).unwrap_or_else(|| panic!("no {words}: {lines:?}"));
        self.menu().await.event(*id, "clicked", Value::new(""), 0).await.unwrap();
    }
}

/// Waits until something is there.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "there is no sign of {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
