// What was just put before somebody takes no input for a moment: what they typed or clicked was meant for what was there before.

/** So long nothing is taken. */
export const GUARD_MS = 500;

/** As much of an event as is looked at. */
export interface Input {
  type: string;
  key?: string;
  repeat?: boolean;
  pointerId?: number;
  /** Of a click: 0 when no pointer made it. */
  detail?: number;
}

/** The events that the guard must see, all of them and first. */
export const GUARDED = ['keydown', 'keyup', 'pointerdown', 'pointerup', 'pointercancel', 'mousedown', 'mouseup', 'click', 'dblclick'] as const;

/** Lets input through only when all of it, the pressing too, happened while the guard was open. */
export class Guard {
  #until = Infinity;
  readonly #keys = new Set<string>();
  readonly #pointers = new Set<number>();
  /** Whether the pointer that was let go last had been pressed while open. */
  #clicks = false;

  /** Something else is shown from now on: nothing is taken for a moment, and what is down now stays without effect. */
  close(now: number): void {
    this.#until = now + GUARD_MS;
    this.#keys.clear();
    this.#pointers.clear();
    this.#clicks = false;
  }

  isOpen(now: number): boolean {
    return now >= this.#until;
  }

  admits(input: Input, now: number): boolean {
    const { type, key = '', repeat = false, pointerId = -1, detail = 0 } = input;
    switch (type) {
      case 'keydown':
        if (repeat) return this.#keys.has(key);
        if (this.isOpen(now)) this.#keys.add(key);
        return this.#keys.has(key);
      case 'keyup':
        return this.#keys.delete(key);
      case 'pointerdown':
        if (this.isOpen(now)) this.#pointers.add(pointerId);
        return this.#pointers.has(pointerId);
      case 'pointerup':
      case 'pointercancel':
        this.#clicks = this.#pointers.delete(pointerId);
        return this.#clicks;
      case 'click':
      case 'dblclick':
        return this.isOpen(now) && (detail === 0 || this.#clicks);
      default:
        return this.isOpen(now);
    }
  }
}
