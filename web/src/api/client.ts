// The service, typed by its contract.

import createClient from 'openapi-fetch';

import { OfflineError, toApiError } from './errors';
import { KEY_HEADER, type KeyRing } from './key';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobPage = Schemas['JobPage'];
export type Results = Schemas['Results']['results'];
export type ChordList = Schemas['Chords']['chords'];
export type NoteList = Schemas['Notes']['notes'];
export type FrameColumns = Schemas['FrameColumns'];
export type StemName = Schemas['StemName'];
export type JobOptions = Pick<Schemas['Options'], 'stem_format' | 'chord_vocabulary' | 'stages'>;

export const isFinal = (job: Job) => job.status !== 'queued' && job.status !== 'processing';

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export class Api {
  private readonly base: string; // without a slash at the end
  private readonly client;

  constructor(readonly keys: KeyRing) {
    this.base = new URL('.', document.baseURI).href.replace(/\/$/, '');
    this.client = createClient<paths>({ baseUrl: this.base, fetch: (request) => this.fetchWithKey(request) });
  }

  url(path: string): string {
    return this.base + path;
  }

  /** Asks for a key and tries again as long as there is none, or a wrong one. Throws OfflineError. */
  async fetchWithKey(request: Request): Promise<Response> {
    while (true) {
      const key = this.keys.key;
      const attempt = request.clone();
      if (key) attempt.headers.set(KEY_HEADER, key);
      let response: Response;
      try {
        response = await fetch(attempt);
      } catch (error) {
        if (request.signal.aborted) throw error;
        throw new OfflineError('no connection');
      }
      if (response.status !== 401 || !(await this.keys.renew(key))) return response;
    }
  }

  /** The body of a successful GET. */
  async get(path: string, signal?: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
    const response = await this.fetchWithKey(new Request(this.url(path), { signal, headers }));
    if (response.ok) return response;
    throw toApiError(response.status, await response.json().catch(() => null), response.headers.get('Retry-After'));
  }

  async listJobs(query: { limit?: number; q?: string; cursor?: string; status?: Schemas['JobStatus'][] }, signal?: AbortSignal): Promise<JobPage> {
    return this.unwrap(await this.client.GET('/api/v1/jobs', { params: { query }, signal }));
  }

  /** The id of a new upload of a file of `bytes`. */
  async beginUpload(bytes: number, signal?: AbortSignal): Promise<string> {
    const params = { header: { 'Upload-Length': bytes } };
    return this.unwrap(await this.client.POST('/api/v1/uploads', { params, signal })).upload_id;
  }

  async uploadOffset(upload_id: string, signal?: AbortSignal): Promise<number> {
    return this.unwrap(await this.client.GET('/api/v1/uploads/{upload_id}', { params: { path: { upload_id } }, signal, cache: 'no-store' })).offset;
  }

  async deleteUpload(upload_id: string): Promise<void> {
    await this.client.DELETE('/api/v1/uploads/{upload_id}', { params: { path: { upload_id } } });
  }

  /** The job of a song that was uploaded. */
  async transcribeUpload(upload: string, file: File, key: string, options: JobOptions, signal?: AbortSignal): Promise<Job> {
    const form = new FormData();
    const fields = { ...options, stages: options.stages.join(','), upload, upload_length: String(file.size), filename: file.name };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const request = new Request(this.url('/api/v1/transcribe'), { method: 'POST', body: form, headers: { 'Idempotency-Key': key }, signal });
    const response = await this.fetchWithKey(request);
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body as Job;
    throw toApiError(response.status, body, response.headers.get('Retry-After'));
  }

  async getJob(job_id: string, signal?: AbortSignal): Promise<Job> {
    return this.unwrap(await this.client.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id } }, signal, cache: 'no-store' }));
  }

  async deleteJob(job_id: string): Promise<void> {
    this.unwrap(await this.client.DELETE('/api/v1/jobs/{job_id}', { params: { path: { job_id } } }));
  }

  async cancelJob(job_id: string): Promise<Job> {
    return this.unwrap(await this.client.POST('/api/v1/jobs/{job_id}/cancel', { params: { path: { job_id } } }));
  }

  async getResults(job_id: string, signal?: AbortSignal): Promise<Results> {
    return this.unwrap(await this.client.GET('/api/v1/jobs/{job_id}/results', { params: { path: { job_id } }, signal })).results;
  }

  async getChords(job_id: string, signal?: AbortSignal): Promise<ChordList> {
    const chords = this.unwrap(await this.client.GET('/api/v1/jobs/{job_id}/chords', { params: { path: { job_id } }, signal }));
    return (chords as Schemas['Chords']).chords;
  }

  async getFrames(job_id: string, signal?: AbortSignal): Promise<FrameColumns> {
    const options = { params: { path: { job_id }, query: { layout: 'columns' as const } }, signal };
    return this.unwrap(await this.client.GET('/api/v1/jobs/{job_id}/frames', options)) as FrameColumns;
  }

  async getNotes(job_id: string, signal?: AbortSignal): Promise<NoteList> {
    const notes = this.unwrap(await this.client.GET('/api/v1/jobs/{job_id}/notes', { params: { path: { job_id } }, signal }));
    return (notes as Schemas['Notes']).notes;
  }

  private unwrap<T>({ data, error, response }: Answer<T>): T {
    if (data !== undefined) return data;
    throw toApiError(response.status, error, response.headers.get('Retry-After'));
  }
}
