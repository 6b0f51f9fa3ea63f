//! Sound files to words: reading, resampling, speech detection, whisper in a child process.
