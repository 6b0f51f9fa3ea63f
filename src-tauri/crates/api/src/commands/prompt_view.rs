//! A question to people with all that an approver's window shows, and the open ones, live.

use std::{
    fmt::{self, Display},
    sync::Arc,
};

use consent::{Action, Pay, Prompt, PromptState};
use flow::Digest;
use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};
use intent::{Book, Parse, Settings, Span};
use money::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    ApiError, App, Command, Response, Right, Subscription, Surface,
    commands::{
        prompts::{PromptList, find, what_to_type},
        run_info::starter,
        run_values::Beginning,
    },
};

/// A question with all that an approver is to see of it
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PromptView {
    /// The prompt's id
    pub prompt: String,
}

/// A question with all that an approver is to see of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PromptSeen {
    /// The question. What is decided is what it says, and nothing of the details.
    pub prompt: Prompt,
    /// What stands around it, as it is now.
    pub details: PromptDetails,
}

/// What stands around a question.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PromptDetails {
    /// The run that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<AskingRun>,
    /// The account that would be paid from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountAround>,
    /// The words that a payment was heard in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<HeardWords>,
    /// The digest of what is asked, whole: what a yes names as `request`.
    pub digest: Digest,
    /// The digest of what is shown, whole: what a yes names as `shown`.
    pub shown_digest: Digest,
    /// What is typed to say yes, where that is asked for.
    pub what_to_type: String,
    /// Whether it must be typed in a window too. No policy asks for that yet.
    pub typing_required: bool,
}

/// The run that asks.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AskingRun {
    /// Its id.
    pub run: String,
    /// The flow's id.
    pub flow_id: String,
    /// The flow's name in the version that runs.
    pub flow_name: String,
    /// The digest of that version.
    pub flow: Digest,
    /// The name of the step's node; its id where it has none.
    pub node_name: String,
    /// Who or what started it: a profile's id.
    pub by: String,
    /// When, in milliseconds since the epoch.
    pub started_at: i64,
}

/// An account before and after a payment.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AccountAround {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What could be spent without this payment.
    pub before: Amount,
    /// What is left with it.
    pub after: Amount,
}

/// The words that a payment was heard in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HeardWords {
    /// The words.
    pub text: String,
    /// The least sure of the parts that matter, in thousandths.
    pub confidence_milli: u16,
    /// Where in them the parts stand, in order. None where the words, read again with the address book as it is now, say something else.
    pub spans: Vec<HeardSpan>,
}

/// Where a part of a payment was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeardSpan {
    /// Which part.
    pub what: HeardPart,
    /// Where it begins, in UTF-16 code units, as a window counts its text.
    pub start: usize,
    /// The place after its end.
    pub end: usize,
}

/// A part of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HeardPart {
    /// How much.
    Amount,
    /// To whom.
    Payee,
    /// What for.
    Purpose,
}

impl Command for PromptView {
    const NAME: &'static str = "prompt.view";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = &[Surface::Studio, Surface::Approvals];
    type Response = PromptSeen;

    async fn handle(self, app: &App) -> Result<PromptSeen, ApiError> {
        let prompt = find(app, &self.prompt).await?;
        let run = match (&prompt.run, &prompt.path) {
            (Some(run), Some(path)) => Some(asking(app, run, path).await?),
            _ => None,
        };
        let (account, heard) = match prompt.request.as_ref().map(|request| &request.action) {
            Some(Action::Pay(pay)) => (account(app, &prompt, pay).await?, heard(app, pay).await?),
            _ => (None, None),
        };
        let details = PromptDetails {
            run,
            account,
            heard,
            digest: prompt.request_digest,
            shown_digest: prompt.shown_digest,
            what_to_type: what_to_type(&prompt),
            typing_required: false,
        };
        Ok(PromptSeen { prompt, details })
    }
}

async fn asking(app: &App, run: &str, path: &str) -> Result<AskingRun, ApiError> {
    let began = Beginning::of(app, &run.into()).await?;
    let store = &app.home()?.store;
    let flow = store.flow_version(began.flow).await?;
    // Down through the sub-flows that the path names.
    let (mut inner, mut name) = (flow.clone(), path.to_owned());
    for id in path.split('/') {
        let Some(node) = inner.nodes.iter().find(|node| node.id == id) else { break };
        name = if node.name.is_empty() { node.id.clone() } else { node.name.clone() };
        let called = node.config.get("flow").and_then(|called| called.as_str()).and_then(|called| began.subflows.get(called));
        let Some(called) = called else { break };
        inner = store.flow_version(*called).await?;
    }
    Ok(AskingRun {
        run: run.to_owned(),
        flow_id: flow.id.clone(),
        flow_name: flow.name.clone(),
        flow: began.flow,
        node_name: name,
        by: starter(&began.by),
        started_at: began.at,
    })
}

/// The account of a payment. While the prompt is open the money is held already, so what is available is what would be left.
async fn account(app: &App, prompt: &Prompt, pay: &Pay) -> Result<Option<AccountAround>, ApiError> {
    let accounts = app.home()?.store.accounts().await?;
    let Some(account) = accounts.into_iter().find(|account| account.id.as_str() == pay.account) else { return Ok(None) };
    let available = account.available();
    let around = if prompt.hold.is_some() && prompt.state == PromptState::Open {
        available.checked_add(pay.amount).map(|before| (before, available))
    } else {
        available.checked_sub(pay.amount).map(|after| (available, after))
    };
    // An account in another asset is refused by the gate, and has no balance to tell here.
    Ok(around.ok().map(|(before, after)| AccountAround { id: pay.account.clone(), name: account.name, before, after }))
}

