// One song: its progress while it is made, then the player and the score.

import { isFinal, type Job } from '../api/client';
import { ApiError, explain } from '../api/errors';
import { watchJob } from '../api/watch';
import { confirmDialog, toast } from '../lib/ask';
import { button, h, ICONS, replace } from '../lib/dom';
import { clock, titleOf } from '../lib/format';
import { type SongRoute } from '../lib/route';
import { type App, report } from './app';
import { ProgressView } from './progress_view';
import { forgetSession } from './session';
import { makeStudio, type Studio } from './studio';

async function copyLink({ hash, position }: Studio): Promise<void> {
  const url = new URL(hash(), location.href).href;
  const at = position();
  try {
    await navigator.clipboard.writeText(url);
    toast(at > 0 ? `The link to ${clock(at)} is copied` : 'The link is copied');
  } catch {
    toast(url); // no clipboard without HTTPS
  }
}

class SongView {
  readonly element = h('article', { class: 'song-view' });
  private readonly title = h('h1', {});
  private readonly facts = h('p', { class: 'facts' });
  private readonly actions = h('div', { class: 'song-actions' });
  private readonly body = h('div', {});
  private readonly progress = new ProgressView(() => void this.cancel());
  private job: Job | null = null;

  constructor(
    private readonly app: App,
    private readonly route: SongRoute,
    private readonly signal: AbortSignal,
  ) {
    this.element.append(h('header', { class: 'song-head' }, button('All songs', ICONS.back, () => (location.hash = '#/'), { class: 'plain back' }), h('div', {}, this.title, this.facts), this.actions), this.body);
    replace(this.actions, button('Delete this song', ICONS.trash, () => void this.remove(), { class: 'plain' }));
    this.watch();
  }

  private watch(): void {
    const watcher = {
      onJob: (job: Job) => this.show(job),
      onConnection: (isOpen: boolean) => this.app.online.set(isOpen),
      onError: (error: unknown) => this.showError(error, () => this.watch()),
    };
    void watchJob(this.app.api, this.route.id, watcher, this.signal);
  }

  private show(job: Job): void {
    const title = titleOf(job);
    this.title.textContent = title;
    document.title = isFinal(job) ? `${title} – stemscribe` : `${job.progress} % ${title} – stemscribe`;
    const wasFinal = this.job !== null && isFinal(this.job);
    this.job = job;
    if (!isFinal(job)) {
      if (!this.progress.element.isConnected) replace(this.body, this.progress.element);
      if (job.duration !== null) this.facts.textContent = clock(job.duration);
      this.progress.show(job);
    } else if (!wasFinal) {
      if (job.status === 'completed') void this.open(job);
      else this.showEnd(job);
    }
  }

  private async open(job: Job): Promise<void> {
    try {
      const studio = await makeStudio(this.app, job, this.route, this.signal);
      this.facts.replaceChildren(...studio.facts);
      this.actions.prepend(button('Copy a link to this place', ICONS.link, () => void copyLink(studio), { class: 'plain' }));
      replace(this.body, studio.element);
    } catch (error) {
      if (!this.signal.aborted) this.showError(error, () => void this.open(job));
    }
  }

  private showEnd(job: Job): void {
    const isFailed = job.status === 'failed';
    const text = isFailed ? (job.error_message ?? 'The service did not say why.') : 'Nothing was kept of it.';
    this.showNotice(isFailed ? 'This one did not work' : 'Cancelled', text[0].toUpperCase() + text.slice(1));
  }

  private showError(error: unknown, again: () => void): void {
    if (error instanceof ApiError && error.status === 404) {
      this.title.textContent = 'Gone';
      this.actions.replaceChildren();
    }
    const { title, advice, canRetry } = explain(error);
    const retry = () => {
      replace(this.body);
      again();
    };
    this.showNotice(title, advice, canRetry && h('button', { type: 'button', class: 'pill main', on: { click: retry } }, 'Try again'));
  }

  private showNotice(title: string, text: string, action: HTMLElement | false = false): void {
    const actions = h('div', { class: 'actions' }, action, h('a', { class: 'pill', href: '#/' }, 'All songs'));
    replace(this.body, h('div', { class: 'notice', role: 'alert' }, h('h2', {}, title), h('p', {}, text), actions));
  }

  private async cancel(): Promise<void> {
    try {
      await this.app.api.cancelJob(this.route.id); // what comes of it, the events tell: its answer may be older than they are
    } catch (error) {
      report(this.app, error);
    }
  }

  private async remove(): Promise<void> {
    const title = this.title.textContent || 'this song';
    if (!(await confirmDialog(`Delete “${title}”?`, 'The song, its stems and all else of it will be gone.', 'Delete'))) return;
    try {
      await this.app.api.deleteJob(this.route.id);
      forgetSession(this.route.id);
      toast(`Deleted “${title}”`);
      location.hash = '#/';
    } catch (error) {
      report(this.app, error);
    }
  }
}

export function songView(app: App, route: SongRoute, signal: AbortSignal): HTMLElement {
  return new SongView(app, route, signal).element;
}
