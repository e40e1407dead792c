// Sends songs, two at a time, each in parts: a pause, a cut connection or a reload of the page loses no more than the last
// of them. In the end the song is transcribed under a key, so that it becomes one job however often that is tried.

import { type Api, type Job, type JobOptions } from './client';
import { ApiError, explain, OfflineError, toApiError, UnreadableFileError } from './errors';
import { KEY_HEADER } from './key';
import { type KeptUpload, UploadStore } from './upload_store';
import { Store } from '../lib/store';

export type UploadState = 'waiting' | 'sending' | 'checking' | 'paused' | 'failed' | 'done';

export interface Upload {
  readonly file: File;
  readonly options: JobOptions;
  readonly key: string; // Idempotency-Key
  readonly isOneOfMany: boolean;
  id: string | null; // at the service; null: not begun
  isSent: boolean; // as the service has said
  state: UploadState;
  sentBytes: number;
  error: unknown;
  job: Job | null;
}

const AT_ONCE = 2;
const PART_BYTES = 4 * 2 ** 20; // a proxy may hold back what is not whole
const RETRY_MS = 4000; // without a connection

interface Answer {
  status: number;
  body: unknown;
  header(name: string): string | null;
}

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function makeUpload({ file, options, key, id, isPaused }: KeptUpload, isOneOfMany: boolean): Upload {
  return { file, options, key, isOneOfMany, id, isSent: false, state: isPaused ? 'paused' : 'waiting', sentBytes: 0, error: null, job: null };
}

/** Browsers tell a file that they can't read like a lost connection. */
async function whyNotSent(part: Blob): Promise<Error> {
  try {
    await part.arrayBuffer();
    return new OfflineError('no connection');
  } catch {
    return new UnreadableFileError('the file cannot be read');
  }
}

const isLost = (error: unknown) => error instanceof ApiError && error.details.some(({ field }) => field === 'upload');

export class Uploads {
  /** A new list at each change; its members change in place. */
  readonly list = new Store<readonly Upload[]>([]);
  private readonly active = new Map<Upload, AbortController>();
  private readonly store = new UploadStore();

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
    const added = files.map((file) => makeUpload({ file, options, key: randomKey(), id: null, isPaused: false }, isOneOfMany));
    for (const upload of added) {
      void this.store.claim(upload.key);
      this.keep(upload);
    }
    this.list.update((list) => [...list, ...added]);
    this.startNext();
  }

  /** Goes on with what an earlier page has left. */
  async restore(): Promise<void> {
    const kept = await this.store.takeOver();
    if (kept.length === 0) return;
    this.list.update((list) => [...list, ...kept.map((upload) => makeUpload(upload, true))]);
    this.startNext();
  }

  pause(upload: Upload): void {
    this.change(upload, { state: 'paused' });
    this.keep(upload);
    this.active.get(upload)?.abort();
  }

  resume(upload: Upload): void {
    this.change(upload, { state: 'waiting', error: null });
    this.keep(upload);
    this.startNext();
  }

  remove(upload: Upload): void {
    this.list.update((list) => list.filter((other) => other !== upload));
    this.store.remove(upload.key);
    this.active.get(upload)?.abort();
    if (upload.id) this.api.deleteUpload(upload.id).catch(() => {}); // it expires by itself
    this.startNext();
  }

  private keep({ key, file, options, id, state }: Upload): void {
    this.store.put({ key, file, options, id, isPaused: state === 'paused' });
  }

  private change(upload: Upload, change: Partial<Upload>): void {
    Object.assign(upload, change);
    this.list.update((list) => [...list]);
  }

  private startNext(): void {
    for (const upload of this.list.get()) {
      if (this.active.size >= AT_ONCE) return;
      if (upload.state === 'waiting' && !this.active.has(upload)) void this.run(upload);
    }
  }

  private async run(upload: Upload): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.active.set(upload, controller);
    this.change(upload, { state: 'sending', error: null });
    try {
      const job = await this.transcribe(upload, signal);
      this.change(upload, { state: 'done', job });
      this.store.remove(upload.key);
      this.list.update((list) => list.filter((other) => other !== upload));
      this.onJob(job, upload);
    } catch (error) {
      if (signal.aborted) return; // paused or removed
      this.change(upload, { state: 'failed', error });
      if (!explain(error).canRetry) this.store.remove(upload.key);
      if (error instanceof OfflineError) setTimeout(() => this.retryIfOffline(upload), RETRY_MS);
    } finally {
      this.active.delete(upload);
      this.startNext();
    }
  }

  private async transcribe(upload: Upload, signal: AbortSignal): Promise<Job> {
    for (let isFirst = true; ; isFirst = false) {
      if (!upload.isSent) await this.send(upload, signal);
      this.change(upload, { state: 'checking' });
      try {
        return await this.api.transcribeUpload(upload.id!, upload.file, upload.key, upload.options, signal);
      } catch (error) {
        if (!isFirst || !isLost(error)) throw error;
        this.change(upload, { state: 'sending', id: null, isSent: false, sentBytes: 0 }); // it has expired while it was paused
      }
    }
  }

  /** What the service does not have yet. */
  private async send(upload: Upload, signal: AbortSignal): Promise<void> {
    const { file } = upload;
    if (file.size === 0) throw new ApiError(422, 'invalid_audio_file', 'the file is empty');
    const isBegun = upload.id !== null;
    upload.id ??= await this.api.beginUpload(file.size, signal);
    if (!isBegun) this.keep(upload);
    let offset = isBegun ? await this.api.uploadOffset(upload.id, signal) : 0;
    while (offset < file.size) {
      this.change(upload, { sentBytes: offset });
      const answer = await this.append(upload, offset, signal);
      const isElsewhere = answer.status === 409; // an earlier request has come further than was known
      if (!isElsewhere && answer.status !== 200) throw toApiError(answer.status, answer.body, answer.header('Retry-After'));
      offset = Number(answer.header('Upload-Offset'));
    }
    this.change(upload, { isSent: true, sentBytes: file.size });
  }

  private async append(upload: Upload, offset: number, signal: AbortSignal): Promise<Answer> {
    while (true) {
      const key = this.api.keys.key;
      const answer = await this.attempt(upload, offset, key, signal);
      if (answer.status !== 401 || !(await this.api.keys.renew(key))) return answer;
    }
  }

  private attempt(upload: Upload, offset: number, key: string | null, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const part = upload.file.slice(offset, offset + PART_BYTES);
      const request = new XMLHttpRequest(); // fetch() cannot tell how much was sent
      request.open('PATCH', this.api.url(`/api/v1/uploads/${upload.id}`));
      request.responseType = 'json';
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.setRequestHeader('Upload-Offset', String(offset));
      if (key) request.setRequestHeader(KEY_HEADER, key);
      request.upload.onprogress = (event) => signal.aborted || this.change(upload, { sentBytes: Math.min(upload.file.size, offset + event.loaded) });
      const abort = () => request.abort();
      signal.addEventListener('abort', abort);
      request.onloadend = () => signal.removeEventListener('abort', abort);
      request.onabort = () => reject(new DOMException('paused', 'AbortError'));
      request.onload = () => resolve({ status: request.status, body: request.response, header: (name) => request.getResponseHeader(name) });
      request.onerror = () => void whyNotSent(part).then(reject);
      request.send(part);
    });
  }
}
