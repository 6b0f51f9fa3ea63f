//! The end of an effect, and of a run.

use money::{HoldId, HoldState, LedgerError, TransferId};

use crate::{Authority, Claim, PromptId, PromptState, Record, Stage};

/// Why a hold is not posted or voided. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// No effect under way has this hold.
    #[error("no effect under way holds money as {0}")]
    Unknown(HoldId),
    /// The gate hasn't let the effect go.
    #[error("hold {0} can't be posted: the gate has not cleared its payment; authorise it first")]
    NotCleared(HoldId),
    /// It has been paid.
    #[error("hold {0} is posted, and can't be given back")]
    Posted(HoldId),
    /// The ledger refuses it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Authority {
    /// Takes the money of a payment that was cleared and carried out. Posting it again changes nothing. Returns the ledger's transfer.
    pub fn post(&mut self, hold: &HoldId, now: i64, out: &mut Vec<Record>) -> Result<TransferId, SettleError> {
        let claim = self.claim_of(hold).ok_or_else(|| SettleError::Unknown(hold.clone()))?;
        let transfer = TransferId::new(hold.as_str());
        match claim.stage {
            Stage::Waiting => Err(SettleError::NotCleared(hold.clone())),
            Stage::Settled => Ok(transfer),
            Stage::Cleared => {
                let settled = Claim { stage: Stage::Settled, ..claim.clone() };
                Self::ledger_did(self.ledger.post(hold, None, now)?, out);
                self.write(Record::Claimed(Box::new(settled)), out);
                Ok(transfer)
            }
        }
    }

    /// Gives back the money of a payment of which it is certain that it wasn't and won't be carried out. A person's yes to it counts no
    /// more. Voiding what isn't held any more changes nothing.
    pub fn void(&mut self, hold: &HoldId, now: i64, out: &mut Vec<Record>) -> Result<(), SettleError> {
        match self.claim_of(hold) {
            Some(claim) if claim.stage == Stage::Settled => Err(SettleError::Posted(hold.clone())),
            Some(claim) => {
                let key = claim.request.key;
                self.let_go(&key, now, out);
                Ok(())
            }
            None if matches!(self.ledger.hold(hold).map(|h| h.state), Some(HoldState::Posted { .. })) => {
                Err(SettleError::Posted(hold.clone()))
            }
            None => {
                self.give_back(hold, now, out);
                Ok(())
            }
        }
    }

    /// A run has ended: its open prompts are withdrawn, what it still holds is given back, and what was asked in it is forgotten. To be
    /// called when the outcome of everything it sent is known. Returns the prompts withdrawn.
    pub fn end_run(&mut self, run: &str, now: i64, out: &mut Vec<Record>) -> Vec<PromptId> {
        if !self.runs.contains_key(run) {
            return Vec::new();
        }
        let holds: Vec<HoldId> = self.claims_of(run).filter_map(|claim| claim.hold.clone()).collect();
        let open: Vec<_> = self.prompts_of(run).filter(|p| p.state == PromptState::Open).map(|p| p.id.clone()).collect();
        for prompt in &open {
            self.write(Record::PromptClosed { prompt: prompt.clone(), state: PromptState::Withdrawn, at: now }, out);
        }
        for hold in &holds {
            self.give_back(hold, now, out);
        }
        self.write(Record::RunEnded { run: run.to_owned(), at: now }, out);
        open
    }

    fn claim_of(&self, hold: &HoldId) -> Option<&Claim> {
        // A hold's id begins with its key's first digits, so the claim stands at or right after the key made of these and zeros.
        let digits = hold.as_str().strip_prefix("h-")?.get(..16)?;
        let first = flow::Digest::from_hex(&format!("{digits:0<64}"))?;
        self.claims
            .range(first..)
            .take_while(|(key, _)| key.to_string().starts_with(digits))
            .map(|(_, claim)| claim)
            .find(|c| c.hold.as_ref() == Some(hold))
    }
}
