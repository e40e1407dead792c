// A song of four minutes: all of it works, and a frame of its scrolling score costs as little as one of a short song.

import type { CDPSession, Page } from '@playwright/test';

import { expect, openSong, position, test, withPlayer } from './fixtures';

const FRAME_SEC = 1 / 60;

/** Counts what is drawn on canvases, and frames. */
async function countDrawing(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const counts = ((window as unknown as { drawn: Record<string, number> }).drawn = { calls: 0, frames: 0 });
    const prototype = CanvasRenderingContext2D.prototype as unknown as Record<string, unknown>;
    for (const name of ['lineTo', 'moveTo', 'fillRect', 'roundRect', 'rect', 'fillText', 'measureText', 'stroke', 'fill', 'clip', 'arc']) {
      const draw = prototype[name] as (...values: unknown[]) => unknown;
      prototype[name] = function (this: unknown, ...values: unknown[]) {
        counts.calls++;
        return draw.apply(this, values);
      };
    }
    const count = () => {
      counts.frames++;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
}

const drawn = (page: Page) => page.evaluate(() => ({ ...(window as unknown as { drawn: { calls: number; frames: number } }).drawn }));

/** CPU time that the page's own thread has worked, in seconds: other work on the machine does not count. */
async function cpuSec(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime')!.value;
}

/** While it plays from `at`: CPU seconds and canvas calls a frame. */
async function costOfFrame(page: Page, at: string): Promise<{ cpuSec: number; calls: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.getByRole('slider', { name: 'Position' }).fill(at);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeGreaterThan(Number(at) + 0.5);
  const [cpu, counts] = [await cpuSec(session), await drawn(page)];
  await expect.poll(async () => (await drawn(page)).frames).toBeGreaterThan(counts.frames + 150);
  const [cpuAfter, countsAfter] = [await cpuSec(session), await drawn(page)];
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const frames = countsAfter.frames - counts.frames;
  return { cpuSec: (cpuAfter - cpu) / frames, calls: (countsAfter.calls - counts.calls) / frames };
}

test('a frame takes a fraction of its sixtieth of a second, however long the song is', async ({ page, realService, song, longSong }) => {
  await countDrawing(page);
  await openSong(page, realService, song);
  const short = await costOfFrame(page, '1');
  await openSong(page, realService, longSong);
  const long = await costOfFrame(page, '120');
  console.log(`a frame: ${(1000 * short.cpuSec).toFixed(2)} ms and ${Math.round(short.calls)} calls for 11 s, ${(1000 * long.cpuSec).toFixed(2)} ms and ${Math.round(long.calls)} calls for four minutes`);
  expect(long.cpuSec).toBeLessThan(0.75 * FRAME_SEC);
  expect(long.calls).toBeLessThan(short.calls * 2);
});

test('all of it is there', async ({ page, realService, longSong }) => {
  await openSong(page, realService, longSong, '?t=200');
  expect(await withPlayer(page, (player) => player.durationSec)).toBeGreaterThan(235);
  expect(await position(page)).toBeCloseTo(200, 1);
  await page.getByRole('button', { name: 'Chart' }).click();
  expect(await page.getByRole('list', { name: 'Bars and chords' }).getByRole('button').count()).toBeGreaterThan(80);
  await expect(page.locator('.bar.current')).toBeInViewport();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeGreaterThan(201);
});
