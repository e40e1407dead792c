// Sends songs, two at a time. A pause ends the request, as HTTP cannot hold one; going on sends the song again under the
// same key, so that it becomes one job however often it is tried.

import { Store } from '../lib/store';
import { type Api, type Job, type JobOptions } from './client';
import { ApiError, OfflineError, toApiError } from './errors';
import { KEY_HEADER } from './key';

export type UploadState = 'waiting' | 'sending' | 'checking' | 'paused' | 'failed' | 'done';

export interface Upload {
  readonly file: File;
  readonly options: JobOptions;
  readonly key: string; // Idempotency-Key
  readonly isOneOfMany: boolean;
  state: UploadState;
  sentBytes: number;
  error: unknown;
  job: Job | null;
}

const AT_ONCE = 2;
const RETRY_MS = 4000; // without a connection

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Uploads {
  /** A new list at each change; its members change in place. */
  readonly list = new Store<readonly Upload[]>([]);
  private readonly requests = new Map<Upload, XMLHttpRequest>();

  constructor(
    private readonly api: Api,
    private readonly onJob: (job: Job, upload: Upload) => void,
  ) {
    addEventListener('online', () => this.list.get().forEach((upload) => this.retryIfOffline(upload)));
  }

  private retryIfOffline(upload: Upload): void {
    const isListed = this.list.get().includes(upload);
    if (isListed && upload.state === 'failed' && upload.error instanceof OfflineError) this.resume(upload);
  }

  add(files: readonly File[], options: JobOptions): void {
    const isOneOfMany = files.length + this.list.get().length > 1;
    const added = files.map((file): Upload => ({ file, options, key: randomKey(), isOneOfMany, state: 'waiting', sentBytes: 0, error: null, job: null }));
    this.list.update((list) => [...list, ...added]);
    this.startNext();
  }

  pause(upload: Upload): void {
    this.change(upload, { state: 'paused', sentBytes: 0 });
    this.requests.get(upload)?.abort();
  }

  resume(upload: Upload): void {
    this.change(upload, { state: 'waiting', error: null, sentBytes: 0 });
    this.startNext();
  }

  remove(upload: Upload): void {
    this.list.update((list) => list.filter((other) => other !== upload));
    this.requests.get(upload)?.abort();
    this.startNext();
  }

  private change(upload: Upload, change: Partial<Upload>): void {
    Object.assign(upload, change);
    this.list.update((list) => [...list]);
  }

  private startNext(): void {
    for (const upload of this.list.get()) {
      if (this.requests.size >= AT_ONCE) return;
      if (upload.state === 'waiting') void this.send(upload);
    }
  }

  private async send(upload: Upload): Promise<void> {
    this.change(upload, { state: 'sending', sentBytes: 0, error: null });
    try {
      const job = await this.request(upload);
      if (!job) return; // paused or removed
      this.change(upload, { state: 'done', job });
      this.list.update((list) => list.filter((other) => other !== upload));
      this.onJob(job, upload);
    } catch (error) {
      this.change(upload, { state: 'failed', error });
      if (error instanceof OfflineError) setTimeout(() => this.retryIfOffline(upload), RETRY_MS);
    } finally {
      this.startNext();
    }
  }

  /** Null if it was aborted. */
  private async request(upload: Upload): Promise<Job | null> {
    const key = this.api.keys.key;
    const answer = await this.attempt(upload, key).finally(() => this.requests.delete(upload));
    if (answer === null) return null;
    if (answer.status === 401 && (await this.api.keys.renew(key))) return this.request(upload);
    if (answer.status >= 200 && answer.status < 300) return answer.body as Job;
    throw toApiError(answer.status, answer.body, answer.retryAfter);
  }

  private attempt(upload: Upload, key: string | null): Promise<{ status: number; body: unknown; retryAfter: string | null } | null> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch() cannot tell how much was sent
      this.requests.set(upload, request);
      request.open('POST', this.api.url('/api/v1/transcribe'));
      request.responseType = 'json';
      request.setRequestHeader('Idempotency-Key', upload.key);
      if (key) request.setRequestHeader(KEY_HEADER, key);
      request.upload.onprogress = (event) => this.change(upload, { sentBytes: Math.min(upload.file.size, event.loaded) });
      request.upload.onload = () => this.change(upload, { state: 'checking', sentBytes: upload.file.size });
      request.onabort = () => resolve(null);
      request.onload = () => resolve({ status: request.status, body: request.response, retryAfter: request.getResponseHeader('Retry-After') });
      // A service that refuses a body early may close the connection before the browser has read why.
      request.onerror = () => reject(navigator.onLine && request.status ? new ApiError(request.status, 'unknown', 'the connection was closed') : new OfflineError('no connection'));
      const form = new FormData();
      form.set('stages', upload.options.stages.join(','));
      form.set('stem_format', upload.options.stem_format);
      form.set('chord_vocabulary', upload.options.chord_vocabulary);
      form.set('file', upload.file);
      request.send(form);
    });
  }
}
