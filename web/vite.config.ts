import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // works behind a proxy at any path
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: addresses for code and fonts
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
  worker: { format: 'es' },
  server: { proxy: Object.fromEntries(['/api', '/health', '/docs', '/openapi.json'].map((path) => [path, 'http://localhost:8000'])) },
  test: { include: ['{src,tools}/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
