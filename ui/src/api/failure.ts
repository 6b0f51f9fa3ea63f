import { hintHere } from '../words/hints';
import type { ApiError } from './types';

/** An error that the program told, or that came of not reaching it. */
export class ApiFailure extends Error implements ApiError {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: unknown;

  constructor(error: ApiError) {
    super(error.message);
    this.name = 'ApiFailure';
    this.code = error.code;
    this.hint = hintHere(error.hint ?? '', error.message);
    this.retryable = error.retryable ?? false;
    this.details = error.details;
  }

  /** Whatever was thrown, as a failure. */
  static of(thrown: unknown): ApiFailure {
    if (thrown instanceof ApiFailure) return thrown;
    if (isApiError(thrown)) return new ApiFailure(thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ApiFailure({
      code: 'INTERNAL',
      message: message || 'Something went wrong in the window.',
      hint: 'Please report this; it is a mistake in Assent.',
    });
  }
}

/** The program can't be reached. Nothing is known about what it did with the last call. */
export const SERVER_LOST = 'SERVER_LOST';
/** There is no token, or it is not the right one. */
export const TOKEN = 'TOKEN';

export function serverLost(): ApiFailure {
  return new ApiFailure({
    code: SERVER_LOST,
    message: 'Assent does not answer.',
    hint: 'Runs go on where they are once it is started again. Start it, then try again.',
    retryable: true,
  });
}

export function wrongToken(): ApiFailure {
  return new ApiFailure({
    code: TOKEN,
    message: 'This page is not allowed to talk to Assent.',
    hint: 'Open the link that Assent wrote when it was started.',
  });
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
    && typeof value.code === 'string' && typeof value.message === 'string';
}
