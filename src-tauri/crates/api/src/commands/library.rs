//! The flows of a workspace: listing, reading, saving, and where they are kept.

use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use flow::{Digest, Flow};
use futures_util::stream::BoxStream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right, Subscription, Surface,
    library::{Binned, Draft, FlowInfo, Version, Why, checked_folder, free_id, slug},
    source::flow_problems,
    text::{columns, when},
};

/// How often the files are looked at for changes that other programs made.
const LOOK: Duration = Duration::from_secs(1);

/// The flows of this workspace
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowListing {}

/// Flows of a workspace.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowList {
    /// By folder and name.
    pub flows: Vec<FlowInfo>,
}

impl Command for FlowListing {
    const NAME: &'static str = "flow.list";
    const RIGHT: Right = Right::View;
    type Response = FlowList;

    async fn handle(self, app: &App) -> Result<FlowList, ApiError> {
        Ok(FlowList { flows: app.library()?.list()? })
    }
}

impl Response for FlowList {}

impl Display for FlowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |flow: &FlowInfo| {
            let state = flow.unreadable.clone().unwrap_or_else(|| format!("{} nodes", flow.nodes));
            vec![flow.id.clone(), flow.name.clone(), flow.folder.clone(), flow.tags.join(", "), state]
        };
        columns(f, &self.flows.iter().map(row).collect::<Vec<_>>())
    }
}

/// Follows the flows of the workspace: all of them, at each change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchFlows {}

impl Subscription for WatchFlows {
    const NAME: &'static str = "flows.watch";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Item = FlowList;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<FlowList, ApiError>> {
        let changed = app.library().map(|library| library.changed());
        let state = (app, changed, None::<FlowList>);
        Box::pin(futures_util::stream::unfold(state, |(app, mut changed, mut last)| async move {
            loop {
                match app.library().and_then(|library| library.list()) {
                    Err(error) if last.is_none() => return Some((Err(error), (app, changed, Some(FlowList { flows: vec![] })))),
                    Err(_) => {}
                    Ok(flows) => {
                        let list = FlowList { flows };
                        if last.as_ref() != Some(&list) {
                            let item = FlowList { flows: list.flows.clone() };
                            last = Some(list);
                            return Some((Ok(item), (app, changed, last)));
                        }
                    }
                }
                match &mut changed {
                    Ok(changed) => drop(tokio::time::timeout(LOOK, changed.changed()).await),
                    Err(_) => return None,
                }
            }
        }))
    }
}

/// A flow's file, and what was drawn on it and not saved
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowGet {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// A flow's file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowText {
    /// What is known of it.
    pub info: FlowInfo,
    /// Its text.
    pub text: String,
    /// SHA-256 of it.
    pub stamp: Digest,
    /// What was drawn and not saved.
    pub draft: Option<Draft>,
}

impl Command for FlowGet {
    const NAME: &'static str = "flow.get";
    const RIGHT: Right = Right::View;
    type Response = FlowText;

    async fn handle(self, app: &App) -> Result<FlowText, ApiError> {
        text(app, &self.id)
    }
}

pub(crate) fn text(app: &App, id: &str) -> Result<FlowText, ApiError> {
    let library = app.library()?;
    let (info, file) = (library.info(id)?, library.get(id)?);
    Ok(FlowText { info, text: file.text, stamp: file.stamp, draft: library.draft(id)? })
}

impl Response for FlowText {}

impl Display for FlowText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Keeps what was drawn, without saving it
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowDraft {
    /// The flow's id
    pub id: String,
    /// The stamp of the file it was made from
    #[arg(skip = Digest::of_bytes(b""))]
    pub base: Digest,
    /// The flow's text
    pub text: String,
    /// The undo history
    #[serde(default)]
    #[arg(skip)]
    pub history: String,
}

/// Done; there is nothing to say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

impl Response for Done {}

impl Display for Done {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Command for FlowDraft {
    const NAME: &'static str = "flow.draft";
    const RIGHT: Right = Right::Create;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Done;

