// Songs on their way in, and the list of all of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';
import { fakeSong, type Service } from './service';

const wav = (name: string, what: Record<string, unknown> = {}, sizeBytes = 0) => ({ name, mimeType: 'audio/wav', buffer: fakeSong(what, sizeBytes) });
const choose = (page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]) => page.getByLabel('Songs', { exact: true }).and(page.locator('input')).setInputFiles(files);
const row = (page: Page, name: string) => page.locator('.song', { hasText: name });
let gates = 0;

/** A file that a fake song waits for. */
function makeGate(service: Service): { path: string; open(): void } {
  const path = join(service.folder, `gate-${gates++}`);
  return { path, open: () => writeFileSync(path, '') };
}

test.beforeEach(async ({ page, fakeService }) => {
  await fakeService.clear();
  await page.goto(fakeService.url);
});

test('one song is followed from the first byte to the player', async ({ page, fakeService }) => {
  const gate = makeGate(fakeService);
  await choose(page, wav('Ballad.wav', { wait_for: gate.path, steps: 10 }));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ballad');
  await expect(page.locator('.stages .now')).toHaveText('Following the singer');
  await expect(page.locator('.stages .done')).toHaveText('Separating the stems');
  await expect(page.locator('.percent')).toHaveText(/^[45]0 %, [56] s left$/);
  await expect(page).toHaveTitle(/^[45]0 % Ballad – stemscribe$/);
  gate.open();
  await expect(page.getByRole('heading', { name: 'Take it with you' })).toBeVisible();
  await expect(page.locator('.now-name')).toContainText('C major');
});

test('dropped songs queue up, with their progress in the list', async ({ page, fakeService }) => {
  const gate = makeGate(fakeService);
  const songs = ['One', 'Two', 'Three'].map((name) => ({ name: `${name}.wav`, bytes: [...fakeSong({ wait_for: gate.path })] }));
  const transfer = await page.evaluateHandle((files) => {
    const data = new DataTransfer();
    for (const { name, bytes } of files) data.items.add(new File([new Uint8Array(bytes)], name));
    return data;
  }, songs);
  await page.dispatchEvent('.hero', 'dragenter', { dataTransfer: transfer });
  await expect(page.locator('html')).toHaveClass(/dropping/);
  await page.dispatchEvent('.hero', 'drop', { dataTransfer: transfer });
  await expect(page.locator('html')).not.toHaveClass(/dropping/);
  await expect(page.locator('.song.processing .state')).toContainText(/Following the singer|Separating the stems/);
  await expect(page.locator('.song.queued')).toHaveCount(2);
  await expect(page.locator('.song.queued .state', { hasText: 'Next in line' })).toHaveCount(1);
  gate.open();
  await expect(page.locator('.song.completed')).toHaveCount(3);
});

test('an upload can be paused, and goes on where it was', async ({ page, context, fakeService }) => {
  const network = await context.newCDPSession(page);
  const throttle = (bytesPerSec: number) => network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSec });
  await network.send('Network.enable');
  await throttle(100_000);
  const begun = page.waitForResponse((response) => response.url().endsWith('/api/v1/uploads'));
  const offsets: number[] = [];
  page.on('request', (request) => request.method() === 'PATCH' && offsets.push(Number(request.headers()['upload-offset'])));
  await choose(page, wav('Slow.wav', {}, 3_000_000));
  const upload = page.locator('.upload', { hasText: 'Slow.wav' });
  await expect(upload).toHaveAttribute('data-state', 'sending');
  await expect.poll(() => upload.getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  await upload.getByRole('button', { name: 'Pause Slow.wav' }).click();
  await expect(upload).toHaveAttribute('data-state', 'paused');
  const { upload_id } = (await (await begun).json()) as { upload_id: string };
  const kept = async () => ((await (await fetch(`${fakeService.url}/api/v1/uploads/${upload_id}`)).json()) as { offset: number }).offset;
  await expect.poll(kept).toBeGreaterThan(0);
  await throttle(-1);
  await upload.getByRole('button', { name: 'Go on with Slow.wav' }).click();
  await expect(page.getByRole('heading', { name: 'Slow' })).toBeVisible();
  expect(offsets[0]).toBe(0);
  expect(offsets.slice(1).every((offset) => offset > 0)).toBe(true);
  expect(offsets.length).toBeGreaterThan(1);
});

