// The player: what is heard, where, and how fast.

import { expect, level, openSong, position, test, withPlayer } from './fixtures';

test.beforeEach(async ({ page, realService, song }) => {
  await openSong(page, realService, song);
});

test('plays all stems in step, and stops', async ({ page }) => {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeGreaterThan(1);
  for (const stem of ['drums', 'bass', 'other', 'instrumental']) await expect.poll(() => level(page, stem)).toBeGreaterThan(0.001);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect.poll(() => level(page, 'instrumental')).toBe(0);
  const rested = await position(page);
  await expect.poll(() => withPlayer(page, (player) => player.context.currentTime)).toBeGreaterThan(0);
  expect(await position(page)).toBe(rested);
  await expect.poll(() => Math.abs(Number(new URL(page.url()).hash.split('t=')[1]) - rested)).toBeLessThan(0.3);
});

test('a drag of the slider changes the address once', async ({ page }) => {
  await page.evaluate(() => {
    const replace = history.replaceState.bind(history);
    const changes: string[] = ((window as unknown as { changes: string[] }).changes = []);
    history.replaceState = (data, unused, url) => {
      changes.push(String(url));
      replace(data, unused, url);
    };
  });
  const moved = await withPlayer(page, (player) => {
    for (let step = 1; step <= 300; step++) (player as unknown as { seek(sec: number): void }).seek(step / 100);
    return player.position;
  });
  expect(moved).toBeCloseTo(3, 1);
  await expect(page).toHaveURL(/[?&]t=3(\.0\d*)?$/);
  expect(await page.evaluate(() => (window as unknown as { changes: string[] }).changes)).toHaveLength(1);
});

test('is as long as the song', async ({ page }) => {
  const duration = await withPlayer(page, (player) => player.durationSec);
  const shown = (await page.locator('.clock .total').textContent())!;
  expect(shown).toBe('0:10');
  expect(duration).toBeGreaterThan(10.8);
  expect(duration).toBeLessThan(10.95);
});

test('mutes and solos', async ({ page }) => {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => level(page, 'drums')).toBeGreaterThan(0.001);
  await page.getByRole('button', { name: 'Mute Drums' }).click();
  await expect(page.getByRole('button', { name: 'Mute Drums' })).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => level(page, 'drums')).toBeLessThan(1e-4);
  expect(await level(page, 'bass')).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Mute Drums' }).click();
  await expect.poll(() => level(page, 'drums')).toBeGreaterThan(0.001);
  await page.getByRole('button', { name: 'Solo Vocals' }).click();
  await expect.poll(() => level(page, 'instrumental')).toBeLessThan(1e-4);
});

test('has volume and panorama', async ({ page }) => {
  await page.getByRole('slider', { name: 'Volume of Drums' }).fill('0');
  await expect(page.getByRole('slider', { name: 'Volume of Drums' })).toHaveAttribute('aria-valuetext', '−∞ dB');
  await page.getByRole('slider', { name: 'Panorama of Bass' }).fill('-1');
  await expect(page.getByRole('slider', { name: 'Panorama of Bass' })).toHaveAttribute('aria-valuetext', '100 % left');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => level(page, 'bass')).toBeGreaterThan(0.001);
  expect(await level(page, 'drums')).toBeLessThan(1e-4);
});

test('jumps to where the score is clicked', async ({ page }) => {
  await page.locator('canvas.score').click({ position: { x: 500, y: 250 } });
  const first = await position(page);
  expect(first).toBeGreaterThan(1);
  await page.locator('canvas.score').click({ position: { x: 700, y: 250 } });
  expect(await position(page)).toBeGreaterThan(first);
  await page.locator('[data-stem=drums] .timeline').click({ position: { x: 2, y: 10 } });
  expect(await position(page)).toBeLessThan(0.2);
});

test('loops what is marked on the ruler', async ({ page }) => {
  const box = (await page.locator('canvas.score').boundingBox())!;
  await page.mouse.move(box.x + 300, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 350, box.y + 12, { steps: 4 });
  await page.mouse.up();
  const loop = await withPlayer(page, (player) => player.loop.get()!);
  expect(loop.end - loop.start).toBeGreaterThan(0.3);
  expect(loop.end - loop.start).toBeLessThan(2);
  await expect(page.getByRole('button', { name: 'Loop', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'Back to the start' }).click();
  expect(await position(page)).toBeCloseTo(loop.start, 1);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const turns = await page.evaluate(
    ({ start, end }) =>
      new Promise<{ turns: number; outside: number[] }>((resolve) => {
        const { stemscribe: player } = window as unknown as { stemscribe: { position: number } };
        const outside: number[] = [];
        let [last, turns] = [player.position, 0];
        const look = () => {
          const now = player.position;
          if (now < start - 0.05 || now > end + 0.05) outside.push(now);
          if (now < last - 0.1) turns++;
          last = now;
          if (turns >= 3 || outside.length > 0) resolve({ turns, outside });
          else requestAnimationFrame(look);
        };
        look();
      }),
    loop,
  );
  expect(turns).toEqual({ turns: 3, outside: [] });
});

test('plays slower at the same pitch, by the clock of the sound', async ({ page }) => {
  for (let n = 0; n < 6; n++) await page.getByRole('button', { name: 'Speed down' }).click();
  await expect(page.getByRole('group', { name: 'Speed' })).toContainText('70 %');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeGreaterThan(0.5);
  const read = () => withPlayer(page, (player) => ({ at: player.position, time: player.context.currentTime }));
  const first = await read();
  await expect.poll(async () => (await read()).time - first.time).toBeGreaterThan(3);
  const last = await read();
  const rate = (last.at - first.at) / (last.time - first.time);
  expect(rate).toBeGreaterThan(0.66);
  expect(rate).toBeLessThan(0.74);
});

test('stops when a call takes the sound away', async ({ page }) => {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeGreaterThan(0.3);
  await withPlayer(page, (player) => player.context.suspend());
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const rested = await position(page);
  await expect.poll(() => position(page)).toBeGreaterThan(rested + 0.3);
});

test('is heard with a phone\'s ring switch off', async ({ page }) => {
  await page.evaluate(() => Object.defineProperty(navigator, 'audioSession', { value: { type: 'auto' } }));
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  expect(await page.evaluate(() => (navigator as unknown as { audioSession: { type: string } }).audioSession.type)).toBe('playback');
});

test('ends at the end, and starts over', async ({ page }) => {
  await page.getByRole('slider', { name: 'Position' }).fill('10.3');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await expect.poll(() => position(page)).toBeGreaterThan(10.8);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => position(page)).toBeLessThan(9);
});

test('works without an audio thread, as over plain HTTP from elsewhere', async ({ page }) => {
  await page.addInitScript('delete BaseAudioContext.prototype.audioWorklet');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => level(page, 'drums')).toBeGreaterThan(0.001);
  await expect.poll(() => position(page)).toBeGreaterThan(1);
  await page.getByRole('button', { name: 'Mute Drums' }).click();
  await expect.poll(() => level(page, 'drums')).toBeLessThan(1e-4);
});
