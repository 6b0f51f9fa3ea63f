//! The transcribing process: loads one model, then answers recordings over standard input and output until input ends.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::clip::RATE;
use crate::decode::Decoder;
use crate::error::VoiceError;
use crate::frame::{self, Answer, Request};
use crate::model::Model;

/// The first argument that makes a program the transcribing process; the second is the path of the model.
pub const ARGUMENT: &str = "__transcribe";

/// Runs the transcribing process to its end. A program that gives its own path to [`crate::Whisper::start`] calls this, and
/// nothing else, when its first argument is [`ARGUMENT`].
pub fn run() -> ExitCode {
    let Some(model) = std::env::args_os().nth(2) else {
        return ExitCode::from(2);
    };
    let source = BufReader::new(io::stdin().lock());
    let target = BufWriter::new(io::stdout().lock());
    match serve(Path::new(&model), source, target) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads this process's words but its parent, and the pipe to it is what failed.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(model: &Path, mut source: impl Read, mut target: impl Write) -> io::Result<()> {
    // Checked here once more: the file may have changed since the parent looked.
    let loaded = Model::check(model).map_err(|error| match error {
        VoiceError::BadModel { reason, .. } => reason,
        other => other.to_string(),
    });
    let (model, decoder) = match loaded.and_then(|model| Decoder::load(&model).map(|decoder| (model, decoder))) {
        Ok(loaded) => loaded,
        Err(reason) => return frame::write(&mut target, &Answer::BadModel { reason }),
    };
    frame::write(&mut target, &Answer::Ready)?;
    let most = model.window_ms() * (RATE / 1_000);
    while let Some(request) = frame::read::<Request>(&mut source)? {
        let samples = frame::read_samples(&mut source, request, most)?;
        let begun = Instant::now();
        let answer = match decoder.decode(&samples, request.threads) {
            Answer::Said { tokens, .. } => Answer::Said { tokens, decode_ms: begun.elapsed().as_secs_f64() * 1_000.0 },
            other => other,
        };
        frame::write(&mut target, &answer)?;
    }
    Ok(())
}