test('an upload goes on after a reload of the page', async ({ page, context, fakeService }) => {
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  const throttle = (bytesPerSec: number) => network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSec });
  const begun: string[] = [];
  const offsets: number[] = [];
  page.on('request', (request) => request.url().endsWith('/api/v1/uploads') && begun.push(request.url()));
  page.on('request', (request) => request.method() === 'PATCH' && offsets.push(Number(request.headers()['upload-offset'])));
  await throttle(200_000);
  await choose(page, wav('Interrupted.wav', {}, 3_500_000), wav('Paused.wav', {}, 3_500_000));
  const upload = (name: string) => page.locator('.upload', { hasText: name });
  for (const name of ['Interrupted.wav', 'Paused.wav']) await expect.poll(() => upload(name).getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0);
  await upload('Paused.wav').getByRole('button', { name: 'Pause Paused.wav' }).click();
  await page.reload();
  await throttle(-1);
  await expect(row(page, 'Interrupted')).toBeVisible();
  await expect(upload('Paused.wav')).toHaveAttribute('data-state', 'paused');
  expect(offsets.slice(2).every((offset) => offset > 0)).toBe(true);
  await upload('Paused.wav').getByRole('button', { name: 'Go on with Paused.wav' }).click();
  await expect(row(page, 'Paused')).toBeVisible();
  expect(begun).toHaveLength(2);
  await page.reload();
  await expect(row(page, 'Paused')).toBeVisible();
  await expect(page.locator('.upload')).toHaveCount(0);
  const { jobs } = (await (await fetch(`${fakeService.url}/api/v1/jobs`)).json()) as { jobs: unknown[] };
  expect(jobs).toHaveLength(2);
});

test('an upload that has expired begins anew', async ({ page }) => {
  let isGone = false;
  await page.route('**/api/v1/transcribe', async (route) => {
    if (isGone) return route.continue();
    isGone = true;
    await route.fulfill({ status: 422, json: { error: { code: 'invalid_argument', message: 'the request is not valid', details: [{ field: 'upload', message: 'nothing of it is here' }], request_id: 'x' } } });
  });
  let begun = 0;
  page.on('request', (request) => request.url().endsWith('/api/v1/uploads') && begun++);
  await choose(page, wav('Old.wav'));
  await expect(page.getByRole('heading', { name: 'Old' })).toBeVisible();
  expect(begun).toBe(2);
});

test('a file that was changed on its way is told as such, and not tried again', async ({ page, context, fakeService }) => {
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 });
  const file = join(fakeService.folder, 'Draft.wav');
  writeFileSync(file, fakeSong({}, 3_000_000));
  await page.getByLabel('Songs', { exact: true }).and(page.locator('input')).setInputFiles(file);
  const upload = page.locator('.upload', { hasText: 'Draft.wav' });
  await expect(upload).toHaveAttribute('data-state', 'sending');
  await upload.getByRole('button', { name: 'Pause Draft.wav' }).click();
  writeFileSync(file, fakeSong({}, 2_000_000));
  await upload.getByRole('button', { name: 'Go on with Draft.wav' }).click();
  await expect(upload.getByRole('alert')).toContainText('Cannot be read. The file has been changed');
  await expect(upload.getByRole('button', { name: 'Upload Draft.wav again' })).toBeHidden();
});

test('of a folder that is dropped, its songs are taken', async ({ page, context, fakeService }) => {
  const album = join(fakeService.folder, 'album');
  mkdirSync(join(album, 'Disc 2'), { recursive: true });
  for (const name of ['1 Intro.wav', 'Disc 2/2 Outro.wav', '.hidden.wav', 'cover.jpg']) writeFileSync(join(album, name), fakeSong());
  const input = await context.newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await input.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data: { items: [], files: [album], dragOperationsMask: 1 } });
  }
  await expect(page.locator('.song.completed')).toHaveCount(2);
  for (const name of ['1 Intro', '2 Outro']) await expect(row(page, name)).toBeVisible();
});