    async fn handle(self, app: &App) -> Result<Done, ApiError> {
        let draft = Draft { text: self.text, base: self.base, history: self.history, at: app.now() };
        app.library()?.keep_draft(&self.id, &draft)?;
        Ok(Done {})
    }
}

/// Forgets what was drawn and not saved
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowDiscard {
    /// The flow's id
    pub id: String,
}

impl Command for FlowDiscard {
    const NAME: &'static str = "flow.discard";
    const RIGHT: Right = Right::Create;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Done;

    async fn handle(self, app: &App) -> Result<Done, ApiError> {
        app.library()?.drop_draft(&self.id)?;
        Ok(Done {})
    }
}

/// Puts a flow's text into its file, and keeps it as a version
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowSave {
    /// The flow's id
    pub id: String,
    /// The text
    pub text: String,
    /// The stamp of the file that it was made from
    #[arg(skip)]
    #[serde(default)]
    pub base: Option<Digest>,
    /// What is new, in your words
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub note: String,
    /// Whether another text in the file is overwritten
    #[arg(long)]
    #[serde(default)]
    pub force: bool,
}

/// A flow that was saved.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowSaved {
    /// SHA-256 of its file.
    pub stamp: Digest,
    /// The digest of its logic.
    pub digest: Digest,
    /// What is known of it.
    pub info: FlowInfo,
}

impl Response for FlowSaved {}

impl Display for FlowSaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} saved, version {}", self.info.id, crate::text::short(&self.digest))
    }
}

impl Command for FlowSave {
    const NAME: &'static str = "flow.save";
    const RIGHT: Right = Right::Create;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = FlowSaved;

    async fn handle(self, app: &App) -> Result<FlowSaved, ApiError> {
        let flow = read(&self.id, &self.text)?;
        if flow.id != self.id {
            let message = format!("The text is that of a flow {:?}, and {:?} is to be saved.", flow.id, self.id);
            return Err(ApiError::bad_request(message, "A flow keeps its id; give it another name instead."));
        }
        save(app, &flow, self.base.filter(|_| !self.force), Why::Save, self.note).await
    }
}

async fn save(app: &App, flow: &Flow, base: Option<Digest>, why: Why, note: String) -> Result<FlowSaved, ApiError> {
    let library = app.library()?;
    let stamp = library.save(&flow.id, flow, base)?;
    library.drop_draft(&flow.id)?;
    let digest = keep_version(app, flow, why, note).await?;
    Ok(FlowSaved { stamp, digest, info: library.info(&flow.id)? })
}

/// Keeps a flow's logic in the store, and notes why.
pub(crate) async fn keep_version(app: &App, flow: &Flow, why: Why, note: String) -> Result<Digest, ApiError> {
    let digest = app.home()?.store.put_flow(flow).await?;
    app.library()?.note_version(&flow.id, &Version { digest, at: app.now(), why, note })?;
    Ok(digest)
}

fn read(file: &str, text: &str) -> Result<Flow, ApiError> {
    let source = crate::Source { file: file.to_owned(), text: text.to_owned(), beside: std::collections::BTreeMap::new() };
    source.flow().map_err(|problem| flow_problems(file, vec![problem]))
}

/// Makes a flow: an empty one, or from a file
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowNew {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The folder it is put into
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub folder: String,
    /// A flow file to begin with; its id is kept, or numbered where it is taken
    #[arg(long = "from", value_name = "FILE", value_parser = |file: &str| std::fs::read_to_string(file))]
    #[serde(default)]
    pub text: Option<String>,
}

impl Command for FlowNew {
    const NAME: &'static str = "flow.new";
    const RIGHT: Right = Right::Create;
    type Response = FlowText;

    async fn handle(self, app: &App) -> Result<FlowText, ApiError> {
        let name = if self.name.trim().is_empty() { "New flow".to_owned() } else { self.name.trim().to_owned() };
        let flow = match &self.text {
            Some(text) => read(&name, text)?,
            None => Flow::new(slug(&name), name),
        };
        add(app, flow, &self.folder)
    }
}

