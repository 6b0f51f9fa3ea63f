//! The address book.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use consent::Payee;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, ErrorCode, Response, Right,
    text::{columns, visible},
};

/// The rail of the embedded ledger.
const CREDITS: &str = "credits";

/// Adds a payee to the address book
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PayeeAdd {
    /// The id that flows name: letters, digits, hyphens
    #[arg(value_name = "ID")]
    pub id: String,
    /// The name people know
    #[arg(long)]
    pub name: String,
    /// Another name it is called by; may be given again
    #[arg(long = "alias", value_name = "NAME")]
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its address on the rail credits: the first part of a ledger account's id
    #[arg(long, value_name = "ADDRESS")]
    #[serde(default)]
    pub credits: Option<String>,
}

/// A payee as it is now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayeePut {
    /// The payee.
    pub payee: Payee,
}

impl Command for PayeeAdd {
    const NAME: &'static str = "payee.add";
    const RIGHT: Right = Right::Own;
    type Response = PayeePut;

    async fn handle(self, app: &App) -> Result<PayeePut, ApiError> {
        let store = &app.home()?.store;
        if store.payees().await?.iter().any(|payee| payee.id == self.id) {
            let message = format!("There is a payee {:?} already.", self.id);
            return Err(ApiError::new(ErrorCode::Conflict, message, "Change it with `assent payee edit`, or choose another id."));
        }
        let addresses: BTreeMap<_, _> = self.credits.into_iter().map(|address| (CREDITS.to_owned(), address)).collect();
        let payee = Payee { id: self.id, name: self.name, aliases: self.aliases, addresses, verified: None };
        store.put_payee(payee.clone()).await?;
        Ok(PayeePut { payee })
    }
}

/// Changes a payee; what is not named stays as it is
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PayeeEdit {
    /// The payee's id
    #[arg(value_name = "ID")]
    pub id: String,
    /// The name people know
    #[arg(long)]
    #[serde(default)]
    pub name: Option<String>,
    /// Other names it is called by, in place of those it has; may be given again
    #[arg(long = "alias", value_name = "NAME")]
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Takes its other names away
    #[arg(long, conflicts_with = "aliases")]
    #[serde(default)]
    pub no_aliases: bool,
    /// Its address on the rail credits
    #[arg(long, value_name = "ADDRESS")]
    #[serde(default)]
    pub credits: Option<String>,
}

impl Command for PayeeEdit {
    const NAME: &'static str = "payee.edit";
    const RIGHT: Right = Right::Own;
    type Response = PayeePut;

    async fn handle(self, app: &App) -> Result<PayeePut, ApiError> {
        let store = &app.home()?.store;
        let mut payee = find(store.payees().await?, &self.id)?;
        if let Some(name) = self.name {
            payee.name = name;
        }
        if self.no_aliases || !self.aliases.is_empty() {
            payee.aliases = self.aliases;
        }
        if let Some(address) = self.credits
            && payee.addresses.insert(CREDITS.to_owned(), address.clone()).as_ref() != Some(&address)
        {
            // Nobody has made sure of the new address yet.
            payee.verified = None;
        }
        store.put_payee(payee.clone()).await?;
        Ok(PayeePut { payee })
    }
}

fn find(payees: Vec<Payee>, id: &str) -> Result<Payee, ApiError> {
    let found = payees.into_iter().find(|payee| payee.id == id);
    found.ok_or_else(|| ApiError::not_found("payee", id, "List them with `assent payee list`."))
}

impl Response for PayeePut {}

impl Display for PayeePut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        columns(f, &[row(&self.payee)])
    }
}

/// Everybody in the address book
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PayeeList {}

/// The address book.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Payees {
    /// By id.
    pub payees: Vec<Payee>,
}

impl Command for PayeeList {
    const NAME: &'static str = "payee.list";
    const RIGHT: Right = Right::View;
    type Response = Payees;

    async fn handle(self, app: &App) -> Result<Payees, ApiError> {
        Ok(Payees { payees: app.home()?.store.payees().await? })
    }
}

impl Response for Payees {}

impl Display for Payees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        columns(f, &self.payees.iter().map(row).collect::<Vec<_>>())
    }
}

fn row(payee: &Payee) -> Vec<String> {
    let addresses = payee.addresses.iter().map(|(rail, address)| format!("{rail}:{address}")).collect::<Vec<_>>();
    let names = std::iter::once(&payee.name).chain(&payee.aliases).map(|name| visible(name)).collect::<Vec<_>>();
    let verified = payee.verified.as_ref().map_or("not verified".to_owned(), |by| format!("verified by {}", by.by));
    vec![payee.id.clone(), names.join(", "), addresses.join(" "), verified]
}

/// Removes a payee from the address book
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PayeeRm {
    /// The payee's id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// A payee that is no longer in the address book.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayeeRemoved {
    /// Its id.
    pub id: String,
}

impl Command for PayeeRm {
    const NAME: &'static str = "payee.rm";
    const RIGHT: Right = Right::Own;
    type Response = PayeeRemoved;

    async fn handle(self, app: &App) -> Result<PayeeRemoved, ApiError> {
        let store = &app.home()?.store;
        find(store.payees().await?, &self.id)?;
        store.remove_payee(&self.id).await?;
        Ok(PayeeRemoved { id: self.id })
    }
}

impl Response for PayeeRemoved {}

impl Display for PayeeRemoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is no longer in the address book", self.id)
    }
}
