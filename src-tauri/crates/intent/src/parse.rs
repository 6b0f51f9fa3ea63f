//! From words to an intent, or to the questions that stand in its way.

use money::{Amount, Asset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Action, Book, Candidate, Intent, Label, LimitKind, PayeeRef, Question, QuestionCode, Slot, SlotName, Span, amount, lexicon,
    text::{self, Kind, Token},
};

/// The longest text that is read, in characters.
pub const MAX_CHARS: usize = 2000;

/// How sure the transcriber is of a part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordConfidence {
    /// The part, in bytes of the text.
    pub span: Span,
    /// From 0 to 1. Anything else counts as 0.
    pub probability: f64,
}

/// What was said or written.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The text.
    pub text: &'a str,
    /// The transcriber's confidences, in any order. Where there are any, the text counts as heard, so that names which sound the same
    /// are asked about; where there are none, as written.
    pub words: &'a [WordConfidence],
}

impl<'a> Heard<'a> {
    /// A text that was written, not heard.
    pub fn written(text: &'a str) -> Self {
        Self { text, words: &[] }
    }
}

/// What the caller may set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What a bare number counts. Without it, "send 25 to Alice" is asked about.
    #[serde(default)]
    pub default_asset: Option<Asset>,
}

/// What was understood so far, for display. Parts of it may be what the questions are about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What to do.
    pub action: Option<Slot<Action>>,
    /// How much.
    pub amount: Option<Slot<Amount>>,
    /// To whom.
    pub payees: Vec<Slot<PayeeRef>>,
    /// What for.
    pub purpose: Option<Slot<Label>>,
    /// Which flow.
    pub flow: Option<Slot<Label>>,
    /// Which limit.
    pub limit: Option<Slot<LimitKind>>,
    /// The asset whose balance is asked for.
    pub asset: Option<Slot<Asset>>,
}

/// What came of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parse {
    /// The intent; there is one exactly when there is no question.
    pub intent: Option<Intent>,
    /// What was understood, with or without questions.
    pub draft: Draft,
    /// What has to be answered first, in the order of the text.
    pub questions: Vec<Question>,
    /// The least confidence of any slot and of any word, for one lost or misheard word may change the meaning of all; 0 without an action.
    pub confidence: f64,
}

/// Reads a text. Never fails and never guesses: what leaves a doubt becomes a question.
pub fn parse(heard: &Heard<'_>, book: &Book, settings: &Settings) -> Parse {
    let mut reader = Reader {
        text: heard.text,
        tokens: Vec::new(),
        words: heard.words,
        book,
        settings,
        draft: Draft::default(),
        questions: Vec::new(),
    };
    reader.read();
    reader.finish()
}

