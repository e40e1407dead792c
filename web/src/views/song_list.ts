// All songs that the service has: newest first, page by page, searched by the service, live while they are worked on.

import { isFinal, type Job } from '../api/client';
import { ApiError, explain, type Explanation, OfflineError } from '../api/errors';
import { watchJob } from '../api/watch';
import { confirmDialog, toast } from '../lib/ask';
import { button, h, icon, ICONS, replace } from '../lib/dom';
import { clock, day, fileSize, timeLeft, titleOf } from '../lib/format';
import { songHash } from '../lib/route';
import { type App, report, STAGE_TEXTS } from './app';
import { forgetSession } from './session';

const PAGE_SIZE = 20;
const TYPING_MS = 150; // a pause that is long enough to search
const STREAMS_AT_ONCE = 3; // a browser opens six connections to a service at most
const RETRY_MS = 3000;

export function queueText(position: number | null): string {
  if (position === null) return 'Queued';
  return position === 1 ? 'Next in line' : `${position - 1} ${position === 2 ? 'song' : 'songs'} before it`;
}

function stateOf(job: Job): string {
  switch (job.status) {
    case 'queued':
      return queueText(job.queue_position);
    case 'processing': {
      const left = job.seconds_left === null ? '' : `, ${timeLeft(job.seconds_left)}`;
      return `${job.stage ? STAGE_TEXTS[job.stage] : 'Starting'}, ${job.progress} %${left}`;
    }
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
    case 'completed':
      return '';
  }
}