/// Adds a flow under its id, or a numbered one where that is taken.
pub(crate) fn add(app: &App, mut flow: Flow, folder: &str) -> Result<FlowText, ApiError> {
    let library = app.library()?;
    let taken: Vec<_> = library.list()?.into_iter().map(|info| info.id).collect();
    flow.id = free_id(&slug(&flow.id), &|id| taken.iter().any(|taken| taken == id));
    library.add(&flow, &checked_folder(folder)?)?;
    text(app, &flow.id)
}

/// Makes a copy of a flow
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowDuplicate {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The copy's name
    #[arg(long)]
    #[serde(default)]
    pub name: Option<String>,
}

impl Command for FlowDuplicate {
    const NAME: &'static str = "flow.duplicate";
    const RIGHT: Right = Right::Create;
    type Response = FlowText;

    async fn handle(self, app: &App) -> Result<FlowText, ApiError> {
        let file = app.library()?.get(&self.id)?;
        let mut flow = read(&self.id, &file.text)?;
        flow.name = self.name.unwrap_or_else(|| format!("{} (copy)", flow.name));
        flow.id = slug(&flow.name);
        add(app, flow, &file.folder)
    }
}

/// A flow as it is now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowChanged {
    /// What is known of it.
    pub info: FlowInfo,
    /// SHA-256 of its file.
    pub stamp: Digest,
}

impl Response for FlowChanged {}

impl Display for FlowChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FlowInfo { id, name, folder, tags, .. } = &self.info;
        columns(f, &[vec![id.clone(), name.clone(), folder.clone(), tags.join(", ")]])
    }
}

fn changed(app: &App, id: &str) -> Result<FlowChanged, ApiError> {
    let info = app.library()?.info(id)?;
    Ok(FlowChanged { stamp: info.stamp, info })
}

fn edit(app: &App, id: &str, change: impl FnOnce(&mut Flow)) -> Result<FlowChanged, ApiError> {
    let library = app.library()?;
    let file = library.get(id)?;
    let mut flow = read(id, &file.text)?;
    change(&mut flow);
    library.save(id, &flow, Some(file.stamp))?;
    changed(app, id)
}

/// Gives a flow another name; its id stays
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowRename {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The new name
    #[arg(value_name = "NAME")]
    pub name: String,
}

impl Command for FlowRename {
    const NAME: &'static str = "flow.rename";
    const RIGHT: Right = Right::Create;
    type Response = FlowChanged;

    async fn handle(self, app: &App) -> Result<FlowChanged, ApiError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err(ApiError::bad_request("A flow needs a name.", "Give it one."));
        }
        edit(app, &self.id, |flow| flow.name = name)
    }
}

/// Moves a flow to a folder
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowMove {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The folder: names joined by `/`; empty for the top
    #[arg(value_name = "FOLDER", default_value = "")]
    pub folder: String,
}

impl Command for FlowMove {
    const NAME: &'static str = "flow.move";
    const RIGHT: Right = Right::Create;
    type Response = FlowChanged;

    async fn handle(self, app: &App) -> Result<FlowChanged, ApiError> {
        app.library()?.relocate(&self.id, &checked_folder(&self.folder)?)?;
        changed(app, &self.id)
    }
}

/// Gives a flow its tags, in place of those it has
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowTag {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The tags
    #[arg(value_name = "TAG")]
    pub tags: Vec<String>,
}

impl Command for FlowTag {
    const NAME: &'static str = "flow.tag";
    const RIGHT: Right = Right::Create;
    type Response = FlowChanged;

    async fn handle(self, app: &App) -> Result<FlowChanged, ApiError> {
        let mut tags: Vec<_> = self.tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        tags.sort();
        tags.dedup();
        edit(app, &self.id, |flow| flow.tags = tags)
    }
}

/// Puts a flow into the bin; its versions and runs stay
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowDelete {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
}

impl Command for FlowDelete {
    const NAME: &'static str = "flow.delete";
    const RIGHT: Right = Right::Create;
    type Response = Done;

    async fn handle(self, app: &App) -> Result<Done, ApiError> {
        app.library()?.bin(&self.id, app.now())?;
        Ok(Done {})
    }
}

