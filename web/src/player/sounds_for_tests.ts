// Sounds whose truth is known, and what is measured of them. For tests only.

import { type Pcm } from './pcm';
import { type StemOutput } from './strand';
import { type StretchPlayer } from './stretch';

export const RATE = 44100;
export const RAMP = 256;

export function tone(frequencyHz: number, seconds: number, amplitude = 12000): Pcm {
  const left = Int16Array.from({ length: Math.round(seconds * RATE) }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / RATE)));
  return { left, right: left.map((value) => -value), scale: 1 / 32767 };
}

export function noise(seconds: number, seed: number): Pcm {
  let state = seed;
  const left = Int16Array.from({ length: Math.round(seconds * RATE) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) - 32768;
  });
  return { left, right: left, scale: 1 / 32767 };
}

/** All of what is put out, in blocks as an audio thread asks for them. */
export function run(player: StretchPlayer, numStems: number, count: number): Float32Array[] {
  const all = Array.from({ length: numStems }, () => new Float32Array(count));
  for (let done = 0; done < count; done += 128) {
    const block = Math.min(128, count - done);
    const outputs = all.map((stem): StemOutput => [stem.subarray(done, done + block), new Float32Array(block)]);
    player.process(outputs, 0, block);
  }
  return all;
}

/** Upward zero crossings a second. */
export function frequencyOf(samples: Float32Array): number {
  const crossings: number[] = [];
  for (let i = 1; i < samples.length; i++) {
    if (samples[i - 1] < 0 && samples[i] >= 0) crossings.push(i - samples[i] / (samples[i] - samples[i - 1]));
  }
  return ((crossings.length - 1) * RATE) / (crossings[crossings.length - 1] - crossings[0]);
}
