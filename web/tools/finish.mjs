// Ends the build: the fonts' licences beside the fonts, and a compressed twin beside each text file, which the service
// sends in its place. Fails if the page gets too large.
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 250_000; // of all that a visit may load
const folder = process.argv[2];
for (const font of ['@fontsource/instrument-serif', '@fontsource-variable/instrument-sans']) {
  copyFileSync(join('node_modules', font, 'LICENSE'), join(folder, 'assets', `${font.split('/')[1]}-licence.txt`));
}
let total = 0;
for (const name of readdirSync(folder, { recursive: true })) {
  const file = join(folder, name);
  if (!statSync(file).isFile()) continue;
  const content = readFileSync(file);
  const compressed = /\.(html|js|css|svg)$/.test(name) ? gzipSync(content, { level: 9 }) : null;
  if (compressed) writeFileSync(`${file}.gz`, compressed);
  total += (compressed ?? content).length;
}
if (total > MOST_BYTES) {
  console.error(`the page has ${total} bytes, compressed; ${MOST_BYTES} are allowed`);
  process.exit(1);
}
