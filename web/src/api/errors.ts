// What went wrong, in words for a person.

import type { components } from './schema';

type ErrorBody = components['schemas']['Error'];

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: { field: string; message: string }[] = [],
    readonly retryAfterSec: number | null = null,
  ) {
    super(message);
  }
}

/** The connection failed, or the service is gone. */
export class OfflineError extends Error {}

/** The browser can't read a file of the user's (any more). */
export class UnreadableFileError extends Error {}

export interface Explanation {
  title: string;
  advice: string;
  canRetry: boolean;
}

function readBody(body: unknown): ErrorBody['error'] | null {
  const error = (body as Partial<ErrorBody> | null)?.error;
  return error && typeof error.code === 'string' && typeof error.message === 'string' ? error : null;
}

export function toApiError(status: number, body: unknown, retryAfter: string | null): ApiError {
  const error = readBody(body);
  const seconds = retryAfter === null ? NaN : Number(retryAfter);
  return new ApiError(
    status,
    error?.code ?? 'unknown',
    error?.message ?? `the service answered ${status}`,
    error?.details ?? [],
    Number.isFinite(seconds) ? seconds : null,
  );
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed && trimmed[0].toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}

const TITLES: Record<string, [title: string, canRetry: boolean]> = {
  invalid_audio_file: ['No music in there', false],
  payload_too_large: ['Too large', false],
  unsupported_media_type: ['Not a song', false],
  storage_limit_exceeded: ['The service is full', true],
  unavailable: ['Not right now', true],
  job_not_found: ['This song is gone', false],
  not_found: ['Not there', false],
  conflict: ['Not possible now', false],
  invalid_argument: ['The service did not accept this', false],
  cancelled: ['Cancelled', true],
};
const TITLES_BY_STATUS: Record<number, [title: string, canRetry: boolean]> = {
  401: ['An API key is needed', true],
  403: ['This key may not do that', true],
  429: ['Too many requests', true],
};

export function explain(error: unknown): Explanation {
  if (error instanceof OfflineError) {
    return { title: 'No connection', advice: 'The service does not answer.', canRetry: true };
  }
  if (error instanceof UnreadableFileError) {
    return { title: 'Cannot be read', advice: 'The file has been changed, moved or deleted since it was chosen. Choose it again.', canRetry: false };
  }
  if (!(error instanceof ApiError)) {
    return { title: 'That did not work', advice: sentence(error instanceof Error ? error.message : String(error)), canRetry: true };
  }
  const [title, canRetry] = TITLES_BY_STATUS[error.status] ?? TITLES[error.code] ?? ['That did not work', error.status >= 500];
  const details = error.details.map(({ field, message }) => sentence(field === 'file' ? `the file ${message}` : `${field} ${message}`));
  const wait = error.retryAfterSec ? ` Try again in ${error.retryAfterSec} seconds.` : '';
  return { title, advice: (details.length > 0 ? details.join(' ') : sentence(error.message)) + wait, canRetry };
}
