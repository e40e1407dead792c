import { defineConfig } from '@playwright/test';

// Debian's browser, and no sound card: Chromium then plays to a clock.
export default defineConfig({
  testDir: '.',
  outputDir: '../../build/web-test-results',
  workers: 1,
  forbidOnly: true,
  timeout: 90_000, // longer than anything here takes on a slow machine
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 860 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--autoplay-policy=no-user-gesture-required', '--no-sandbox'],
    },
    trace: 'retain-on-failure',
  },
});