/// Reads one text, filling the draft and collecting questions.
pub(crate) struct Reader<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: Vec<Token>,
    words: &'a [WordConfidence],
    pub(crate) book: &'a Book,
    settings: &'a Settings,
    pub(crate) draft: Draft,
    questions: Vec<Question>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let whole = Span::new(0, self.text.len());
        if self.text.chars().nth(MAX_CHARS).is_some() {
            let message =
                format!("That is too long to be a request: over {MAX_CHARS} characters. Say it in one sentence, please.");
            return self.ask(QuestionCode::TooLong, SlotName::Text, whole, message);
        }
        if let Some(span) = text::first_odd(self.text) {
            let message = "The text holds a hidden character, or letters of two scripts in one word, and may not be what it looks like. \
                           Type it again, please.";
            return self.ask(QuestionCode::OddCharacters, SlotName::Text, span, message);
        }
        self.tokens = text::tokens(self.text);
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            match lexicon::polite(&self.tokens, at) {
                0 if token.is_spoken() => break,
                length => at += length.max(1),
            }
        }
        self.request(at);
    }

    fn finish(mut self) -> Parse {
        self.questions.sort_by_key(|q| (q.span.start, q.span.end));
        self.questions.dedup();
        let intent = if self.questions.is_empty() { self.intent() } else { None };
        if intent.is_none() && self.questions.is_empty() {
            self.no_action();
        }
        Parse { intent, confidence: self.overall(), draft: self.draft, questions: self.questions }
    }

    fn intent(&self) -> Option<Intent> {
        let Draft { action, amount, payees, purpose, flow, limit, asset } = self.draft.clone();
        let only = || <[Slot<PayeeRef>; 1]>::try_from(payees.clone()).ok().map(|[payee]| payee);
        Some(match action?.value {
            Action::Pay => Intent::Pay { amount: amount?, payee: only()?, purpose },
            Action::Refund => Intent::Refund { amount: amount?, payee: only()?, purpose },
            Action::Escrow => Intent::Escrow { amount: amount?, payee: only()?, purpose },
            Action::Split => Intent::Split { amount: amount?, payees, purpose },
            Action::SetLimit => Intent::SetLimit { amount: amount?, limit: limit? },
            Action::Approve => Intent::Approve,
            Action::Deny => Intent::Deny,
            Action::Cancel => Intent::Cancel,
            Action::Balance => Intent::Balance { asset },
            Action::RunFlow => Intent::RunFlow { flow: flow? },
            Action::StopFlow => Intent::StopFlow { flow: flow? },
            Action::StopEverything => Intent::StopEverything,
        })
    }

    fn overall(&self) -> f64 {
        let Draft { action, amount, payees, purpose, flow, limit, asset } = &self.draft;
        let Some(action) = action else { return 0.0 };
        let slots = [
            amount.as_ref().map(|s| s.confidence),
            purpose.as_ref().map(|s| s.confidence),
            flow.as_ref().map(|s| s.confidence),
            limit.as_ref().map(|s| s.confidence),
            asset.as_ref().map(|s| s.confidence),
        ];
        let payees = payees.iter().map(|s| s.confidence);
        slots
            .into_iter()
            .flatten()
            .chain(payees)
            .fold(self.confidence(Span::new(0, self.text.len()), action.confidence), f64::min)
    }

    /// The least of `base` and the confidences of the words that touch the span.
    fn confidence(&self, span: Span, base: f64) -> f64 {
        let touching = self.words.iter().filter(|w| w.span.start < span.end && span.start < w.span.end);
        let sound = |p: f64| if (0.0..=1.0).contains(&p) { p } else { 0.0 };
        touching.map(|w| sound(w.probability)).fold(base, f64::min)
    }

    /// Whether the text came from a transcriber.
    pub(crate) fn is_heard(&self) -> bool {
        !self.words.is_empty()
    }

    pub(crate) fn slot<T>(&self, value: T, span: Span, base: f64) -> Slot<T> {
        Slot { value, span, confidence: self.confidence(span, base) }
    }

    /// The word at a token, empty where there is none.
    pub(crate) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).filter(|t| t.kind == Kind::Word).map_or("", |t| t.norm.as_str())
    }

    /// The bytes of the tokens from `i` up to, and without, `end`; where that is nothing, the place in between.
    pub(crate) fn span(&self, i: usize, end: usize) -> Span {
        match self.tokens.get(i..end).and_then(|range| Some((range.first()?, range.last()?))) {
            Some((first, last)) => first.span.join(last.span),
            None => {
                let place = self.tokens.get(i).map_or(self.text.len(), |t| t.span.start);
                Span::new(place, place)
            }
        }
    }

    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    pub(crate) fn amount_at(&self, i: usize) -> Option<amount::Reading> {
        amount::read(self.text, &self.tokens, i, self.settings)
    }

    pub(crate) fn act(&mut self, action: Action, i: usize, end: usize) {
        let span = self.span(i, end);
        self.draft.action = Some(self.slot(action, span, 1.0));
    }

    pub(crate) fn ask(&mut self, code: QuestionCode, slot: SlotName, span: Span, message: impl Into<String>) {
        self.ask_with(code, slot, span, message, Vec::new());
    }

    pub(crate) fn ask_with(
        &mut self,
        code: QuestionCode,
        slot: SlotName,
        span: Span,
        message: impl Into<String>,
        candidates: Vec<Candidate>,
    ) {
        self.questions.push(Question { code, slot, span, message: message.into(), candidates });
    }

    /// Whether one of these is asked already.
    pub(crate) fn asks(&self, codes: &[QuestionCode]) -> bool {
        self.questions.iter().any(|q| codes.contains(&q.code))
    }

    /// Asks for what the grammar has no place for, joined with the leftover words just before it.
    pub(crate) fn leftover(&mut self, i: usize, end: usize) {
        let mut span = self.span(i, end);
        let text = self.text;
        let joins = |q: &Question| {
            q.code == QuestionCode::LeftoverWords && text.get(q.span.end..span.start).is_some_and(|gap| gap.trim().is_empty())
        };
        if self.questions.last().is_some_and(joins)
            && let Some(before) = self.questions.pop()
        {
            span = before.span.join(span);
        }
        let message =
            format!("I don't know what to do with {:?}. Say it again without that, or in other words.", self.slice(span));
        self.ask(QuestionCode::LeftoverWords, SlotName::Text, span, message);
    }

    pub(crate) fn no_action(&mut self) {
        let span = Span::new(0, self.text.len());
        self.ask(QuestionCode::NoAction, SlotName::Action, span, "I heard no request that I can carry out. What should I do?");
    }

    pub(crate) fn not_yet(&mut self, i: usize, end: usize) {
        let span = self.span(i, end);
        let message = format!(
            "I understand {:?}, but times, repetitions and conditions don't work by voice yet. Should it be done now, and once?",
            self.slice(span)
        );
        self.ask(QuestionCode::NotYet, SlotName::Time, span, message);
    }

    /// Asks about a correction, which accounts for all that follows it.
    pub(crate) fn correction(&mut self, i: usize) {
        let span = self.span(i, self.tokens.len());
        let message = format!("I heard a correction or a choice: {:?}. Say the whole request again, please.", self.slice(span));
        self.ask(QuestionCode::Correction, SlotName::Text, span, message);
    }

    /// Asks about a second request, which accounts for all that follows.
    pub(crate) fn several(&mut self, i: usize) {
        let span = self.span(i, self.tokens.len());
        let message =
            format!("That is more than one request; the other begins with {:?}. One at a time, please.", self.slice(span));
        self.ask(QuestionCode::SeveralActions, SlotName::Action, span, message);
    }

    /// Accounts for one token, or a few, that no action needs: marks, fillers, corrections, second requests, times, conditions, and what
    /// is left over. Returns the token to go on from.
    pub(crate) fn rest(&mut self, i: usize) -> usize {
        let all = self.tokens.len();
        if !self.tokens[i].is_spoken() {
            return i + 1;
        }
        let filler = lexicon::filler(&self.tokens, i);
        if filler > 0 {
            return i + filler;
        }
        if lexicon::correction(&self.tokens, i) > 0 {
            self.correction(i);
            return all;
        }
        if self.another_request(i) {
            self.several(i);
            return all;
        }
        let time = lexicon::time(&self.tokens, i, false);
        let condition = lexicon::condition(&self.tokens, i);
        if time > 0 {
            self.not_yet(i, i + time);
            return i + time;
        }
        if condition > 0 {
            self.not_yet(i, all);
            return all;
        }
        self.leftover(i, i + 1);
        i + 1
    }

    /// Whether a second request begins here: "and send …", ", then stop …", or a verb at the start of a sentence.
    pub(crate) fn another_request(&self, i: usize) -> bool {
        let mut at = i;
        while matches!(self.word(at), "and" | "then" | "also" | "next" | "please")
            || self.tokens.get(at).is_some_and(|t| !t.is_spoken())
        {
            at += 1;
        }
        let joined = at > i || i.checked_sub(1).is_some_and(|before| !self.tokens[before].is_spoken());
        joined && lexicon::verb(&self.tokens, at)
    }

    /// Accounts for everything from `i` on, where an action needs nothing more.
    pub(crate) fn end(&mut self, mut i: usize) {
        while i < self.tokens.len() {
            i = self.rest(i);
        }
    }
}
