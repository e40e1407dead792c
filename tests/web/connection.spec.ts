// When the service goes away and comes back, and when it wants a key.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from './fixtures';
import { fakeSong, Service } from './service';

test('a job goes on in the page after the service was away', async ({ page }) => {
  const service = await Service.withFakeTool().start();
  try {
    const gate = join(service.folder, 'gate');
    const { job_id } = await service.upload(fakeSong({ wait_for: gate }), 'Patience.wav');
    await page.goto(`${service.url}/#/song/${job_id}`);
    await expect(page.locator('.percent')).toHaveText(/ s left$/);
    await service.stop();
    await expect(page.getByText('No connection. Trying again …')).toBeVisible();
    writeFileSync(gate, '');
    await service.start();
    await expect(page.getByText('No connection. Trying again …')).toBeHidden();
    await expect(page.getByRole('heading', { name: 'Take it with you' })).toBeVisible();
  } finally {
    await service.remove();
  }
});

test('the list and an upload wait while the browser is offline', async ({ page, context, fakeService }) => {
  await page.goto(fakeService.url);
  await expect(page.getByRole('heading', { name: 'Drop a song.' })).toBeVisible();
  await context.setOffline(true);
  await page.locator('input[type=file]').setInputFiles({ name: 'Later.wav', mimeType: 'audio/wav', buffer: fakeSong() });
  await expect(page.locator('.upload').getByRole('alert')).toContainText('No connection');
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: 'Later' })).toBeVisible();
});

test('what the service refused once can be had again', async ({ page, realService, song }) => {
  const refuseOnce = async (path: string | RegExp) => {
    let isRefused = false;
    await page.route(path, async (route) => {
      if (isRefused) return route.fallback();
      isRefused = true;
      await route.fulfill({ status: 503, headers: { 'Retry-After': '2' }, json: { error: { code: 'unavailable', message: 'the database is away', details: [], request_id: 'x' } } });
    });
  };
  await refuseOnce(/\/api\/v1\/jobs\?/);
  await refuseOnce('**/results');
  await refuseOnce('**/stems/bass?redirect=false');
  const again = page.getByRole('button', { name: 'Try again' });
  await page.goto(realService.url);
  await expect(page.getByRole('alert')).toHaveText('Not right now. The database is away. Try again in 2 seconds.');
  await again.click();
  await page.getByRole('link', { name: /Slow Motion Dream/ }).click();
  await expect(page.getByRole('alert')).toContainText('Not right now');
  await again.click();
  await expect(page.getByText('The stems could not be loaded.')).toBeVisible();
  await again.click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  await expect(page.getByText('The stems could not be loaded.')).toHaveCount(0);
  expect(song.status).toBe('completed');
});

test('a key is asked for, kept, and sent with all that follows', async ({ page, realService, song }) => {
  const KEY = 'sk-right';
  let refused = 0;
  await page.route('**/api/**', async (route) => {
    if ((await route.request().headerValue('x-api-key')) === KEY) return route.continue();
    refused++;
    await route.fulfill({ status: 401, json: { error: { code: 'unauthorized', message: 'a key is needed', details: [], request_id: 'x' } } });
  });
  await page.goto(realService.url);
  const dialog = page.getByRole('dialog', { name: 'API key' });
  await dialog.getByLabel('API key').fill('wrong');
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('did not accept that key');
  await dialog.getByLabel('API key').fill(KEY);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: /Slow Motion Dream/ })).toBeVisible();
  const before = refused;
  await page.goto(`${realService.url}/#/song/${song.job_id}`);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Chords LAB' }).click()]);
  expect(download.suggestedFilename()).toBe('Slow Motion Dream - chords.lab');
  expect(refused).toBe(before);
});

test('who turns the question for a key away is not asked again and again', async ({ page, realService, song }) => {
  let refused = 0;
  await page.route('**/api/v1/jobs**', async (route) => {
    if (new URL(route.request().url()).pathname !== '/api/v1/jobs') {
      refused++;
      return route.fulfill({ status: 401, json: { error: { code: 'unauthorized', message: 'a key is needed', details: [], request_id: 'x' } } });
    }
    const response = await route.fetch();
    const list = (await response.json()) as { jobs: { job_id: string }[] };
    expect(list.jobs.map((job) => job.job_id)).toContain(song.job_id);
    await route.fulfill({ response, json: { ...list, jobs: list.jobs.map((job) => ({ ...job, status: 'processing', progress: 10 })) } });
  });
  await page.goto(realService.url);
  const dialog = page.getByRole('dialog', { name: 'API key' });
  await dialog.click({ position: { x: 8, y: 8 } }); // its own edge is not beside it
  await expect(dialog).toBeVisible();
  await page.mouse.click(4, 4);
  await expect(dialog).toBeHidden();
  const before = refused;
  await page.waitForTimeout(1500);
  await expect(dialog).toBeHidden();
  expect(refused - before).toBeLessThan(5);
});

test('with AUTH=apikey a song is uploaded, watched and listed under its key', async ({ page }) => {
  const service = await Service.withFakeTool({ AUTH: 'apikey' }).start();
  try {
    const { key } = JSON.parse(service.run('keys', 'create', 'me', '--json')) as { key: string };
    await page.goto(service.url);
    const dialog = page.getByRole('dialog', { name: 'API key' });
    await dialog.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('input[type=file]').setInputFiles({ name: 'Mine.wav', mimeType: 'audio/wav', buffer: fakeSong() });
    await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
    await page.goto(service.url);
    await expect(page.getByRole('link', { name: /Mine/ })).toBeVisible();
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget it' }).click();
    await expect(page.getByRole('dialog', { name: 'API key' })).toBeVisible(); // it is asked for again
    await expect(page.getByRole('button', { name: 'Key', exact: true })).toBeHidden();
  } finally {
    await service.remove();
  }
});
