//! The flows that ship with the program.

use std::fmt::{self, Display};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use money::{AccountId, Amount, Asset, TransferId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right, USUAL_ACCOUNT, Upload,
    commands::{
        inputs::{Given, Input},
        library::{self, FlowText},
    },
    text::columns,
};

/// A flow that ships.
struct Sample {
    text: &'static str,
    /// What its sample run is given: the input's name, the file's name and bytes.
    recording: Option<(&'static str, &'static str, &'static [u8])>,
    /// Whether it pays Alice from the usual account.
    pays_alice: bool,
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: include_str!("../../../../../flows/voice-payment.flow.json"),
        recording: Some(("audio", "send-25-alice.wav", include_bytes!("../../../../../assets/voice/send-25-alice.wav"))),
        pays_alice: true,
    },
    Sample { text: include_str!("../../../../../flows/hello.flow.json"), recording: None, pays_alice: false },
];

/// Play money for the first payments, in minor units of USD.
const PLAY_MONEY: i128 = 50_000;

/// The flows that ship with the program
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowGallery {}

/// The flows that ship with the program.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Gallery {
    /// The most telling first.
    pub flows: Vec<Shipped>,
}

/// A flow that ships with the program.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Shipped {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its text.
    pub text: String,
    /// Whether the workspace has a flow with its id.
    pub installed: bool,
}

impl Command for FlowGallery {
    const NAME: &'static str = "flow.gallery";
    const RIGHT: Right = Right::View;
    type Response = Gallery;

    async fn handle(self, app: &App) -> Result<Gallery, ApiError> {
        let library = app.library()?;
        let mut flows = Vec::new();
        for sample in SAMPLES {
            let flow = read(sample)?;
            let installed = library.get(&flow.id).is_ok();
            flows.push(Shipped {
                id: flow.id,
                name: flow.name,
                description: flow.description,
                text: sample.text.to_owned(),
                installed,
            });
        }
        Ok(Gallery { flows })
    }
}

fn read(sample: &Sample) -> Result<flow::Flow, ApiError> {
    flow::read(sample.text).map_err(ApiError::internal)
}

impl Response for Gallery {}

impl Display for Gallery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        columns(f, &self.flows.iter().map(|flow| vec![flow.id.clone(), flow.description.clone()]).collect::<Vec<_>>())
    }
}

/// Puts a flow that ships into the workspace, with what its sample run needs: an account with play money, a payee, a recording
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowTry {
    /// The flow's id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// A flow that is ready to be tried.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ready {
    /// The flow.
    pub flow: FlowText,
    /// What its sample run is given.
    pub inputs: Vec<Input>,
}

impl Command for FlowTry {
    const NAME: &'static str = "flow.try";
    const RIGHT: Right = Right::Own;
    type Response = Ready;

    async fn handle(self, app: &App) -> Result<Ready, ApiError> {
        let mut samples = SAMPLES.iter().filter_map(|sample| Some((sample, read(sample).ok()?)));
        let found = samples.find(|(_, flow)| flow.id == self.id);
        let (sample, flow) =
            found.ok_or_else(|| ApiError::not_found("flow that ships", &self.id, "List them with `assent flow gallery`."))?;
        if sample.pays_alice {
            someone_to_pay(app).await?;
        }
        let input = |(name, file, bytes): (&str, &str, &[u8])| Input {
            name: name.to_owned(),
            value: Given::File(Upload { name: file.to_owned(), media: "audio/wav".to_owned(), base64: BASE64.encode(bytes) }),
        };
        // One that is there already is the user's own by now.
        let flow =
            if app.library()?.get(&flow.id).is_ok() { library::text(app, &flow.id)? } else { library::add(app, flow, "")? };
        Ok(Ready { flow, inputs: sample.recording.map(input).into_iter().collect() })
    }
}

/// An account with play money and a payee, where they are missing. What is there stays as it is.
async fn someone_to_pay(app: &App) -> Result<(), ApiError> {
    let store = &app.home()?.store;
    let account = AccountId::new(USUAL_ACCOUNT);
    if store.accounts().await?.iter().all(|known| known.id != account) {
        let usd = Asset::find("USD").map_err(ApiError::internal)?;
        store.open_account(account.clone(), USUAL_ACCOUNT, usd).await?;
        let id = TransferId::new(app.new_id("fund")?);
        store.fund(id, account, Amount::new(PLAY_MONEY, usd), "play money to begin with").await?;
    }
    if store.payees().await?.iter().all(|payee| payee.id != "alice") {
        let addresses = [("credits".to_owned(), "alice".to_owned())].into();
        let alice =
            consent::Payee { id: "alice".to_owned(), name: "Alice".to_owned(), aliases: Vec::new(), addresses, verified: None };
        store.put_payee(alice).await?;
    }
    Ok(())
}

impl Response for Ready {}

impl Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is ready: run it with `assent run {}`", self.flow.info.name, self.flow.info.id)
    }
}