async fn heard(app: &App, pay: &Pay) -> Result<Option<HeardWords>, ApiError> {
    let Some(heard) = &pay.heard else { return Ok(None) };
    let payees = app.home()?.store.payees().await?;
    let payees = payees.into_iter().map(|payee| intent::Payee { id: payee.id, name: payee.name, aliases: payee.aliases });
    let settings = Settings { default_asset: Some(pay.amount.asset()) };
    let read = intent::parse(&intent::Heard::written(&heard.text), &Book::new(payees.collect()), &settings);
    let spans = spans(&heard.text, &read, pay);
    Ok(Some(HeardWords { text: heard.text.clone(), confidence_milli: heard.confidence_milli, spans }))
}

/// Where the parts of a payment stand in the words it was heard in. None when the words say another payment.
fn spans(text: &str, read: &Parse, pay: &Pay) -> Vec<HeardSpan> {
    let draft = &read.draft;
    let (Some(amount), [payee]) = (draft.amount, &draft.payees[..]) else { return Vec::new() };
    if amount.value != pay.amount || payee.value.id != pay.payee {
        return Vec::new();
    }
    let purpose = draft.purpose.as_ref().filter(|purpose| Some(purpose.value.as_str()) == pay.purpose.as_deref());
    let parts = [
        Some((HeardPart::Amount, amount.span)),
        Some((HeardPart::Payee, payee.span)),
        purpose.map(|purpose| (HeardPart::Purpose, purpose.span)),
    ];
    let units = |byte: usize| text.get(..byte).map(|before| before.encode_utf16().count());
    let span = |(what, Span { start, end })| Some(HeardSpan { what, start: units(start)?, end: units(end)? });
    let mut spans: Vec<_> = parts.into_iter().flatten().filter_map(span).filter(|span| span.start < span.end).collect();
    spans.sort_by_key(|span| span.start);
    spans
}

impl Response for PromptSeen {}

impl Display for PromptSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", PromptList { prompts: vec![self.prompt.clone()], one: true })
    }
}

/// Follows the questions that wait for an answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchPrompts {}

/// The questions that wait for an answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OpenPrompts {
    /// All of them, in the order they were opened.
    pub prompts: Vec<Prompt>,
}

impl Subscription for WatchPrompts {
    const NAME: &'static str = "prompts.watch";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = &[Surface::Studio, Surface::Approvals];
    type Item = OpenPrompts;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<OpenPrompts, ApiError>> {
        let following = match app.home() {
            Ok(home) => Following { committed: home.store.committed(), app: Arc::clone(&app), first: true, expires: None },
            Err(error) => return futures_util::stream::iter([Err(error)]).boxed(),
        };
        futures_util::stream::unfold(Some(following), |following| async {
            let mut following = following?;
            if !following.first && !following.changed().await {
                return None;
            }
            following.first = false;
            match following.open().await {
                Ok(open) => Some((Ok(open), Some(following))),
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }
}

struct Following {
    app: Arc<App>,
    committed: broadcast::Receiver<Arc<store::Committed>>,
    first: bool,
    /// When the first question that no run waits for expires, in milliseconds since the epoch: nobody else closes it.
    expires: Option<i64>,
}

impl Following {
    async fn open(&mut self) -> Result<OpenPrompts, ApiError> {
        let store = &self.app.home()?.store;
        store.expire_proposals().await?;
        let prompts = store.prompts(true).await?;
        self.expires = prompts.iter().filter(|prompt| prompt.run.is_none()).filter_map(|prompt| prompt.expires_at).min();
        Ok(OpenPrompts { prompts })
    }

    /// Waits until a prompt was opened, answered or closed, or is due. False when nothing more can come.
    async fn changed(&mut self) -> bool {
        loop {
            let due = self.expires.map_or_else(|| std::future::pending().boxed(), |at| self.app.until(at));
            tokio::select! {
                committed = self.committed.recv() => match committed {
                    Ok(committed) if committed.prompts.is_empty() => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                },
                () = due => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use money::Asset;

    use super::*;

    #[test]
    fn parts_are_found_where_they_were_heard() {
        let payee = |id: &str, name: &str| intent::Payee { id: id.into(), name: name.into(), aliases: Vec::new() };
        let book = Book::new(vec![payee("zoe", "Zoé"), payee("alice", "Alice Chen")]);
        let pay = |payee: &str, minor| Pay {
            account: "operations".into(),
            rail: "credits".into(),
            payee: payee.into(),
            payee_name: String::new(),
            address: String::new(),
            amount: Amount::new(minor, Asset::find("USD").unwrap()),
            purpose: Some("the logo design".into()),
            heard: None,
            risk: None,
        };
        let found = |text: &str, pay: &Pay| {
            let read = intent::parse(&intent::Heard::written(text), &book, &Settings::default());
            let units: Vec<u16> = text.encode_utf16().collect();
            let part = |span: HeardSpan| (span.what, String::from_utf16(&units[span.start..span.end]).unwrap());
            spans(text, &read, pay).into_iter().map(part).collect::<Vec<_>>()
        };
        let text = "Send twenty-five dollars to Zoé for the logo design";
        let parts =
            [(HeardPart::Amount, "twenty-five dollars"), (HeardPart::Payee, "Zoé"), (HeardPart::Purpose, "the logo design")];
        assert_eq!(found(text, &pay("zoe", 2500)), parts.map(|(what, text)| (what, text.to_owned())));
        assert_eq!(found(text, &pay("alice", 2500)), []);
        assert_eq!(found(text, &pay("zoe", 2501)), []);
    }
}
