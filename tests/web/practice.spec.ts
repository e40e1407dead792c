// What is there to practise with: click, count-in, another key, and settings that stay.

import type { Page } from '@playwright/test';

import { expect, level, openSong, position, test, withPlayer } from './fixtures';

const play = (page: Page) => page.getByRole('button', { name: 'Play', exact: true }).click();

/** Seconds of the song for a second of sound, over three of them. */
async function pace(page: Page): Promise<number> {
  const read = () => withPlayer(page, (player) => ({ at: player.position, time: player.context.currentTime }));
  const first = await read();
  await expect.poll(async () => (await read()).time - first.time).toBeGreaterThan(3);
  const last = await read();
  return (last.at - first.at) / (last.time - first.time);
}

test.beforeEach(async ({ page, realService, song }) => {
  await openSong(page, realService, song);
});

test('clicks on the beats, if it is asked to', async ({ page }) => {
  await play(page);
  await expect.poll(() => level(page, 'drums')).toBeGreaterThan(0.001);
  expect(await level(page, 'click')).toBeLessThan(1e-4);
  await page.getByRole('button', { name: 'Click', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Click on each beat' })).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => level(page, 'click'), { intervals: [20] }).toBeGreaterThan(0.01);
  await page.getByRole('button', { name: 'Solo Vocals' }).click();
  await expect.poll(() => level(page, 'click'), { intervals: [20] }).toBeGreaterThan(0.01);
  await page.keyboard.press('c');
  await expect(page.getByRole('button', { name: 'Click', exact: true })).toHaveAttribute('aria-pressed', 'false');
});

test('counts a bar in, to be heard though the click is off', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('4');
  await page.getByRole('button', { name: 'Count a bar in' }).click();
  await expect(page.getByRole('button', { name: 'Click', exact: true })).toHaveAttribute('aria-pressed', 'false');
  // Looked at within the page, as a beat may be over before anybody outside has asked.
  const counted = withPlayer(page, (player) => {
    const [beats, shown]: [number[], Set<string>] = [[], new Set()];
    const loudest = { click: 0, drums: 0, at: 0 };
    player.counting.watch((beat) => beats.push(beat));
    return new Promise<{ beats: number[]; shown: string[]; loudest: typeof loudest }>((resolve) => {
      const look = () => {
        if (beats[beats.length - 1] > 0) {
          loudest.click = Math.max(loudest.click, player.level('click'));
          if (beats[beats.length - 1] < 4) loudest.drums = Math.max(loudest.drums, player.level('drums')); // after the last, music may be heard before it is told
          loudest.at = player.position;
          shown.add(document.querySelector('.counting')?.textContent ?? '');
        }
        if (player.position > 4.5) resolve({ beats, shown: [...shown], loudest });
        else requestAnimationFrame(look);
      };
      look();
    });
  });
  await play(page);
  const { beats, shown, loudest } = await counted;
  expect(beats).toEqual([0, 1, 2, 3, 4, 0]);
  expect(shown).toContain('2');
  expect(loudest.click).toBeGreaterThan(0.01);
  expect(loudest.drums).toBe(0);
  expect(loudest.at).toBeCloseTo(4, 1);
  await expect(page.locator('.counting')).toHaveCount(0);
  expect(await level(page, 'click')).toBeLessThan(0.001);
});

test('loops from where one says to where one says, while it plays', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('3');
  await play(page);
  await expect.poll(() => position(page), { intervals: [20] }).toBeGreaterThan(3.2);
  await page.keyboard.press('[');
  await expect.poll(() => position(page), { intervals: [20] }).toBeGreaterThan(4.2);
  await page.keyboard.press(']');
  const { start, end } = await withPlayer(page, (player) => player.loop.get()!);
  expect(end - start).toBeGreaterThan(0.8);
  for (let n = 0; n < 30; n++) {
    await page.waitForTimeout(100);
    const at = await position(page);
    expect(at).toBeGreaterThan(start - 0.1);
    expect(at).toBeLessThan(end + 0.2);
  }
});

