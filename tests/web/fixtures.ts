// What the tests share: services, a finished song, and a watch on everything that the page must not do.

import { test as base, expect, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

import { EXAMPLE_SONG, type Job, Service } from './service';

interface Shared {
  /** The real tool. */
  realService: Service;
  /** The fake tool; one job at a time, 4 MB a song at most. */
  fakeService: Service;
  /** A finished job of the real service; tests leave it as it is. */
  song: Job;
  /** The same song over and over, for four minutes. */
  longSong: Job;
}

export const test = base.extend<{ strictPage: void }, Shared>({
  realService: [
    async ({}, use) => {
      const service = await new Service().start();
      await use(service);
      await service.remove();
    },
    { scope: 'worker' },
  ],
  fakeService: [
    async ({}, use) => {
      const service = await Service.withFakeTool({ MAX_CONCURRENT_JOBS: '1', MAX_FILE_SIZE_MB: '4' }).start();
      await use(service);
      await service.remove();
    },
    { scope: 'worker' },
  ],
  song: [
    async ({ realService }, use) => {
      const { job_id } = await realService.upload(readFileSync(EXAMPLE_SONG), 'Slow Motion Dream.mp3');
      await expect.poll(async () => (await realService.job(job_id))?.status, { timeout: 300_000 }).toBe('completed');
      await use({ job_id, status: 'completed' });
    },
    { scope: 'worker', timeout: 310_000 },
  ],
  longSong: [
    async ({ realService }, use) => {
      const whole = Buffer.concat(new Array<Buffer>(22).fill(readFileSync(EXAMPLE_SONG)));
      const { job_id } = await realService.upload(whole, 'Long Motion Dream.mp3');
      await expect.poll(async () => (await realService.job(job_id))?.status, { timeout: 900_000, intervals: [1000] }).toBe('completed');
      await use((await realService.job(job_id))!);
    },
    { scope: 'worker', timeout: 920_000 },
  ],
  // Nothing from elsewhere, nothing that the policy forbids, no exceptions.
  strictPage: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        const isExpected = /Failed to load resource/.test(message.text()); // refusals and lost connections are tested for
        if (message.type() === 'error' && !isExpected) complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(request.url())) complaints.push(`request to ${request.url()}`);
      });
      await use();
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** The player of the song in view, which the page leaves at window.stemscribe. */
export interface PagePlayer {
  readonly position: number;
  readonly durationSec: number;
  readonly context: AudioContext;
  readonly ready: { get(): boolean };
  readonly playing: { get(): boolean };
  readonly speed: { get(): number };
  readonly loop: { get(): { start: number; end: number } | null };
  readonly semitones: { get(): number };
  readonly counting: { get(): number; watch(watcher: (beat: number) => void): void };
  readonly loaded: { parts: Map<string, { left: Int16Array; scale: number }>; rateHz: number };
  level(strip: string): number;
}

/** Evaluates in the page, with the player. */
export function withPlayer<T>(page: Page, read: (player: PagePlayer) => T): Promise<T> {
  return page.evaluate(`(${read.toString()})(window.stemscribe)`) as Promise<T>;
}

export const position = (page: Page) => withPlayer(page, (player) => player.position);
export const level = (page: Page, strip: string) => page.evaluate((name) => (window as unknown as { stemscribe: PagePlayer }).stemscribe.level(name), strip);

/** Opens a finished song, until it can be played. */
export async function openSong(page: Page, service: Service, song: Job, at = ''): Promise<void> {
  await page.goto(`${service.url}/#/song/${song.job_id}${at}`);
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
}
