//! The windows on a screen as its server has them, and what a window manager would do with them.

use x11rb::{
    connection::Connection as _,
    protocol::xproto::{AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, MapState, Window},
    rust_connection::RustConnection,
};

use crate::recorder::until;

/// A connection to a screen.
pub(crate) struct Screen {
    server: RustConnection,
    root: Window,
}

impl Screen {
    pub(crate) fn of(display: &str) -> Self {
        let (server, number) = x11rb::connect(Some(display)).unwrap();
        let root = server.setup().roots[number].root;
        Self { server, root }
    }

    fn atom(&self, name: &str) -> u32 {
        self.server.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn property(&self, window: Window, name: u32, kind: AtomEnum) -> Vec<u8> {
        let found = self.server.get_property(false, window, name, kind, 0, 1024).unwrap().reply();
        found.map(|found| found.value).unwrap_or_default()
    }

    /// The windows with this title that can be closed, whether they are shown or not.
    pub(crate) fn windows(&self, title: &str) -> Vec<Window> {
        let all = self.server.query_tree(self.root).unwrap().reply().unwrap().children;
        let closes = self.atom("WM_PROTOCOLS");
        let is = |window: &Window| {
            self.property(*window, AtomEnum::WM_NAME.into(), AtomEnum::ANY) == title.as_bytes()
                && !self.property(*window, closes, AtomEnum::ATOM).is_empty()
        };
        all.into_iter().filter(is).collect()
    }

    /// The only window with this title, once it is there.
    pub(crate) async fn window(&self, title: &str) -> Window {
        until("the window", async || match self.windows(title)[..] {
            [window] => Some(window),
            _ => None,
        })
        .await
    }

    fn is_shown(&self, window: Window) -> bool {
        let found = self.server.get_window_attributes(window).unwrap().reply();
        found.is_ok_and(|found| found.map_state == MapState::VIEWABLE)
    }

    /// Waits until a window is shown, or is not.
    pub(crate) async fn shows(&self, window: Window, shown: bool) {
        until(if shown { "the window" } else { "an empty screen" }, async || (self.is_shown(window) == shown).then_some(()))
            .await;
    }

    /// What the cross in a window's corner does.
    pub(crate) fn close(&self, window: Window) {
        let data = [self.atom("WM_DELETE_WINDOW"), 0, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS"), data);
        self.server.send_event(false, window, EventMask::NO_EVENT, event).unwrap().check().unwrap();
    }

    /// Pulls a window to a size, in pixels.
    pub(crate) fn resize(&self, window: Window, (width, height): (u32, u32)) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.server.configure_window(window, &size).unwrap().check().unwrap();
    }

    /// A window's size, in pixels.
    pub(crate) fn size(&self, window: Window) -> (u32, u32) {
        let found = self.server.get_geometry(window).unwrap().reply().unwrap();
        (found.width.into(), found.height.into())
    }
}
