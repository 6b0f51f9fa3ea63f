//! Tokens to words.

use serde::{Deserialize, Serialize};

use crate::speech::Speech;
use crate::transcript::Word;

/// A text token as whisper gives it. Its bytes may be part of a character.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) bytes: Vec<u8>,
    /// Its probability, 0 to 1.
    pub(crate) confidence: f32,
}

/// Joins tokens to words: one begins with each token that begins with a space.
///
/// Times are estimates: each word gets a share of the speech found, by the length of its spelling. What whisper.cpp says about
/// times is worse: it switches time tokens off for models with two decoder layers and then puts most words at the end.
pub(crate) fn words(tokens: &[Token], speech: &Speech) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for group in tokens.chunk_by(|_, next| next.bytes.first() != Some(&b' ')) {
        let bytes: Vec<u8> = group.iter().flat_map(|token| token.bytes.iter().copied()).collect();
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        if !text.is_empty() {
            words.push(Word { text, start_ms: 0, end_ms: 0, confidence: lowest(group) });
        }
    }
    let lengths: Vec<u64> = words.iter().map(|word| spoken_length(&word.text)).collect();
    let all = lengths.iter().sum::<u64>().max(1);
    let spoken: u64 = speech.spans.iter().map(|span| u64::from(span.end_ms - span.start_ms)).sum();
    let mut before = 0;
    for (word, length) in words.iter_mut().zip(lengths) {
        word.start_ms = at(speech, spoken * before / all, false);
        before += length;
        word.end_ms = at(speech, spoken * before / all, true).max(word.start_ms);
    }
    words
}

/// How long a word takes to say, in letters: a digit is a word of its own, punctuation is not heard.
fn spoken_length(word: &str) -> u64 {
    word.chars()
        .map(|character| {
            if character.is_alphabetic() {
                1
            } else if character.is_numeric() {
                4
            } else {
                0
            }
        })
        .sum()
}

/// The place in the recording that has this much speech before it; of a pause there, its beginning or its end.
fn at(speech: &Speech, mut spoken: u64, before_pause: bool) -> u32 {
    for span in &speech.spans {
        let length = u64::from(span.end_ms - span.start_ms);
        if spoken < length || before_pause && spoken == length {
            return span.start_ms + u32::try_from(spoken).unwrap_or(0);
        }
        spoken -= length;
    }
    speech.spans.last().map_or(0, |span| span.end_ms)
}

/// The lowest probability among tokens; 1 where there is none.
pub(crate) fn lowest(tokens: &[Token]) -> f32 {
    tokens.iter().map(|token| token.confidence).fold(1.0, f32::min)
}

/// Whether a text says nothing but what kind of noise was heard, as Whisper's models do: "[BLANK_AUDIO]", "(wind)", "*sighs*".
pub(crate) fn only_annotations(text: &str) -> bool {
    let mut closing = None;
    for character in text.chars() {
        match (closing, character) {
            (None, '[') => closing = Some(']'),
            (None, '(') => closing = Some(')'),
            (None, '*') => closing = Some('*'),
            (None, character) if character.is_alphanumeric() => return false,
            (Some(end), character) if character == end => closing = None,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::Span;

    fn token(text: &str, confidence: f32) -> Token {
        Token { bytes: text.as_bytes().to_vec(), confidence }
    }

    fn speech(spans: &[(u32, u32)]) -> Speech {
        Speech { spans: spans.iter().map(|&(start_ms, end_ms)| Span { start_ms, end_ms }).collect() }
    }

    #[test]
    fn tokens_join_to_words_with_their_lowest_confidence_and_share_of_the_speech() {
        let tokens = [token(" Send", 0.9), token(" twenty", 0.8), token("-", 0.7), token("five", 0.95), token(".", 0.6)];
        assert_eq!(
            words(&tokens, &speech(&[(100, 1_500)])),
            [
                Word { text: "Send".into(), start_ms: 100, end_ms: 500, confidence: 0.9 },
                Word { text: "twenty-five.".into(), start_ms: 500, end_ms: 1_500, confidence: 0.6 },
            ]
        );
    }

    #[test]
    fn a_pause_belongs_to_no_word() {
        let words = words(&[token("pay", 1.0), token(" Bob", 1.0), token(" now", 1.0)], &speech(&[(100, 400), (900, 1_500)]));
        let times: Vec<_> = words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        assert_eq!(times, [(100, 400), (900, 1_200), (1_200, 1_500)]);
    }

    #[test]
    fn a_character_split_over_tokens_is_put_together() {
        let tokens = [Token { bytes: vec![b' ', 0xC3], confidence: 1.0 }, Token { bytes: vec![0xA9], confidence: 1.0 }];
        assert_eq!(words(&tokens, &speech(&[(0, 300)]))[0].text, "é");
        assert!(words(&[], &speech(&[(0, 300)])).is_empty());
        assert_eq!(words(&[token(" ...", 1.0)], &speech(&[(0, 300)]))[0].end_ms, 0);
    }

    #[test]
    fn noise_in_brackets_is_no_speech() {
        for text in ["[BLANK_AUDIO]", " (wind blowing)", "*sighs*", "[ Music ] ...", ""] {
            assert!(only_annotations(text), "{text}");
        }
        for text in ["Send", "[noise] pay Bob", "5"] {
            assert!(!only_annotations(text), "{text}");
        }
    }
}
