// Sound in memory: 16 bits a sample are half of what the browser's floats take, and a scale keeps peaks above 1.

import { breathe } from '../lib/breathe';

export const RATE_HZ = 44100;

export interface Pcm {
  left: Int16Array;
  right: Int16Array; // the same array for mono
  scale: number; // sample * scale is the amplitude
  isUnpitched?: boolean; // drums: another key leaves them alone
}

/** Peaks of equal pieces of the song, 0 to 1 and above, for a waveform. */
export interface Peaks {
  perSec: number;
  values: Float32Array;
}

export const PEAKS_PER_SEC = 50;

/** Shared with the audio thread where the browser allows it, else the audio thread gets a copy. */
function makeInt16(length: number): Int16Array {
  return globalThis.crossOriginIsolated ? new Int16Array(new SharedArrayBuffer(2 * length)) : new Int16Array(length);
}

function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]));
  return peak;
}

async function toInt16(samples: Float32Array, scale: number): Promise<Int16Array> {
  const result = makeInt16(samples.length);
  const block = 1 << 21;
  for (let start = 0; start < samples.length; start += block) {
    const end = Math.min(samples.length, start + block);
    for (let i = start; i < end; i++) result[i] = Math.round(samples[i] / scale);
    await breathe();
  }
  return result;
}

export function peaksOf(pcm: Pcm, rateHz: number): Peaks {
  const step = Math.round(rateHz / PEAKS_PER_SEC);
  const values = new Float32Array(Math.ceil(pcm.left.length / step));
  for (let n = 0; n < values.length; n++) {
    let peak = 0;
    const end = Math.min(pcm.left.length, (n + 1) * step);
    for (let i = n * step; i < end; i += 2) peak = Math.max(peak, Math.abs(pcm.left[i]), Math.abs(pcm.right[i]));
    values[n] = peak * pcm.scale;
  }
  return { perSec: rateHz / step, values };
}

export async function toPcm(channels: readonly Float32Array[]): Promise<Pcm> {
  const peak = Math.max(1e-6, ...channels.map(peakOf));
  const scale = peak / 32767;
  const left = await toInt16(channels[0], scale);
  const right = channels.length > 1 ? await toInt16(channels[1], scale) : left;
  return { left, right, scale };
}