/// The flows in the bin
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowBin {}

/// The flows in the bin.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct BinList {
    /// The newest first.
    pub flows: Vec<Binned>,
}

impl Command for FlowBin {
    const NAME: &'static str = "flow.bin";
    const RIGHT: Right = Right::View;
    type Response = BinList;

    async fn handle(self, app: &App) -> Result<BinList, ApiError> {
        Ok(BinList { flows: app.library()?.binned() })
    }
}

impl Response for BinList {}

impl Display for BinList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |flow: &Binned| vec![flow.id.clone(), flow.name.clone(), when(flow.deleted_at)];
        columns(f, &self.flows.iter().map(row).collect::<Vec<_>>())
    }
}

/// Takes a flow out of the bin
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowUndelete {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
}

impl Command for FlowUndelete {
    const NAME: &'static str = "flow.undelete";
    const RIGHT: Right = Right::Create;
    type Response = FlowChanged;

    async fn handle(self, app: &App) -> Result<FlowChanged, ApiError> {
        let id = app.library()?.unbin(&self.id)?;
        changed(app, &id)
    }
}

/// The versions of a flow that were kept
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowVersions {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Versions of a flow.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionList {
    /// The newest first.
    pub versions: Vec<Version>,
}

impl Command for FlowVersions {
    const NAME: &'static str = "flow.versions";
    const RIGHT: Right = Right::View;
    type Response = VersionList;

    async fn handle(self, app: &App) -> Result<VersionList, ApiError> {
        let mut versions = app.library()?.versions(&self.id)?;
        // Those that nobody noted ran from the command line.
        for stored in app.home()?.store.flow_versions(Some(&self.id)).await? {
            if versions.iter().all(|version| version.digest != stored.digest) {
                versions.push(Version { digest: stored.digest, at: stored.stored_at, why: Why::Run, note: String::new() });
            }
        }
        versions.sort_by_key(|version| std::cmp::Reverse(version.at));
        Ok(VersionList { versions })
    }
}

impl Response for VersionList {}

impl Display for VersionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |version: &Version| {
            vec![version.digest.to_string(), when(version.at), crate::text::word(&version.why), version.note.clone()]
        };
        columns(f, &self.versions.iter().map(row).collect::<Vec<_>>())
    }
}

/// A version of a flow, as a file
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowVersion {
    /// The digest of its logic
    #[arg(value_name = "DIGEST")]
    pub digest: Digest,
}

/// A version's text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionText {
    /// The flow's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Command for FlowVersion {
    const NAME: &'static str = "flow.version";
    const RIGHT: Right = Right::View;
    type Response = VersionText;

    async fn handle(self, app: &App) -> Result<VersionText, ApiError> {
        let flow = app.home()?.store.flow_version(self.digest).await?;
        Ok(VersionText { id: flow.id.clone(), name: flow.name.clone(), text: flow::write(&flow) })
    }
}

impl Response for VersionText {}

impl Display for VersionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Puts an older version of a flow in its file's place
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowRestore {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The digest of the version's logic
    #[arg(value_name = "DIGEST")]
    pub digest: Digest,
    /// The stamp of the file as it was last seen
    #[arg(skip)]
    #[serde(default)]
    pub base: Option<Digest>,
}

impl Command for FlowRestore {
    const NAME: &'static str = "flow.restore";
    const RIGHT: Right = Right::Create;
    type Response = FlowSaved;

    async fn handle(self, app: &App) -> Result<FlowSaved, ApiError> {
        let version = app.home()?.store.flow_version(self.digest).await?;
        if version.id != self.id {
            let message = format!("{} is a version of {:?}, not of {:?}.", self.digest, version.id, self.id);
            return Err(ApiError::bad_request(message, "List the versions with `assent flow versions`."));
        }
        // What the file holds now can be restored in turn.
        if let Ok(now) = read(&self.id, &app.library()?.get(&self.id)?.text) {
            keep_version(app, &now, Why::Save, String::new()).await?;
        }
        save(app, &version, self.base, Why::Restore, String::new()).await
    }
}
