// A sound file that was picked: its bytes as they are sent, and its sound as it is drawn and played.

import { ApiFailure } from '../api/failure';
import type { Upload } from '../api/types';
import { size } from '../words/count';

/** What the transcriber hears at. */
const RATE = 16_000;
/** The largest file that is taken, in bytes: more than any sentence needs. */
export const LARGEST = 40 * 1024 * 1024;

export interface Recording {
  upload: Upload;
  /** `null` when this window can't decode it; the transcriber may still read it. */
  sound: AudioBuffer | null;
  /** The picked file's name, when it was made a WAV file here. */
  madeFrom: string | null;
}

const wrong = (message: string, hint: string): ApiFailure => new ApiFailure({ code: 'SOUND', message, hint });

/** Why a file isn't taken; `null` when it is. */
export function notTaken(file: Pick<File, 'name' | 'size' | 'type'>): ApiFailure | null {
  if (file.size === 0) return wrong(`${file.name} is empty.`, 'Choose a recording of one sentence.');
  if (file.size > LARGEST) return wrong(`${file.name} has ${size(file.size)}; ${size(LARGEST)} is the most.`, 'Choose a recording of one sentence.');
  if (file.type !== '' && !/^(audio|video)\//.test(file.type)) return wrong(`${file.name} is no sound file.`, 'Choose a recording, best a WAV file.');
  return null;
}

export const isWav = (bytes: Uint8Array): boolean =>
  [0x52, 0x49, 0x46, 0x46].every((byte, at) => bytes[at] === byte) && [0x57, 0x41, 0x56, 0x45].every((byte, at) => bytes[at + 8] === byte);

/** A WAV file of 16 bits and one channel. */
export function wavOf(samples: Float32Array, rate: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string): void => bytes.set([...text].map((letter) => letter.charCodeAt(0)), at);
  word(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (const [at, sample] of samples.entries()) view.setInt16(44 + at * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  return bytes;
}

export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** All channels as one. */
export function mixed(sound: Pick<AudioBuffer, 'numberOfChannels' | 'length' | 'getChannelData'>): Float32Array {
  if (sound.numberOfChannels === 1) return sound.getChannelData(0);
  const out = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
    for (const [at, sample] of sound.getChannelData(channel).entries()) out[at] = (out[at] ?? 0) + sample / sound.numberOfChannels;
  }
  return out;
}

/** Reads a picked file. What is no WAV file and can be decoded here is made one, for that is what the transcriber reads. */
export async function record(file: File): Promise<Recording> {
  const refused = notTaken(file);
  if (refused) throw refused;
  const bytes = new Uint8Array(await file.arrayBuffer());
  return recordBytes(file.name, bytes);
}

export async function recordBytes(name: string, bytes: Uint8Array): Promise<Recording> {
  // Decoding takes the buffer away, so it gets a copy.
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes.slice().buffer).catch(() => null);
  if (isWav(bytes)) return { upload: { name, media: 'audio/wav', base64: base64Of(bytes) }, sound, madeFrom: null };
  if (!sound) throw wrong(`${name} is no sound file that can be read here.`, 'Convert it to a plain WAV file (PCM), or choose another.');
  const wav = base64Of(wavOf(mixed(sound), sound.sampleRate));
  return { upload: { name: `${name.replace(/\.[^.]*$/, '')}.wav`, media: 'audio/wav', base64: wav }, sound, madeFrom: name };
}

/** How many of five bars are lit by the sound around a place, in seconds: 6 dB each, the first from −36 dB of full scale on. */
export function levelAt(samples: Float32Array, rate: number, seconds: number): number {
  const half = Math.round(rate * 0.03);
  const middle = Math.round(seconds * rate);
  let loudest = 0;
  for (let at = Math.max(0, middle - half); at < Math.min(samples.length, middle + half); at += 1) {
    loudest = Math.max(loudest, Math.abs(samples[at] ?? 0));
  }
  return bars(loudest);
}

export function bars(loudest: number): number {
  if (loudest <= 0) return 0;
  return Math.max(0, Math.min(5, 1 + Math.floor((20 * Math.log10(loudest) + 36) / 6)));
}
