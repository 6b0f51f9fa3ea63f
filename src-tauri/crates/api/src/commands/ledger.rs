//! Accounts and what moved between them.

use std::fmt::{self, Display};

use money::{AccountId, AccountKind, Amount, Asset, TransferId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right,
    text::{columns, csv, visible, when, word},
};

/// Opens an account of this workspace in the ledger
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct AccountOpen {
    /// Its name, which is also its id: letters, digits, hyphens
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The one asset it holds, such as USD
    #[arg(long, value_parser = |code: &str| Asset::find(code))]
    pub asset: Asset,
}

/// One account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AccountInfo {
    /// Its id.
    pub id: AccountId,
    /// What people call it.
    pub name: String,
    /// `internal`: money of this workspace; `external`: the other side.
    pub kind: AccountKind,
    /// The balance, held money included.
    pub balance: Amount,
    /// What open holds will take from it.
    pub held: Amount,
    /// What can be spent.
    pub available: Amount,
}

impl From<money::Account> for AccountInfo {
    fn from(account: money::Account) -> Self {
        let (balance, available) = (account.balance(), account.available());
        let held = Amount::new(account.held, account.asset);
        Self { id: account.id, name: account.name, kind: account.kind, balance, held, available }
    }
}

impl AccountInfo {
    fn row(&self) -> Vec<String> {
        let amounts = [self.balance, self.held, self.available].map(Amount::digits);
        let [balance, held, available] = amounts;
        vec![
            self.id.to_string(),
            visible(&self.name),
            word(&self.kind),
            self.balance.asset().to_string(),
            balance,
            held,
            available,
        ]
    }
}

impl Command for AccountOpen {
    const NAME: &'static str = "account.open";
    const RIGHT: Right = Right::Own;
    type Response = Accounts;

    async fn handle(self, app: &App) -> Result<Accounts, ApiError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.name.is_empty() || !self.name.chars().all(allowed) {
            let message = format!("{:?} can't be an account's name.", self.name);
            return Err(ApiError::bad_request(message, "Use letters, digits, hyphens and underscores."));
        }
        let store = &app.home()?.store;
        store.open_account(AccountId::new(&*self.name), &self.name, self.asset).await?;
        only(store.accounts().await?, &self.name)
    }
}

/// Every account and its balance
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct AccountList {}

/// Accounts of the ledger.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    /// By id.
    pub accounts: Vec<AccountInfo>,
    /// Whether a terminal shows them as CSV.
    #[serde(default)]
    pub csv: bool,
}

impl Command for AccountList {
    const NAME: &'static str = "account.list";
    const RIGHT: Right = Right::View;
    type Response = Accounts;

    async fn handle(self, app: &App) -> Result<Accounts, ApiError> {
        accounts(app, false).await
    }
}

impl Response for Accounts {}

impl Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["account", "name", "kind", "asset", "balance", "held", "available"].map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(head).chain(self.accounts.iter().map(AccountInfo::row)).collect();
        if self.csv { csv(f, &rows) } else { columns(f, &rows) }
    }
}

/// Brings money from the outside into an account of this workspace
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct AccountFund {
    /// The account
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How much, in the account's asset, such as 500.00
    #[arg(value_name = "AMOUNT")]
    pub amount: String,
    /// What for
    #[arg(long, default_value = "Funded from the outside")]
    #[serde(default)]
    pub memo: String,
    /// The transfer's id; asking again with the same one moves nothing again
    #[arg(long, value_name = "ID")]
    #[serde(default)]
    pub id: Option<String>,
}

impl Command for AccountFund {
    const NAME: &'static str = "account.fund";
    const RIGHT: Right = Right::Own;
    type Response = Accounts;

    async fn handle(self, app: &App) -> Result<Accounts, ApiError> {
        let store = &app.home()?.store;
        let account = only(store.accounts().await?, &self.name)?.accounts.remove(0);
        let asset = account.balance.asset();
        let amount = Amount::parse(&self.amount, asset).map_err(|error| {
            ApiError::bad_request(format!("{:?} is no amount in {asset}: {error}.", self.amount), "Write it as 500.00.")
        })?;
        let id = self.id.map_or_else(|| app.new_id("fund"), Ok)?;
        store.fund(TransferId::new(id), account.id, amount, &self.memo).await?;
        only(store.accounts().await?, &self.name)
    }
}

fn only(accounts: Vec<money::Account>, id: &str) -> Result<Accounts, ApiError> {
    let found = accounts.into_iter().find(|account| account.id.as_str() == id);
    let account = found.ok_or_else(|| ApiError::not_found("account", id, "Open it with `assent account open`."))?;
    Ok(Accounts { accounts: vec![account.into()], csv: false })
}

async fn accounts(app: &App, csv: bool) -> Result<Accounts, ApiError> {
    let accounts = app.home()?.store.accounts().await?;
    Ok(Accounts { accounts: accounts.into_iter().map(AccountInfo::from).collect(), csv })
}

/// The ledger's accounts
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct LedgerAccounts {
    /// As CSV
    #[arg(long)]
    #[serde(default)]
    pub csv: bool,
}

impl Command for LedgerAccounts {
    const NAME: &'static str = "ledger.accounts";
    const RIGHT: Right = Right::View;
    type Response = Accounts;

    async fn handle(self, app: &App) -> Result<Accounts, ApiError> {
        accounts(app, self.csv).await
    }
}

/// The ledger's transfers, the newest first
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct LedgerTransfers {
    /// As CSV
    #[arg(long)]
    #[serde(default)]
    pub csv: bool,
    /// So many at most
    #[arg(long, default_value_t = 1000)]
    #[serde(default = "thousand")]
    pub limit: u32,
}

fn thousand() -> u32 {
    1000
}

/// Transfers of the ledger.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Transfers {
    /// The newest first.
    pub transfers: Vec<money::Transfer>,
    /// Whether a terminal shows them as CSV.
    #[serde(default)]
    pub csv: bool,
}

impl Command for LedgerTransfers {
    const NAME: &'static str = "ledger.transfers";
    const RIGHT: Right = Right::View;
    type Response = Transfers;

    async fn handle(self, app: &App) -> Result<Transfers, ApiError> {
        Ok(Transfers { transfers: app.home()?.store.transfers(self.limit).await?, csv: self.csv })
    }
}

impl Response for Transfers {}

impl Display for Transfers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["when", "from", "to", "amount", "asset", "for", "transfer"].map(str::to_owned).to_vec();
        let row = |t: &money::Transfer| {
            vec![
                when(t.at),
                t.from.to_string(),
                t.to.to_string(),
                t.amount.digits(),
                t.amount.asset().to_string(),
                visible(&t.memo),
                t.id.to_string(),
            ]
        };
        let rows: Vec<_> = std::iter::once(head).chain(self.transfers.iter().map(row)).collect();
        if self.csv { csv(f, &rows) } else { columns(f, &rows) }
    }
}
