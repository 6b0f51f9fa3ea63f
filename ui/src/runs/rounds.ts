// The iterations of frames in a run: which there are, how far each has come, and which of them is shown.

import type { StepState } from '../api/types';
import type { Rounds } from '../editor/run-view';
import { type RunFold, type Track, withoutIterations } from './fold';

/** The iterations that are shown, by the path of their frame; of a frame that is not named all are. */
export type Choice = ReadonlyMap<string, number>;

interface Round {
  frame: string;
  number: number;
  /** The path up to and with its number, such as `rows[2]/cells[0]`. */
  path: string;
}

const INDEXED = /^(.*)\[(\d+)\]$/;

/** The iterations that a path goes through, the outermost first. */
export function roundsOn(path: string): Round[] {
  if (!path.includes('[')) return [];
  const parts = path.split('/');
  return parts.flatMap((part, at): Round[] => {
    const [, id, number] = INDEXED.exec(part) ?? [];
    if (id === undefined || number === undefined) return [];
    return [{ frame: withoutIterations([...parts.slice(0, at), id].join('/')), number: Number(number), path: parts.slice(0, at + 1).join('/') }];
  });
}

/** Whether a step is in the iterations that are shown; `except` is a frame whose choice does not count. */
export function isShown(path: string, choice: Choice, except?: string): boolean {
  if (choice.size === 0) return true;
  return roundsOn(path).every(({ frame, number }) => frame === except || (choice.get(frame) ?? number) === number);
}

const OVER: ReadonlySet<StepState> = new Set(['done', 'skipped', 'failed']);

interface Known {
  number: number;
  path: string;
  tracks: Track[];
}

/** The iterations of each frame, taken in as they come to be known. */
export class RoundBook {
  readonly #frames = new Map<string, Map<string, Known>>();
  #taken = 0;

  /** How far a frame has come; `undefined` where it has no iterations. */
  of(fold: RunFold, frame: string, choice: Choice, index: number, isCaught: (path: string) => boolean): Omit<Rounds, 'of'> | undefined {
    this.#take(fold);
    const known = [...(this.#frames.get(frame)?.values() ?? [])].filter((round) => isShown(round.path, choice, frame));
    let [begun, over] = [0, 0];
    const failed = new Set<number>();
    for (const { number, path, tracks } of known) {
      const states = tracks.map((track) => [track.path, fold.changeAt(track, index)?.state] as const);
      if (states.every(([, state]) => state === undefined)) continue;
      begun += 1;
      if (states.every(([, state]) => state !== undefined && OVER.has(state))) over += 1;
      if (states.some(([step, state]) => state === 'failed' && !step.slice(path.length + 1).includes('/') && !isCaught(step))) failed.add(number);
    }
    if (begun === 0) return undefined;
    return { begun, over, failed: [...failed].sort((a, b) => a - b), chosen: choice.get(frame) };
  }

  #take(fold: RunFold): void {
    for (; this.#taken < fold.order.length; this.#taken += 1) {
      const track = fold.order[this.#taken];
      for (const { frame, number, path } of track ? roundsOn(track.path) : []) {
        const rounds = this.#frames.get(frame) ?? new Map<string, Known>();
        this.#frames.set(frame, rounds);
        const round = rounds.get(path) ?? { number, path, tracks: [] };
        rounds.set(path, round);
        if (track) round.tracks.push(track);
      }
    }
  }
}
