// The mix as a WAV file: what the desk lets through, at full length and the song's own speed.

import { type Mix, type PanMatrix, type Part, PARTS, pathOf } from './mix';
import { type Pcm } from './pcm';

const BLOCK = 1 << 16;
const HEADER_BYTES = 44;

export interface Rendered {
  file: Blob;
  loweredDb: number; // by how much it had to be turned down, so that nothing clips; 0: not at all
}

interface Source {
  pcm: Pcm;
  path: PanMatrix;
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

/** Writes frames [start, start + count) as left, right, left, … into `out`. */
export function mixBlock(sources: readonly Source[], start: number, count: number, out: Float32Array): void {
  out.fill(0, 0, count * 2);
  for (const { pcm, path } of sources) {
    const [ll, lr, rl, rr] = path.map((value) => value * pcm.scale);
    const end = Math.min(count, pcm.left.length - start);
    for (let i = 0; i < end; i++) {
      const [left, right] = [pcm.left[start + i], pcm.right[start + i]];
      out[2 * i] += ll * left + lr * right;
      out[2 * i + 1] += rl * left + rr * right;
    }
  }
}

export async function renderMix(stems: ReadonlyMap<Part, Pcm>, mix: Mix, rateHz: number, fromSec = 0, toSec = Infinity): Promise<Rendered> {
  const sources = PARTS.flatMap((part): Source[] => {
    const [pcm, path] = [stems.get(part), pathOf(mix, part)];
    return pcm && path ? [{ pcm, path }] : [];
  });
  const length = Math.max(0, ...[...stems.values()].map((pcm) => pcm.left.length));
  const first = Math.min(length, Math.round(fromSec * rateHz));
  const last = Math.min(length, Math.round(Math.min(toSec, length) * rateHz));
  const mixed = new Float32Array(2 * BLOCK);
  const eachBlock = async (use: (samples: Float32Array) => void) => {
    for (let start = first; start < last; start += BLOCK) {
      const count = Math.min(BLOCK, last - start);
      mixBlock(sources, start, count, mixed);
      use(mixed.subarray(0, 2 * count));
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  let peak = 0;
  await eachBlock((samples) => {
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  });
  const gain = peak > 1 ? 1 / peak : 1;
  const pieces: BlobPart[] = [wavHeader(last - first, rateHz)];
  await eachBlock((samples) => {
    pieces.push(Int16Array.from(samples, (sample) => Math.round(sample * gain * 32767)));
  });
  return { file: new Blob(pieces, { type: 'audio/wav' }), loweredDb: 20 * Math.log10(1 / gain) };
}
