//! Requests without a payee: answers, balance, limits and flows.

use crate::{
    Action, Candidate, Label, LimitKind, QuestionCode, SlotName, Span, asset, lexicon,
    parse::Reader,
    text::{Kind, Token},
};

impl Reader<'_> {
    /// Reads the request that begins at token `i`.
    pub(crate) fn request(&mut self, i: usize) {
        let in_escrow = || (i..self.tokens.len()).any(|k| matches!(self.word(k), "in" | "into") && self.word(k + 1) == "escrow");
        match self.word(i) {
            "pay" | "send" | "transfer" | "wire" => self.payment(Action::Pay, i),
            "refund" => self.payment(Action::Refund, i),
            "escrow" => self.payment(Action::Escrow, i),
            "hold" | "put" | "place" if in_escrow() => self.payment(Action::Escrow, i),
            "split" | "divide" => self.payment(Action::Split, i),
            "yes" | "yeah" | "yep" | "approve" | "confirm" | "accept" | "no" | "nope" | "deny" | "reject" | "decline"
            | "refuse" => {
                self.answer(i);
            }
            "cancel" => self.about_it(Action::Cancel, i, i + 1),
            "nevermind" => self.about_it(Action::Cancel, i, i + 1),
            "never" if self.word(i + 1) == "mind" => self.about_it(Action::Cancel, i, i + 2),
            "set" | "change" | "make" => self.limit(i),
            "run" | "start" | "launch" | "execute" => self.flow(Action::RunFlow, i),
            "stop" | "halt" | "pause" | "freeze" | "end" => self.stop(i),
            "emergency" if self.word(i + 1) == "stop" => self.about_it(Action::StopEverything, i, i + 2),
            _ => self.balance(i),
        }
    }

    /// Yes and no, alone or before a word that says the same.
    fn answer(&mut self, i: usize) {
        let meaning = |word: &str| match word {
            "yes" | "yeah" | "yep" | "approve" | "confirm" | "accept" => Some(Action::Approve),
            "no" | "nope" | "deny" | "reject" | "decline" | "refuse" => Some(Action::Deny),
            _ => None,
        };
        let Some(action) = meaning(self.word(i)) else { return };
        let mut at = i + 1;
        if matches!(self.word(i), "yes" | "yeah" | "yep" | "no" | "nope") {
            while at < self.tokens.len() && (!self.tokens[at].is_spoken() || lexicon::filler(&self.tokens, at) > 0) {
                at += lexicon::filler(&self.tokens, at).max(1);
            }
            match meaning(self.word(at)) {
                Some(same) if same == action => at += 1,
                Some(_) => {
                    self.act(action, i, i + 1);
                    return self.several(at);
                }
                None if lexicon::verb(&self.tokens, at) => {
                    self.act(action, i, i + 1);
                    return self.several(at);
                }
                // "No, thirty dollars" corrects something said before.
                None if at < self.tokens.len() && self.amount_at(at).is_some() => return self.correction(i),
                None => {}
            }
        }
        self.about_it(action, i, at);
    }

    /// An action on what is open, with or without "it" or "the payment".
    fn about_it(&mut self, action: Action, i: usize, end: usize) {
        self.act(action, i, end);
        let mut at = end;
        if matches!(self.word(at), "the" | "this" | "that")
            && matches!(self.word(at + 1), "payment" | "request" | "transfer" | "transaction" | "refund" | "split")
        {
            at += 2;
        } else if matches!(self.word(at), "it" | "this" | "that") {
            at += 1;
        }
        self.end(at);
    }

    /// "What is my balance?" and its like; anything else is no request.
    fn balance(&mut self, i: usize) {
        const ASKED: &[&str] = &[
            "what",
            "what's",
            "whats",
            "is",
            "s",
            "how",
            "much",
            "money",
            "do",
            "i",
            "we",
            "have",
            "left",
            "the",
            "my",
            "our",
            "show",
            "tell",
            "me",
            "check",
            "current",
            "account",
            "wallet",
            "available",
            "in",
            "balance",
        ];
        let words = self.tokens.get(i..).unwrap_or_default();
        let says = |word: &str| words.iter().any(|t| t.is(word));
        let about_balance = says("balance") || (says("how") && says("much") && says("have"));
        let mut found = None;
        let mut at = i;
        let mut known = about_balance;
        while known && at < self.tokens.len() {
            let filler = lexicon::filler(&self.tokens, at);
            if !self.tokens[at].is_spoken() || ASKED.contains(&self.word(at)) || filler > 0 {
                at += filler.max(1);
            } else if let Some((asset, end)) = unit(&self.tokens, at).filter(|_| found.is_none()) {
                found = Some((asset, self.span(at, end)));
                at = end;
            } else {
                known = false;
            }
        }
        if !known {
            return self.no_action();
        }
        self.act(Action::Balance, i, self.tokens.len());
        self.draft.asset = found.map(|(asset, span)| self.slot(asset, span, 1.0));
    }

    /// "Set the daily limit to eighty dollars".
    fn limit(&mut self, i: usize) {
        if !(i..self.tokens.len()).any(|k| matches!(self.word(k), "limit" | "cap")) {
            return self.no_action();
        }
        self.act(Action::SetLimit, i, i + 1);
        let mut at = i + 1;
        let mut named = false;
        let mut amounts: usize = 0;
        while at < self.tokens.len() {
            let kind = match (self.word(at), self.word(at + 1)) {
                ("daily", _) => Some((LimitKind::Daily, 1)),
                ("per" | "a" | "each", "day") => Some((LimitKind::Daily, 2)),
                ("per", "payment") | ("per", "transaction") => Some((LimitKind::Payment, 2)),
                ("payment" | "transaction", _) => Some((LimitKind::Payment, 1)),
                _ => None,
            };
            if let Some((kind, length)) = kind {
                let span = self.span(at, at + length);
                match &self.draft.limit {
                    Some(known) if known.value != kind => self.leftover(at, at + length),
                    Some(_) => {}
                    None => self.draft.limit = Some(self.slot(kind, span, 1.0)),
                }
                at += length;
            } else if let Some(amount) = self.amount_at(at) {
                let end = amount.end;
                self.take_amount(at, amount, &mut amounts);
                at = end;
            } else if !named && matches!(self.word(at), "limit" | "cap") {
                named = true;
                at += 1;
            } else if matches!(self.word(at), "the" | "my" | "our" | "a" | "new" | "spending") && !named
                || matches!(self.word(at), "to" | "at" | "of") && named && amounts == 0
            {
                at += 1;
            } else {
                at = self.rest(at);
            }
        }
        self.require_amount(amounts);
        if self.draft.limit.is_none()
            && !self.asks(&[QuestionCode::NotYet, QuestionCode::Correction, QuestionCode::SeveralActions])
        {
            let end = Span::new(self.text.len(), self.text.len());
            let candidate =
                |value: &str, label: &str| Candidate { value: value.to_owned(), label: label.to_owned(), confidence: 0.5 };
            let candidates = vec![candidate("daily", "the daily limit"), candidate("payment", "the limit per payment")];
            self.ask_with(
                QuestionCode::MissingLimit,
                SlotName::Limit,
                end,
                "Which limit: the daily one, or the one per payment?",
                candidates,
            );
        }
    }

    fn stop(&mut self, i: usize) {
        let length = match (self.word(i + 1), self.word(i + 2), self.word(i + 3)) {
            ("everything", ..) => 2,
            ("all", "the" | "my", "payments" | "flows" | "runs" | "transfers") => 4,
            ("all", "payments" | "flows" | "runs" | "transfers", _) => 3,
            ("all" | "it", "all", _) => 3,
            ("all", "", _) => 2,
            _ => return self.flow(Action::StopFlow, i),
        };
        self.act(Action::StopEverything, i, i + length);
        self.end(i + length);
    }

    /// "Run the invoice flow", "stop the flow "a and b"".
    fn flow(&mut self, action: Action, i: usize) {
        self.act(action, i, i + 1);
        let is_flow = |word: &str| matches!(word, "flow" | "workflow");
        let mut at = i + 1;
        if matches!(self.word(at), "the" | "my" | "our") {
            at += 1;
        }
        if is_flow(self.word(at))
            && let Some(quoted) = self.tokens.get(at + 1).filter(|t| t.kind == Kind::Quoted).map(|t| t.span)
        {
            self.name_flow(quoted);
            return self.end(at + 2);
        }
        let plain = |t: &Token| matches!(t.kind, Kind::Word | Kind::Number);
        let mut end = at;
        while self.tokens.get(end).is_some_and(plain)
            && !is_flow(self.word(end))
            && lexicon::correction(&self.tokens, end) == 0
            && lexicon::time(&self.tokens, end, true) == 0
            && lexicon::condition(&self.tokens, end) == 0
            && !self.another_request(end)
        {
            end += 1;
        }
        if end > at && is_flow(self.word(end)) {
            // In "the cash flow flow" the last one says what it is.
            while is_flow(self.word(end + 1)) {
                end += 1;
            }
            self.name_flow(self.span(at, end));
            return self.end(end + 1);
        }
        let rest = self.span(at, self.tokens.len());
        let message = match action {
            Action::RunFlow => "Which flow should run? Say \"run the\", its name, and \"flow\".",
            _ => "What should stop? Say \"stop everything\", or \"stop the\", the flow's name, and \"flow\".",
        };
        self.ask(QuestionCode::MissingFlow, SlotName::Flow, rest, message);
        self.end(end.max(at));
    }

    fn name_flow(&mut self, span: Span) {
        match Label::new(self.slice(span)) {
            Ok(label) => self.draft.flow = Some(self.slot(label, span, 1.0)),
            Err(error) => self.ask(QuestionCode::MissingFlow, SlotName::Flow, span, format!("Which flow? {error}.")),
        }
    }
}

/// An asset's name standing alone: "USDC", "dollar", "credits".
fn unit(tokens: &[Token], i: usize) -> Option<(money::Asset, usize)> {
    match asset::read(tokens, i)? {
        asset::Reading { unit: asset::Unit::Whole(asset), end, .. } => Some((asset, end)),
        _ => None,
    }
}
