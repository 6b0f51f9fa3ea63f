//! Whisper itself. Only the child process comes here: what happens inside whisper.cpp can end that process, but no other.

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters};

use crate::frame::Answer;
use crate::model::{Model, Sizes};
use crate::words::Token;

/// Far above what helps; whisper.cpp has no limit of its own.
const MOST_THREADS: u32 = 64;
/// Alternatives followed at once.
const BEAMS: i32 = 5;

/// A loaded model.
pub(crate) struct Decoder {
    context: WhisperContext,
    sizes: Sizes,
}

impl Decoder {
    /// Loads a model that was checked.
    ///
    /// # Errors
    /// What whisper.cpp finds wrong with it.
    pub(crate) fn load(model: &Model) -> Result<Self, String> {
        whisper_rs::install_logging_hooks();
        let sizes = model.sizes();
        let parameters = WhisperContextParameters { use_gpu: false, ..WhisperContextParameters::default() };
        let context = WhisperContext::new_with_params(model.path(), parameters).map_err(|error| error.to_string())?;
        Ok(Self { context, sizes })
    }

    /// The text of one recording within the model's window. `decode_ms` is left at nought for the caller to fill in.
    pub(crate) fn decode(&self, samples: &[f32], threads: u32) -> Answer {
        let failed = |error: &dyn std::fmt::Display| Answer::Failed { reason: error.to_string() };
        // A state used before remembers: the recording before this one was seen to change a payee's name.
        let mut state = match self.context.create_state() {
            Ok(state) => state,
            Err(error) => return failed(&error),
        };
        if let Err(error) = state.full(parameters(threads), samples) {
            return failed(&error);
        }
        let end = self.context.token_eot();
        let first_time = self.context.token_beg();
        let mut tokens = Vec::new();
        let mut last = None;
        for segment in state.as_iter() {
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                last = Some(data.id);
                if data.id >= end {
                    continue;
                }
                let bytes = match token.to_bytes() {
                    Ok(bytes) => bytes.to_vec(),
                    Err(error) => return failed(&error),
                };
                if !data.p.is_finite() {
                    return failed(&"the model gave a probability that is no number");
                }
                tokens.push(Token { bytes, confidence: data.p });
            }
        }
        // A text that is whole ends with the token for that, or with the time at which the sound ends.
        let length = i32::try_from(samples.len() / 160).unwrap_or(i32::MAX);
        let whole = last.is_none_or(|id| id == end || id > first_time && 2 * (id - first_time) + 10 >= length);
        if whole {
            Answer::Said { tokens, decode_ms: 0.0 }
        } else {
            Answer::TooManyWords { limit: self.sizes.text_context / 2 - 4 }
        }
    }
}

/// The encoder always hears the model's whole window: cut to the clip (`audio_ctx`) it is twice as fast, but of 120 recordings two
/// were then wrong with a confidence above 0.8, and none with the whole window.
fn parameters(threads: u32) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::BeamSearch { beam_size: BEAMS, patience: -1.0 });
    parameters.set_n_threads(signed(threads.clamp(1, MOST_THREADS)));
    parameters.set_language(Some("en"));
    parameters.set_no_context(true);
    // One recording is one window, and all of its text is kept, also what follows the last time token.
    parameters.set_single_segment(true);
    // The same recording gives the same words: no second try at a higher temperature.
    parameters.set_temperature(0.0);
    parameters.set_temperature_inc(0.0);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_print_special(false);
    parameters
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