test('what is no song is refused in words', async ({ page }) => {
  await choose(page, wav('Good.wav'), { name: 'letter.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('Dear diary '.repeat(500)) }, { name: 'empty.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(0) });
  await expect(row(page, 'Good')).toBeVisible();
  const letter = page.locator('.upload', { hasText: 'letter.mp3' });
  await expect(letter.getByRole('alert')).toContainText(/No music in there|did not accept/);
  await expect(page.locator('.upload', { hasText: 'empty.wav' }).getByRole('alert')).toBeVisible();
  await expect(letter.getByRole('button', { name: 'Upload letter.mp3 again' })).toBeHidden();
  await letter.getByRole('button', { name: 'Do not upload letter.mp3' }).click();
  await expect(letter).toHaveCount(0);
});

test('what is too large is refused in words', async ({ page }) => {
  await choose(page, wav('Opera.wav', {}, 6_000_000));
  await expect(page.locator('.upload', { hasText: 'Opera.wav' }).getByRole('alert')).toContainText('Too large');
});

test('a song that fails says why', async ({ page }) => {
  await choose(page, wav('Strange.wav', { end: 'fail' }));
  await expect(page.getByRole('alert')).toContainText('This one did not work');
  await expect(page.getByRole('alert')).toContainText('the song is too strange');
});

test('a song can be cancelled', async ({ page, fakeService }) => {
  await choose(page, wav('Endless.wav', { wait_for: makeGate(fakeService).path }));
  await expect(page.getByRole('heading', { name: 'Endless' })).toBeVisible(); // the upload is over: it is the job that is cancelled
  const cancelled = page.getByRole('alert').filter({ hasText: 'Cancelled' });
  await page.route('**/cancel', async (route) => {
    const response = await route.fetch();
    await expect(cancelled).toBeVisible(); // the event overtakes the answer
    await route.fulfill({ response });
  });
  const answered = page.waitForResponse('**/cancel');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await (await answered).finished();
  await page.evaluate(() => fetch('/health/live').then((response) => response.text())); // by then it has read the answer
  await expect(cancelled).toBeVisible();
});

test('options are sent', async ({ page, fakeService }) => {
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel('Stems as').selectOption('flac');
  await page.getByLabel('Stems', { exact: true }).uncheck();
  await choose(page, wav('Choosy.wav'));
  await expect(page.getByRole('heading', { name: 'Take it with you' })).toBeVisible();
  await expect(page.getByRole('list').filter({ hasText: 'Vocals' })).toHaveCount(0); // no stems, no desk
  const id = new URL(page.url()).hash.split('/')[2].split('?')[0];
  expect(await fakeService.job(id)).toMatchObject({ options: { stem_format: 'flac', stages: ['transcription', 'chords'] } });
});

test('the list has pages, a search, and deletes', async ({ page, fakeService }) => {
  for (let n = 1; n <= 23; n++) await fakeService.upload(fakeSong(), `Song ${String(n).padStart(2, '0')}.wav`);
  await page.reload();
  await expect(page.locator('.song')).toHaveCount(20);
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('song 01');
  await expect(page.locator('.song')).toHaveCount(1); // from a page that was not loaded yet
  await expect(page.getByRole('status').filter({ hasText: '1 found' })).toBeAttached();
  await expect(page.getByRole('button', { name: 'Show more' })).toBeHidden();
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('SÓNG');
  await expect(page.locator('.song')).toHaveCount(20);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(page.locator('.song')).toHaveCount(23);
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('nothing like it');
  await expect(page.getByText('No song is called that.')).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('');
  await expect(page.locator('.song')).toHaveCount(20);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(page.locator('.song')).toHaveCount(23);
  await page.getByRole('button', { name: 'Delete Song 23' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await expect(page.locator('.song')).toHaveCount(23);
  await page.getByRole('button', { name: 'Delete Song 23' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.locator('.song')).toHaveCount(22);
  await page.reload();
  await expect(row(page, 'Song 22')).toBeVisible();
  await expect(row(page, 'Song 23')).toHaveCount(0);
});
