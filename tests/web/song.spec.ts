// The view of a song: score, chords, downloads, links, keyboard.

import { readFileSync, statSync } from 'node:fs';

import type { Download, Page } from '@playwright/test';

import { expect, openSong, position, test, withPlayer } from './fixtures';

async function take(page: Page, name: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.downloads').getByRole('button', { name }).click()]);
  return download;
}

test.beforeEach(async ({ page, realService, song }) => {
  await openSong(page, realService, song);
});

test('tells what song it is', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Slow Motion Dream');
  await expect(page.locator('.facts')).toContainText(/^[A-G][♭♯]? (major|minor)/);
  await expect(page.locator('.facts')).toContainText(/\d+ bpm/);
  await expect(page.locator('.facts')).toContainText('0:10');
  await expect(page.locator('.facts')).toContainText('likely 4/4');
  await expect(page).toHaveTitle('Slow Motion Dream – stemscribe');
  await expect(page.locator('.strip .title')).toHaveText(['Vocals', 'Instrumental', 'Drums', 'Bass', 'Other', 'Click']);
});

test('shows the chord of the moment, and the next', async ({ page }) => {
  const slider = page.getByRole('slider', { name: 'Position' });
  await slider.fill('1');
  await expect(page.locator('.now-name')).toContainText('B flat major');
  await expect(page.locator('.next-name')).toContainText('F major');
  await expect(page.locator('.tones')).toHaveText('B♭ D F');
  await expect(page.getByRole('img', { name: 'B flat major on the guitar: x 1 3 3 3 1' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'B flat major on the piano' })).toBeVisible();
  await slider.fill('4');
  await expect(page.locator('.now-name')).toContainText('F major');
});

test('transposes, and knows a capo', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('4');
  await page.getByRole('button', { name: 'Transpose up' }).click();
  await page.getByRole('button', { name: 'Transpose up' }).click();
  await expect(page.locator('.now-name')).toContainText('G major');
  await page.getByRole('button', { name: 'Capo up' }).click();
  await expect(page.locator('.now-name')).toContainText(/F sharp major|G flat major/);
  await expect(page.locator('.sounds')).toHaveText('sounds G');
  await expect(page.getByRole('img', { name: 'G major on the piano' })).toBeVisible();
  await page.getByRole('button', { name: /^Transpose: / }).click();
  await expect(page.getByRole('group', { name: 'Transpose' })).toContainText('0');
});

test('has a lead sheet whose bars can be jumped to', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  await page.getByRole('button', { name: 'Chart' }).click();
  await expect(page.locator('canvas.score')).toBeHidden();
  const bars = page.getByRole('list', { name: 'Bars and chords' }).getByRole('button');
  expect(await bars.count()).toBeGreaterThan(2);
  await bars.nth(2).click();
  await expect(bars.nth(2)).toHaveAttribute('aria-current', 'true');
  expect(await position(page)).toBeGreaterThan(2);
  await page.reload();
  await expect(page.getByRole('list', { name: 'Bars and chords' })).toBeVisible();
});

test('zooms and scrolls without moving the music', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('5');
  await page.getByRole('button', { name: 'Zoom in' }).click({ clickCount: 4 });
  const box = (await page.locator('canvas.score').boundingBox())!;
  await page.mouse.move(box.x + 400, box.y + 250);
  await page.mouse.down();
  await page.mouse.move(box.x + 250, box.y + 250, { steps: 5 });
  await page.mouse.up();
  expect(await position(page)).toBeCloseTo(5, 1);
  await page.getByRole('button', { name: 'Follow the music' }).click();
  await expect(page.getByRole('button', { name: 'Follow the music' })).toBeHidden();
});