test('plays in another key, at the same pace, and shows it', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('4');
  await expect(page.locator('.facts')).toContainText('F major');
  await page.getByRole('button', { name: 'Transpose up' }).click();
  await page.getByRole('button', { name: 'Transpose up' }).click();
  await expect(page.locator('.facts')).toContainText('G major');
  expect(await withPlayer(page, (player) => player.semitones.get())).toBe(2);
  await play(page);
  await expect.poll(() => level(page, 'vocals')).toBeGreaterThan(0.001);
  expect(await pace(page)).toBeCloseTo(1, 1);
  await page.getByRole('button', { name: 'Transpose the music, too' }).click();
  expect(await withPlayer(page, (player) => player.semitones.get())).toBe(0);
  await expect(page.locator('.facts')).toContainText('G major');
});

test('remembers what was set, song by song', async ({ page }) => {
  await page.getByRole('button', { name: 'Mute Drums' }).click();
  await page.getByRole('slider', { name: 'Volume of Bass' }).fill('0.5');
  await page.getByRole('button', { name: 'Speed down' }).click();
  await page.getByRole('button', { name: 'Transpose down' }).click();
  await page.getByRole('button', { name: 'Capo up' }).click();
  await page.getByRole('button', { name: 'Count a bar in' }).click();
  await page.keyboard.press('l');
  const loop = await withPlayer(page, (player) => player.loop.get());
  await expect.poll(() => page.evaluate(() => localStorage.getItem('stemscribe.songs'))).toContain('"countsIn":true');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  await expect(page.getByRole('button', { name: 'Mute Drums' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('slider', { name: 'Volume of Bass' })).toHaveValue('0.5');
  await expect(page.getByRole('group', { name: 'Speed' })).toContainText('95 %');
  await expect(page.getByRole('group', { name: 'Transpose' })).toContainText('−1');
  await expect(page.getByRole('group', { name: 'Capo' })).toContainText('1');
  await expect(page.getByRole('button', { name: 'Count a bar in' })).toHaveAttribute('aria-pressed', 'true');
  expect(await withPlayer(page, (player) => player.loop.get())).toEqual(loop);
  expect(await withPlayer(page, (player) => player.semitones.get())).toBe(-1);
});

test('shares a loop by its link', async ({ page, context, realService, song }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${realService.url}/#/song/${song.job_id}?t=5&loop=4.5-7.25`);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  expect(await withPlayer(page, (player) => player.loop.get())).toEqual({ start: 4.5, end: 7.25 });
  await page.getByRole('button', { name: 'Copy a link to this place' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${realService.url}/#/song/${song.job_id}?t=5.0&loop=4.50-7.25`);
});

test('keeps the screen lit while it plays', async ({ page }) => {
  await page.addInitScript(() => {
    const log: string[] = ((window as unknown as { wakeLog: string[] }).wakeLog = []);
    const request = async () => {
      log.push('on');
      return { released: false, release: async () => void log.push('off') };
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
  });
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  const log = () => page.evaluate(() => (window as unknown as { wakeLog: string[] }).wakeLog);
  expect(await log()).toEqual([]);
  await play(page);
  await expect.poll(log).toEqual(['on']);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect.poll(log).toEqual(['on', 'off']);
});

test('a song without stems scrolls in its own time', async ({ page, realService }) => {
  test.setTimeout(400_000); // a real job is in it
  const form = new FormData();
  const stem = await fetch(`${realService.url}/api/v1/jobs/${new URL(page.url()).hash.split('/')[2].split('?')[0]}/stems/instrumental`);
  form.set('file', await stem.blob(), 'Chords only.mp3');
  form.set('stages', 'chords');
  const { job_id } = (await (await fetch(`${realService.url}/api/v1/transcribe`, { method: 'POST', body: form })).json()) as { job_id: string };
  await expect.poll(async () => (await realService.job(job_id))?.status, { timeout: 300_000 }).toBe('completed');
  await page.goto(`${realService.url}/#/song/${job_id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Chords only');
  await play(page);
  await expect.poll(() => position(page)).toBeGreaterThan(0.5);
  expect(await pace(page)).toBeCloseTo(1, 1);
  await expect(page.getByRole('button', { name: 'Transpose the music, too' })).toHaveCount(0);
  await fetch(`${realService.url}/api/v1/jobs/${job_id}`, { method: 'DELETE' });
});
