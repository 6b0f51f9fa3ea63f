//! Requests that move money: pay, refund, escrow and split, with their clauses in any order.

use crate::{
    Action, Label, PayeeRef, QuestionCode, Slot, SlotName, Span, amount,
    book::Match,
    lexicon, number,
    parse::Reader,
    text::{self, Kind, Token},
};

/// What has been mentioned so far, understood or not.
#[derive(Default)]
struct Mentioned {
    amounts: usize,
    payees: usize,
    purposes: usize,
}

impl Reader<'_> {
    /// Reads a payment whose verb is token `i`.
    pub(crate) fn payment(&mut self, action: Action, i: usize) {
        self.act(action, i, i + 1);
        let escrow = action == Action::Escrow;
        let mut seen = Mentioned::default();
        let mut at = i + 1;
        // Where a payee may stand without "to".
        let mut direct = at;
        while at < self.tokens.len() {
            let begins = at == direct && action != Action::Split;
            let named = if begins { self.book.longest_name(&self.tokens, at) } else { None };
            let skipped = if self.tokens[at].is_spoken() { lexicon::filler(&self.tokens, at) } else { 1 };
            if skipped > 0 && named.is_none() && !self.another_request(at) {
                direct += if at == direct { skipped } else { 0 };
                at += skipped;
                continue;
            }
            let word = self.word(at);
            let amount = self.amount_at(at);
            if let Some(end) = named.filter(|end| amount.as_ref().is_none_or(|a| a.end < *end + usize::from(!a.has_unit))) {
                at = self.payee(at, Some(end), &mut seen);
            } else if let Some(amount) = amount {
                let end = amount.end;
                self.take_amount(at, amount, &mut seen.amounts);
                at = end;
            } else if escrow && matches!(word, "in" | "into") && self.word(at + 1) == "escrow" {
                at += 2;
            } else if action == Action::Split && matches!(word, "between" | "among" | "amongst") && seen.payees == 0 {
                at = self.sharers(at, &mut seen);
            } else if action == Action::Split && matches!(word, "evenly" | "equally") {
                at += 1;
            } else if word == "to" && action != Action::Split && self.names_somebody(at + 1, seen.payees) {
                at = self.payee(at + 1, None, &mut seen);
            } else if word == "for" {
                at = if escrow && seen.payees == 0 {
                    self.payee(at + 1, None, &mut seen)
                } else {
                    self.purpose(at + 1, escrow, &mut seen)
                };
            } else if word == "and" && self.amount_at(at + 1).is_some() {
                at += 1;
            } else if word == "and" && self.book.longest_name(&self.tokens, at + 1).is_some() && !self.another_request(at) {
                at = self.payee(at + 1, None, &mut seen);
            } else if begins && self.name_end(at, 0) > at {
                let end = self.name_end(at, 0);
                // "Send a dozen dollars to Alice": whom it goes to comes later, so this is no name.
                if (end..self.tokens.len()).any(|k| self.word(k) == "to") {
                    self.leftover(at, end);
                    at = end;
                } else {
                    at = self.payee(at, None, &mut seen);
                }
            } else {
                at = self.rest(at);
            }
        }
        self.require_amount(seen.amounts);
        self.require_payees(action, seen.payees);
    }

    /// A first "to" names somebody; a second one only if it names somebody known.
    fn names_somebody(&self, i: usize, payees: usize) -> bool {
        payees == 0 || self.book.longest_name(&self.tokens, i).is_some()
    }

    /// Takes an amount that was read at token `i`; a second one is asked about.
    pub(crate) fn take_amount(&mut self, i: usize, amount: amount::Reading, amounts: &mut usize) {
        let span = self.span(i, amount.end);
        *amounts += 1;
        if *amounts > 1 {
            let message = format!("I heard more than one amount, the last being {:?}. Which one is it?", self.slice(span));
            return self.ask(QuestionCode::TwoAmounts, SlotName::Amount, span, message);
        }
        match amount.value {
            Ok(value) => self.draft.amount = Some(self.slot(value, span, 1.0)),
            Err(doubt) => {
                let slot = match doubt.code {
                    QuestionCode::MissingAsset | QuestionCode::UnknownAsset => SlotName::Asset,
                    _ => SlotName::Amount,
                };
                self.ask_with(doubt.code, slot, span, doubt.message, doubt.candidates);
            }
        }
    }

    /// What is missing behind a correction, a second request or odd words may only be hidden there.
    fn may_be_hidden(&self) -> bool {
        self.asks(&[QuestionCode::Correction, QuestionCode::SeveralActions])
    }

    pub(crate) fn require_amount(&mut self, amounts: usize) {
        if amounts == 0 && !self.may_be_hidden() {
            let end = Span::new(self.text.len(), self.text.len());
            self.ask(QuestionCode::MissingAmount, SlotName::Amount, end, "How much? I heard no amount.");
        }
    }

    fn require_payees(&mut self, action: Action, payees: usize) {
        let least = if action == Action::Split { 2 } else { 1 };
        if payees < least && !self.may_be_hidden() {
            let end = Span::new(self.text.len(), self.text.len());
            let message = match (action, payees) {
                (Action::Split, 0) => "Between whom? I heard nobody to split it between.",
                (Action::Split, _) => "Between whom? A split needs two or more.",
                _ => "To whom? I heard nobody to send it to.",
            };
            self.ask(QuestionCode::MissingPayee, SlotName::Payee, end, message);
        }
    }

    /// Where a name that begins at token `i` ends by the grammar alone. Once there is an amount, a bare number belongs to the name:
    /// "agent 7".
    fn name_end(&self, i: usize, amounts: usize) -> usize {
        if self.tokens.get(i).is_some_and(|t| t.kind == Kind::Quoted) {
            return i + 1;
        }
        let in_name = |k: usize| {
            matches!(self.tokens[k].kind, Kind::Word | Kind::Other)
                && !lexicon::ends_name(self.word(k))
                && lexicon::filler(&self.tokens, k) == 0
                && lexicon::correction(&self.tokens, k) == 0
                && lexicon::condition(&self.tokens, k) == 0
                && lexicon::time(&self.tokens, k, false) == 0
        };
        let in_name = |k: usize| match self.amount_at(k) {
            Some(amount) => amounts > 0 && k > i && !amount.has_unit && number::is_number(&self.tokens[k]),
            None => in_name(k),
        };
        (i..self.tokens.len()).find(|&k| !in_name(k)).unwrap_or(self.tokens.len())
    }

    /// Takes the payee named from token `i` on. `known` is where the longest name of the book ends, if that was looked up already.
    fn payee(&mut self, i: usize, known: Option<usize>, seen: &mut Mentioned) -> usize {
        let by_grammar = self.name_end(i, seen.amounts);
        let by_book = known.or_else(|| self.book.longest_name(&self.tokens, i));
        let end = by_book.map_or(by_grammar, |end| end.max(by_grammar));
        let span = self.span(i, end);
        if end == i {
            self.ask(QuestionCode::MissingPayee, SlotName::Payee, span, "To whom? I heard no name there.");
            seen.payees += 1;
            return i;
        }
        seen.payees += 1;
        // "Bob for rent" in the book beside "Bob": two ways to read it.
        let short_too = end > by_grammar && by_grammar > i && self.book.is_name(&self.tokens[i..by_grammar]);
        let inner;
        let named: &[Token] = match &self.tokens[i..end] {
            [quoted] if quoted.kind == Kind::Quoted => {
                inner = text::tokens(&quoted.norm);
                &inner
            }
            tokens => tokens,
        };
        let found = self.book.find(named, self.is_heard());
        let said = self.slice(span).to_owned();
        match found {
            Match::Found(payee, confidence) if !short_too => {
                let slot = self.slot(payee, span, confidence);
                self.add_payee(slot, seen);
            }
            Match::Found(..) => {
                let message = format!("Is {said:?} one name, or a name and something more? Put quotation marks around the name.");
                self.ask(QuestionCode::ClosePayees, SlotName::Payee, span, message);
            }
            Match::Close(candidates) => {
                let message = format!("Several payees are close to {said:?}. Which one is meant?");
                self.ask_with(QuestionCode::ClosePayees, SlotName::Payee, span, message, candidates);
            }
            Match::Unknown(candidates) => {
                let message = match candidates.first() {
                    Some(near) => format!("Nobody in the address book is called {said:?}. Is {} meant?", near.label),
                    None => format!("Nobody in the address book is called {said:?}. Who is meant?"),
                };
                self.ask_with(QuestionCode::UnknownPayee, SlotName::Payee, span, message, candidates);
            }
        }
        end
    }

    fn add_payee(&mut self, payee: Slot<PayeeRef>, seen: &Mentioned) {
        let split = matches!(self.draft.action, Some(a) if a.value == Action::Split);
        let twice = self.draft.payees.iter().any(|known| known.value.id == payee.value.id);
        if twice || (seen.payees > 1 && !split) {
            let message = match (split, twice) {
                (true, _) => format!("{} is named twice. Who else is meant?", payee.value.name),
                _ => "I heard more than one payee. Which one is meant? To divide an amount, say \"split\".".to_owned(),
            };
            self.ask(QuestionCode::TwoPayees, SlotName::Payee, payee.span, message);
        } else {
            self.draft.payees.push(payee);
        }
    }

    /// "between A, B and C", the word "between" being token `i`.
    fn sharers(&mut self, i: usize, seen: &mut Mentioned) -> usize {
        let mut at = i + 1;
        loop {
            let before = at;
            at = self.payee(at, None, seen);
            if at == before {
                return at;
            }
            let comma = self.tokens.get(at).is_some_and(|t| t.kind == Kind::Comma);
            let next = at + usize::from(comma);
            let and = self.word(next) == "and";
            let next = next + usize::from(and);
            let more = (comma || and) && !self.another_request(at) && self.amount_at(next).is_none();
            if !more || (self.name_end(next, seen.amounts) == next && self.book.longest_name(&self.tokens, next).is_none()) {
                return at;
            }
            at = next;
        }
    }

    /// Takes the purpose whose first token is `i`.
    fn purpose(&mut self, i: usize, escrow: bool, seen: &mut Mentioned) -> usize {
        seen.purposes += 1;
        if let Some(span) = self.tokens.get(i).filter(|t| t.kind == Kind::Quoted).map(|t| t.span) {
            self.name_purpose(span, seen);
            return i + 1;
        }
        let mut end = i;
        while end < self.tokens.len() && self.tokens[end].kind != Kind::Stop {
            let somebody = self.word(end) == "to" && self.book.longest_name(&self.tokens, end + 1).is_some();
            let held = escrow && matches!(self.word(end), "in" | "into") && self.word(end + 1) == "escrow";
            if somebody
                || held
                || ends_purpose(&self.tokens, end)
                || self.another_request(end)
                || self.amount_at(end).is_some_and(|a| a.has_unit)
            {
                break;
            }
            end += 1;
        }
        // What ended it is accounted for by the clauses: a payee, a second amount, a correction, a time.
        let (from, to) = trimmed(&self.tokens, i, end);
        let span = self.span(from, to);
        if from == to || self.tokens[from..to].iter().all(number::is_number) {
            self.ask(QuestionCode::UnclearPurpose, SlotName::Purpose, self.span(i, end), "For what? I heard no purpose there.");
        } else {
            self.name_purpose(span, seen);
        }
        let time = lexicon::time(&self.tokens, end, true);
        if time > 0 {
            self.not_yet(end, end + time);
            return end + time;
        }
        end
    }

    fn name_purpose(&mut self, span: Span, seen: &Mentioned) {
        if seen.purposes > 1 {
            let message = "I heard more than one purpose. Say it as one, please.";
            return self.ask(QuestionCode::UnclearPurpose, SlotName::Purpose, span, message);
        }
        match Label::new(self.slice(span)) {
            Ok(label) => self.draft.purpose = Some(self.slot(label, span, 1.0)),
            Err(error) => self.ask(QuestionCode::UnclearPurpose, SlotName::Purpose, span, format!("For what? {error}.")),
        }
    }
}

/// Whether a token can't be part of a plain purpose: a correction, a condition, a time, or a quotation mark.
pub(crate) fn ends_purpose(tokens: &[Token], i: usize) -> bool {
    lexicon::correction(tokens, i) > 0
        || lexicon::condition(tokens, i) > 0
        || lexicon::time(tokens, i, true) > 0
        || tokens[i].kind == Kind::Quoted
        || tokens[i].norm.contains(text::is_quote)
}

/// A purpose without the politeness and commas around it.
pub(crate) fn trimmed(tokens: &[Token], mut from: usize, mut to: usize) -> (usize, usize) {
    while from < to && (!tokens[from].is_spoken() || lexicon::filler(tokens, from) > 0) {
        from += lexicon::filler(tokens, from).max(1);
    }
    let from = from.min(to);
    while to > from {
        let filler = (1..=2).find(|&n| to >= from + n && lexicon::filler(tokens, to - n) == n);
        if !tokens[to - 1].is_spoken() {
            to -= 1;
        } else if let Some(length) = filler {
            to -= length;
        } else {
            break;
        }
    }
    (from, to)
}
