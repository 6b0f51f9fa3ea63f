// When what comes is taken in: at once; and while something else needs the frames, several things together, at most each so often.

/** Something that needs the frames for a while, such as a canvas that is moved. */
export interface Busy {
  readonly isBusy: boolean;
  /** Hears when it begins and ends; returns how to stop. */
  onChange(listener: () => void): () => void;
}

export class Pace {
  readonly #take: () => void;
  readonly #busy: Busy;
  readonly #gap: number;
  #took = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;

  /** `take` takes in all that came; `gap` is how often it does at most while it is busy, in milliseconds. */
  constructor(take: () => void, busy: Busy, gap = 120) {
    this.#take = take;
    this.#busy = busy;
    this.#gap = gap;
    this.#stop = busy.onChange(() => {
      if (!busy.isBusy && this.#timer !== undefined) this.now();
    });
  }

  /** Something came. */
  come(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#busy.isBusy ? this.#took + this.#gap - performance.now() : 0;
    if (wait <= 0) this.now();
    else this.#timer = setTimeout(() => this.now(), wait);
  }

  /** Takes in what came, without waiting any longer. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#took = performance.now();
    this.#take();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stop();
  }
}
