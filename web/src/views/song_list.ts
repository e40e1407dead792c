// All songs that the service has: newest first, page by page, found by name, live while they are worked on.

import { isFinal, type Job } from '../api/client';
import { ApiError, OfflineError } from '../api/errors';
import { watchJob } from '../api/watch';
import { confirmDialog, toast } from '../lib/ask';
import { button, h, icon, ICONS, replace } from '../lib/dom';
import { clock, day, fileSize, timeLeft, titleOf } from '../lib/format';
import { songHash } from '../lib/route';
import { type App, report, STAGE_TEXTS } from './app';

const PAGE_SIZE = 20;
const SEARCH_PAGE_SIZE = 100;
const ENOUGH_FOUND = 50;
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
  private jobs: Job[] = [];
  private cursor: string | null = null;
  private isComplete = false; // no more pages
  private loading: Promise<void> | null = null;
  private readonly watching = new Map<string, AbortController>();

  constructor(
    private readonly app: App,
    private readonly signal: AbortSignal,
    /** Whether there are any, at each change. */
    private readonly onCount: (count: number) => void,
  ) {
    this.element = h(
      'section',
      { 'aria-label': 'Your songs' },
      h('div', { class: 'songs-head' }, h('h2', {}, 'Songs'), h('div', { class: 'search' }, icon(...ICONS.search), this.search)),
      this.list,
      this.more,
    );
    this.element.hidden = true;
    this.search.addEventListener('input', () => void this.find());
    signal.addEventListener('abort', () => this.watching.forEach((controller) => controller.abort()));
    void this.loadMore();
  }

  add(job: Job): void {
    if (this.jobs.some((other) => other.job_id === job.job_id)) return;
    this.jobs.unshift(job);
    this.show();
  }

  private get words(): string[] {
    return this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  }

  private get found(): Job[] {
    const words = this.words;
    return this.jobs.filter((job) => words.every((word) => `${titleOf(job)} ${job.input_filename}`.toLowerCase().includes(word)));
  }

  private loadMore(limit = PAGE_SIZE): Promise<void> {
    this.loading ??= this.loadPage(limit).finally(() => (this.loading = null));
    return this.loading;
  }

  private async loadPage(limit: number): Promise<void> {
    while (!this.signal.aborted) {
      try {
        const page = await this.app.api.listJobs({ limit, cursor: this.cursor ?? undefined }, this.signal);
        const known = new Set(this.jobs.map((job) => job.job_id));
        this.jobs.push(...page.jobs.filter((job) => !known.has(job.job_id)));
        this.cursor = page.next_cursor;
        this.isComplete = page.next_cursor === null;
        this.app.online.set(true);
        this.show();
        return;
      } catch (error) {
        if (this.signal.aborted) return;
        if (!(error instanceof OfflineError)) return report(this.app, error);
        this.app.online.set(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** The service cannot search, so all pages are looked through until enough is found. */
  private async find(): Promise<void> {
    const text = this.search.value;
    this.show();
    while (this.words.length > 0 && !this.isComplete && this.found.length < ENOUGH_FOUND && text === this.search.value && !this.signal.aborted) {
      await this.loadMore(SEARCH_PAGE_SIZE);
    }
    this.show();
  }

  private show(): void {
    const found = this.found;
    this.element.hidden = this.jobs.length === 0;
    const focused = document.activeElement?.closest<HTMLElement>('.song')?.dataset.id;
    replace(this.list, ...found.map((job) => this.row(job)));
    if (focused && document.activeElement === document.body) this.list.querySelector<HTMLElement>(`[data-id="${focused}"] a`)?.focus();
    const isSearching = this.words.length > 0;
    replace(
      this.more,
      found.length === 0 && h('p', { class: 'empty' }, this.isComplete ? 'No song is called that.' : 'Searching …'),
      !this.isComplete && !isSearching && h('button', { type: 'button', class: 'pill', on: { click: () => void this.loadMore() } }, 'Show more'),
    );
    this.watchActive();
    this.onCount(this.jobs.length);
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

  private watchActive(): void {
    const next = this.jobs.filter((job) => !isFinal(job) && !this.watching.has(job.job_id)).sort((a, b) => a.created_at.localeCompare(b.created_at));
    for (const job of next.slice(0, Math.max(0, STREAMS_AT_ONCE - this.watching.size))) {
      const controller = new AbortController();
      this.watching.set(job.job_id, controller);
      const watcher = {
        onJob: (changed: Job) => this.replaceJob(changed),
        onConnection: (isOpen: boolean) => this.app.online.set(isOpen),
        onError: (error: unknown) => {
          if (error instanceof ApiError && error.status === 404) this.forget(job.job_id);
          else report(this.app, error);
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
    const waiting = this.jobs.filter((job) => !isFinal(job) && !this.watching.has(job.job_id));
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
    this.forget(job.job_id);
    this.search.focus({ preventScroll: true });
    toast(`Deleted “${title}”`);
  }
}
