// How it looks and reads: pictures of each view for people (build/web-screenshots), and axe for what can be checked.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Page } from '@playwright/test';

import { expect, openSong, test } from './fixtures';
import { fakeSong } from './service';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PICTURES = fileURLToPath(new URL('../../build/web-screenshots', import.meta.url));
const SIZES = { desk: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

async function checkAxe(page: Page): Promise<void> {
  // By the debugger, as the page's own policy lets no foreign script in.
  const has = await page.evaluate(() => 'axe' in window);
  if (!has) await page.evaluate((await import('node:fs')).readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run());
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`)).toEqual([]);
}

async function look(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  await checkAxe(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'nothing is wider than the window').toBe(0);
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const tag = `${size}-${colorScheme}`;
    test.describe(tag, () => {
      test.use({ viewport, colorScheme, contextOptions: { reducedMotion: 'reduce' }, deviceScaleFactor: size === 'phone' ? 2 : 1 });

      test('all views', async ({ page, realService, song, fakeService }) => {
        await page.goto(realService.url);
        await expect(page.getByRole('link', { name: /Slow Motion Dream/ })).toBeVisible();
        await look(page, `home-${tag}`);

        await openSong(page, realService, song, '?t=4.5');
        await expect(page.locator('.now-name')).toContainText('F major');
        await look(page, `song-${tag}`);
        const lightness = (key: string) => page.locator(`.piano .${key}:not(.on)`).first().evaluate((rect) => Number(/oklch\((\S+)/.exec(getComputedStyle(rect).fill)![1]));
        expect(await lightness('white')).toBeGreaterThan((await lightness('black')) + 0.5); // as on a piano, in the dark, too
        await page.getByRole('button', { name: 'Mute Drums' }).click();
        await page.getByRole('button', { name: 'Solo Vocals' }).click();
        await page.getByRole('heading', { name: 'Take it with you' }).scrollIntoViewIfNeeded();
        await look(page, `mixer-${tag}`);
        await page.evaluate(() => scrollTo(0, 0));
        await page.getByRole('button', { name: 'Chart' }).click();
        await look(page, `chart-${tag}`);
        await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
        await look(page, `keys-${tag}`);

        await fakeService.clear();
        await page.goto(fakeService.url);
        await page.locator('input[type=file]').setInputFiles({ name: 'Ballad.wav', mimeType: 'audio/wav', buffer: fakeSong({ wait_for: '/nowhere', steps: 10, wait_at: 60 }) });
        await expect(page.locator('.percent')).toHaveText(/^[456]0 %, \d s left$/);
        await look(page, `progress-${tag}`);
      });
    });
  }
}

test('dark or light is the user’s choice, and kept', async ({ page, fakeService }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(fakeService.url);
  await page.getByRole('button', { name: 'Dark or light' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('the first view takes little work', async ({ page, fakeService }) => {
  await fakeService.clear();
  await fakeService.upload(fakeSong(), 'Here.wav');
  // CPU time of the page's own thread, as others may work on the machine.
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(fakeService.url);
  await expect(page.getByRole('link', { name: /Here/ })).toBeVisible();
  const { metrics } = await session.send('Performance.getMetrics');
  const cpuSec = metrics.find(({ name }) => name === 'ThreadTime')!.value;
  expect(cpuSec).toBeGreaterThan(0);
  expect(cpuSec).toBeLessThan(1);
  const paintMs = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
  console.log(`first view: painted after ${paintMs.toFixed(0)} ms; CPU ${(1000 * cpuSec).toFixed(0)} ms`);
});

test('a visit loads little', async ({ page, realService, song }) => {
  let bytes = 0;
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/api/')) bytes += (await response.request().sizes()).responseBodySize;
  });
  await openSong(page, realService, song);
  expect(bytes).toBeGreaterThan(30_000);
  expect(bytes).toBeLessThan(250_000);
});