test('gives everything away', async ({ page, realService, song }) => {
  const stem = await take(page, 'Vocals MP3');
  expect(stem.suggestedFilename()).toBe('Slow Motion Dream - vocals.mp3');
  const served = await fetch(`${realService.url}/api/v1/jobs/${song.job_id}/stems/vocals`);
  expect(statSync(await stem.path()).size).toBe((await served.arrayBuffer()).byteLength);
  const chords = readFileSync(await (await take(page, 'Chords LAB')).path(), 'utf8');
  expect(chords).toMatch(/^0\.000\t\d+\.\d{3}\tBb:maj\n/);
  expect(JSON.parse(readFileSync(await (await take(page, 'Pitch curve JSON')).path(), 'utf8'))).toHaveProperty('frames');
  const { notes } = JSON.parse(readFileSync(await (await take(page, 'Notes JSON')).path(), 'utf8')) as { notes: unknown[] };
  expect(notes.length).toBeGreaterThan(3);
  expect(readFileSync(await (await take(page, 'Notes MIDI')).path()).subarray(0, 4).toString()).toBe('MThd');
  expect(readFileSync(await (await take(page, 'Lead sheet TXT')).path(), 'utf8')).toMatch(/^Slow Motion Dream\nF major, \d+ bpm\n\n\| B♭/);
  expect(readFileSync(await (await take(page, 'Everything ZIP')).path()).subarray(0, 2).toString()).toBe('PK');
});

test('prints a lead sheet, and nothing else', async ({ page }) => {
  await page.evaluate(() => Object.assign(window, { print: () => Object.assign(window, { printed: true }) }));
  await page.locator('.downloads').getByRole('button', { name: 'Lead sheet PRINT' }).click();
  expect(await page.evaluate(() => 'printed' in window)).toBe(true);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Bars and chords' })).toBeVisible();
  for (const other of ['.transport', '.mixer', '.downloads', 'canvas.score', '.now-panel', '.top']) await expect(page.locator(other)).toBeHidden();
  expect(await page.locator('h1').evaluate((title) => getComputedStyle(title).color)).toBe('rgb(0, 0, 0)');
  expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
});

test('renders the mix that is heard', async ({ page }) => {
  const whole = await take(page, 'Your mix WAV');
  expect(whole.suggestedFilename()).toBe('Slow Motion Dream - mix.wav');
  const wav = readFileSync(await whole.path());
  expect(wav.subarray(0, 4).toString()).toBe('RIFF');
  const frames = (wav.length - 44) / 4;
  expect(frames / 44100).toBeCloseTo(await withPlayer(page, (player) => player.durationSec), 3);
  for (const stem of ['Vocals', 'Drums', 'Bass', 'Other']) await page.getByRole('button', { name: `Mute ${stem}` }).click();
  const silent = readFileSync(await (await take(page, 'Your mix WAV')).path());
  expect(silent.length).toBe(wav.length);
  expect(silent.subarray(44).every((byte) => byte === 0)).toBe(true);
  expect(wav.subarray(44).some((byte) => byte !== 0)).toBe(true);
});

test('can be linked to, at a place', async ({ page, realService, song, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('slider', { name: 'Position' }).fill('6.5');
  await page.getByRole('button', { name: 'Copy a link to this place' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'copied' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${realService.url}/#/song/${song.job_id}?t=6.5`);
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  expect(await position(page)).toBeCloseTo(6.5, 1);
});

test('is played by keyboard alone', async ({ page, realService }) => {
  await page.goto('about:blank');
  await page.goto(realService.url);
  await expect(page.getByRole('link', { name: /Slow Motion Dream/ })).toBeVisible();
  const link = page.getByRole('link', { name: /Slow Motion Dream/ });
  for (let n = 0; n < 12 && !(await link.evaluate((element) => element === document.activeElement)); n++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  await page.keyboard.press('Space');
  await expect.poll(() => position(page)).toBeGreaterThan(0.3);
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const bar = await position(page);
  expect(bar).toBeGreaterThan(0.5);
  await page.keyboard.press('ArrowRight');
  expect(await position(page)).toBeGreaterThan(bar + 1);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('1');
  await expect(page.getByRole('button', { name: 'Mute Vocals' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Shift+Digit3');
  await expect(page.getByRole('button', { name: 'Solo Drums' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('l');
  expect(await withPlayer(page, (player) => player.loop.get())).not.toBeNull();
  await page.keyboard.press('-');
  expect(await withPlayer(page, (player) => player.speed.get())).toBe(0.95);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'By keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('is gone once it is deleted, and says so', async ({ page, realService }) => {
  await page.goto(`${realService.url}/#/song/550e8400-e29b-41d4-a716-446655440000`);
  await expect(page.getByRole('alert')).toContainText('This song is gone');
  await page.getByRole('link', { name: 'All songs', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Drop a song.' })).toBeVisible();
});
