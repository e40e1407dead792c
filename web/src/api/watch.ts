// A job, live, until it has ended: reconnects by itself, and goes on after the last event that it saw.

import { type Api, isFinal, type Job } from './client';
import { ApiError } from './errors';
import { EventParser } from './event_stream';

export interface Watcher {
  onJob(job: Job): void;
  /** Whether the stream is open, at each change. */
  onConnection(isOpen: boolean): void;
  /** It will not be tried again: the job is gone, or may not be seen. */
  onError(error: unknown): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Waits, but not longer than until the browser is online again. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

export async function watchJob(api: Api, id: string, watcher: Watcher, signal: AbortSignal): Promise<void> {
  let lastId = '';
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (lastId) headers['Last-Event-ID'] = lastId;
      const response = await api.get(`/api/v1/jobs/${id}/events`, signal, headers);
      watcher.onConnection(true);
      wait = FIRST_WAIT_MS;
      const parser = new EventParser();
      const reader = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, BufferSource>).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        for (const event of parser.push(piece.value)) {
          lastId = event.id;
          const job = JSON.parse(event.data) as Job;
          watcher.onJob(job);
          if (isFinal(job)) return;
        }
      }
      // An end without a final event is the service's: it drains, or its stream had nothing new to tell.
      const job = await api.getJob(id, signal);
      watcher.onJob(job);
      if (isFinal(job)) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
        watcher.onError(error);
        return;
      }
    }
    watcher.onConnection(false);
    await pause(wait, signal);
    wait = Math.min(LONGEST_WAIT_MS, wait * 1.6);
  }
}