export class SongList {
  readonly element: HTMLElement;
  private readonly list = h('ul', { class: 'songs', 'aria-label': 'Songs' });
  private readonly more = h('div', { class: 'more' });
  private readonly search = h('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search songs', autocomplete: 'off' });
  private readonly found = h('p', { class: 'hidden-text', role: 'status' });
  private query = ''; // what `jobs` were searched by
  private jobs: Job[] = [];
  private cursor: string | null = null; // of the next page; null: there is none
  private failure: Explanation | null = null; // of the newest page that was asked for
  private loading = new AbortController();
  private typing = 0;
  private readonly watching = new Map<string, AbortController>();
  private readonly unseen = new Set<string>(); // jobs that may not be watched; until the list is loaded again

  constructor(
    private readonly app: App,
    private readonly signal: AbortSignal,
    /** Whether the service has any, at each change. */
    private readonly onChange: (hasSongs: boolean) => void,
  ) {
    this.element = h(
      'section',
      { 'aria-label': 'Your songs' },
      h('div', { class: 'songs-head' }, h('h2', {}, 'Songs'), h('div', { class: 'search' }, icon(...ICONS.search), this.search)),
      this.found,
      this.list,
      this.more,
    );
    this.element.hidden = true;
    this.search.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.find(), TYPING_MS);
    });
    signal.addEventListener('abort', () => {
      clearTimeout(this.typing);
      this.loading.abort();
      this.watching.forEach((controller) => controller.abort());
    });
    void this.load();
  }

  add(job: Job): void {
    if (this.jobs.some((other) => other.job_id === job.job_id)) return;
    if (this.query) {
      this.search.value = ''; // it is to be seen
      return this.find();
    }
    this.jobs.unshift(job);
    this.show();
  }

  private find(): void {
    const query = this.search.value.trim();
    if (query === this.query) return;
    this.query = query;
    this.cursor = null;
    void this.load();
  }

  /** The next page; the first one if there is no cursor. */
  private async load(): Promise<void> {
    this.loading.abort();
    this.loading = new AbortController();
    this.unseen.clear();
    this.failure = null;
    const { signal } = this.loading;
    const { cursor } = this;
    while (!signal.aborted) {
      try {
        const page = await this.app.api.listJobs({ limit: PAGE_SIZE, q: this.query || undefined, cursor: cursor ?? undefined }, signal);
        const before = cursor === null ? [] : this.jobs;
        const known = new Set(before.map((job) => job.job_id));
        this.jobs = [...before, ...page.jobs.filter((job) => !known.has(job.job_id))];
        this.cursor = page.next_cursor;
        this.app.online.set(true);
        this.show();
        this.tellFound();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof OfflineError)) {
          this.failure = explain(error);
          return this.show();
        }
        this.app.online.set(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private tellFound(): void {
    const count = `${this.jobs.length}${this.cursor === null ? '' : ' or more'}`;
    this.found.textContent = this.query && this.jobs.length > 0 ? `${count} found` : '';
  }

  private show(): void {
    const isEmpty = this.jobs.length === 0;
    this.element.hidden = isEmpty && !this.query && !this.failure;
    const focused = document.activeElement?.closest<HTMLElement>('.song')?.dataset.id;
    replace(this.list, ...this.jobs.map((job) => this.row(job)));
    if (focused && document.activeElement === document.body) this.list.querySelector<HTMLElement>(`[data-id="${focused}"] a`)?.focus();
    replace(
      this.more,
      this.failure && h('p', { class: 'empty', role: 'alert' }, `${this.failure.title}. ${this.failure.advice}`),
      !this.failure && isEmpty && this.query && h('p', { class: 'empty', role: 'status' }, 'No song is called that.'),
      (this.failure || this.cursor !== null) && h('button', { type: 'button', class: 'pill', on: { click: () => void this.load() } }, this.failure ? 'Try again' : 'Show more'),
    );
    this.watchActive();
    this.onChange(!this.element.hidden);
  }

  private row(job: Job): HTMLElement {
    const title = titleOf(job);
    const active = !isFinal(job);
    const meta = [job.duration === null ? null : clock(job.duration), day(job.created_at), fileSize(job.file_size)].filter(Boolean).join(' · ');
    return h(
      'li',
      { class: `song ${job.status}`, 'data-id': job.job_id },
      h('a', { href: songHash(job.job_id) }, h('span', { class: 'title' }, title), h('span', { class: 'meta' }, meta)),
      h('span', { class: 'state' }, stateOf(job)),
      button(`Delete ${title}`, ICONS.trash, () => void this.remove(job), { class: 'plain' }),
      active && h('progress', { class: 'thread', max: 100, value: job.progress, 'aria-label': `Progress of ${title}` }),
    );
  }

  private replaceJob(job: Job): void {
    this.jobs = this.jobs.map((other) => (other.job_id === job.job_id ? job : other));
    const old = this.list.querySelector<HTMLElement>(`[data-id="${job.job_id}"]`);
    const hadFocus = old?.contains(document.activeElement);
    const row = this.row(job);
    old?.replaceWith(row);
    if (hadFocus) row.querySelector('a')?.focus();
  }

  private isToWatch(job: Job): boolean {
    return !isFinal(job) && !this.watching.has(job.job_id) && !this.unseen.has(job.job_id);
  }

  private watchActive(): void {
    const listed = new Set(this.jobs.map((job) => job.job_id));
    this.watching.forEach((controller, id) => listed.has(id) || controller.abort());
    const next = this.jobs.filter((job) => this.isToWatch(job)).sort((a, b) => a.created_at.localeCompare(b.created_at));
    for (const job of next.slice(0, Math.max(0, STREAMS_AT_ONCE - this.watching.size))) {
      const controller = new AbortController();
      this.watching.set(job.job_id, controller);
      const watcher = {
        onJob: (changed: Job) => this.replaceJob(changed),
        onConnection: (isOpen: boolean) => this.app.online.set(isOpen),
        onError: (error: unknown) => {
          if (error instanceof ApiError && error.status === 404) this.forget(job.job_id);
          else {
            const refused = error instanceof ApiError && error.status === 401 ? this.jobs : [job];
            refused.forEach(({ job_id }) => this.unseen.add(job_id));
            report(this.app, error);
          }
        },
      };
      void watchJob(this.app.api, job.job_id, watcher, controller.signal).then(() => {
        this.watching.delete(job.job_id);
        if (!this.signal.aborted) void this.refreshQueued().then(() => this.watchActive());
      });
    }
  }

  /** Songs that nobody watches move up in the queue, too. */
  private async refreshQueued(): Promise<void> {
    const waiting = this.jobs.filter((job) => this.isToWatch(job));
    for (const job of waiting.slice(0, PAGE_SIZE)) {
      try {
        this.replaceJob(await this.app.api.getJob(job.job_id, this.signal));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) this.forget(job.job_id);
      }
    }
  }

  private forget(id: string): void {
    this.watching.get(id)?.abort();
    this.jobs = this.jobs.filter((job) => job.job_id !== id);
    this.show();
  }

  private async remove(job: Job): Promise<void> {
    const title = titleOf(job);
    const text = isFinal(job) ? 'The song, its stems and all else of it will be gone.' : 'It is stopped, and all of it will be gone.';
    if (!(await confirmDialog(`Delete “${title}”?`, text, 'Delete'))) return;
    try {
      await this.app.api.deleteJob(job.job_id);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) return report(this.app, error);
    }
    forgetSession(job.job_id);
    this.forget(job.job_id);
    this.search.focus({ preventScroll: true });
    toast(`Deleted “${title}”`);
  }
}
