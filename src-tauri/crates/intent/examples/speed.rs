//! How long the grammar takes a sentence, with 1,000 payees in the address book: `cargo run --release -p intent --example speed`.

use std::{
    hint::black_box,
    io::{self, Write},
    time::Instant,
};

use intent::{Book, Heard, Payee, Settings, Span, WordConfidence, parse};

const ROUNDS: u32 = 2_000;

/// A thousand names of two and three parts that look like names.
fn book() -> Book {
    const FIRST: [&str; 10] = ["Al", "Ber", "Ca", "Da", "El", "Fa", "Gor", "Ha", "I", "Jo"];
    const MIDDLE: [&str; 10] = ["ri", "na", "lo", "ti", "mu", "ke", "vo", "sa", "de", "bra"];
    const LAST: [&str; 10] = ["ce", "n", "l", "th", "ra", "do", "x", "ne", "ss", "m"];
    let name = |n: usize| format!("{}{}{}", FIRST[n / 100], MIDDLE[n / 10 % 10], LAST[n % 10]);
    let payee = |n: usize| Payee { id: format!("payee-{n:04}"), name: name(n), aliases: vec![format!("{} Trading", name(n))] };
    Book::new((0..1000).map(payee).collect())
}

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    let start = Instant::now();
    let book = book();
    writeln!(out, "the book of 1,000 payees: {:.1} ms", start.elapsed().as_secs_f64() * 1e3)?;
    let sentences = [
        ("an exact name", "Send twenty-five dollars to Alrice for the logo design"),
        ("spelled out", "please pay Bernaxne seven thousand one hundred eighteen U S D C for cloud credits"),
        ("a name not quite", "Send twenty-five dollars to Alryce for the logo design"),
        ("a name unknown", "Send $1,250.50 to Wilhelmina Featherstone for the logo design"),
        ("a split", "Split four hundred USDC between Alrice, Berlon and Calon"),
        ("no request", "What is the weather today?"),
        ("an answer", "Yes, approve the payment."),
    ];
    for (what, text) in sentences {
        let words: Vec<WordConfidence> = text
            .split(' ')
            .map(|word| {
                let start = word.as_ptr().addr() - text.as_ptr().addr();
                WordConfidence { span: Span::new(start, start + word.len()), probability: 0.95 }
            })
            .collect();
        let settings = Settings::default();
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(parse(&Heard { text: black_box(text), words: &words }, &book, &settings));
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        writeln!(out, "figure\tgrammar: {what}\t{micros:.1}\tµs\t100")?;
    }
    Ok(())
}
