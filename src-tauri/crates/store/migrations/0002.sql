-- How often somebody was paid from an account is counted by this.
CREATE INDEX transfers_by_payee ON transfers (payer, payee);
