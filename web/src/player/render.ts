// The mix as a WAV file: what is heard now, from the song's start to its end.

import { breathe } from '../lib/breathe';
import { type ClickBeat } from './click';
import { CLICK, type Mix, type PanMatrix, type Part, PARTS, pathOf } from './mix';
import { type Pcm } from './pcm';
import { type StemOutput } from './strand';
import { StretchPlayer } from './stretch';

const BLOCK = 1 << 15;
const HEADER_BYTES = 44;

export interface Rendering {
  stems: ReadonlyMap<Part, Pcm>;
  rateHz: number;
  mix: Mix;
  speed: number;
  semitones: number;
  beats: readonly ClickBeat[];
}

export interface Rendered {
  file: Blob;
  loweredDb: number; // by how much it had to be turned down, so that nothing clips; 0: not at all
}

export function wavHeader(numFrames: number, rateHz: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const text = (offset: number, value: string) => [...value].forEach((sign, i) => view.setUint8(offset + i, sign.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + numFrames * 4, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 2, true); // channels
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, numFrames * 4, true);
  return view.buffer as ArrayBuffer;
}

/** Adds a source to frames of left, right, left, … */
function addTo(mixed: Float32Array, [left, right]: StemOutput, [ll, lr, rl, rr]: PanMatrix, count: number): void {
  for (let i = 0; i < count; i++) {
    mixed[2 * i] += ll * left[i] + lr * right[i];
    mixed[2 * i + 1] += rl * left[i] + rr * right[i];
  }
}

export async function renderMix({ stems, rateHz, mix, speed, semitones, beats }: Rendering): Promise<Rendered> {
  const heard = PARTS.filter((part) => stems.has(part) && pathOf(mix, part));
  const click = beats.length > 0 ? pathOf(mix, CLICK) : null;
  const paths = [...heard.map((part) => pathOf(mix, part)!), ...(click ? [click] : [])];
  const outputs = paths.map((): StemOutput => [new Float32Array(BLOCK), new Float32Array(BLOCK)]);
  const songLength = Math.max(0, ...[...stems.values()].map((pcm) => pcm.left.length));
  const length = Math.round(songLength / speed);
  const mixed = new Float32Array(2 * BLOCK);
  const eachBlock = async (use: (samples: Float32Array) => void) => {
    const player = new StretchPlayer(heard.map((part) => stems.get(part)!), { rateHz, ratio: 1, beats, length: songLength });
    player.setSpeed(speed);
    player.setPitch(semitones);
    player.playAtOnce();
    for (let start = 0; start < length; start += BLOCK) {
      const count = Math.min(BLOCK, length - start);
      player.process(outputs, 0, count);
      mixed.fill(0);
      outputs.forEach((output, n) => addTo(mixed, output, paths[n], count));
      use(mixed.subarray(0, 2 * count));
      await breathe();
    }
  };
  let peak = 0;
  await eachBlock((samples) => {
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  });
  const gain = peak > 1 ? 1 / peak : 1;
  const pieces: BlobPart[] = [wavHeader(length, rateHz)];
  await eachBlock((samples) => {
    pieces.push(Int16Array.from(samples, (sample) => Math.round(sample * gain * 32767)));
  });
  return { file: new Blob(pieces, { type: 'audio/wav' }), loweredDb: 20 * Math.log10(1 / gain) };
}
