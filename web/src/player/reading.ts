// Reads the sound of a song at any place, on through the end of a loop to its start.

import { modulo } from '../music/pitch';
import { type Pcm } from './pcm';

const LOOP_FADE = 256; // samples over which the end of a loop turns into its start

export interface Loop {
  start: number; // samples
  end: number;
  isRepeat?: boolean; // its start was come to from its end, so what lies before the start is the end
}

export const SHORTEST_LOOP = 2 * LOOP_FADE;

/** A place past the loop's end, or before its start in a repeat, as one within it. */
export function wrap(place: number, loop: Loop | null): number {
  if (!loop || (place < loop.end && (place >= loop.start || !loop.isRepeat))) return place;
  return loop.start + modulo(place - loop.start, loop.end - loop.start);
}

/** At a whole place. */
function sampleAt(samples: Int16Array, place: number, loop: Loop | null): number {
  const within = wrap(place, loop);
  const sample = within >= 0 && within < samples.length ? samples[within] : 0;
  if (!loop || within < loop.start) return sample;
  const left = loop.end - within; // samples before it starts over
  if (left > LOOP_FADE) return sample;
  const before = loop.start - left;
  const share = 1 - left / LOOP_FADE;
  return sample * (1 - share) + (before >= 0 ? samples[before] : 0) * share;
}

/** At any place: a cubic through the four samples around it (Catmull and Rom's). */
export function readAt(samples: Int16Array, place: number, loop: Loop | null): number {
  const whole = Math.floor(place);
  const t = place - whole;
  const b = sampleAt(samples, whole, loop);
  if (t === 0) return b;
  const a = sampleAt(samples, whole - 1, loop);
  const c = sampleAt(samples, whole + 1, loop);
  const d = sampleAt(samples, whole + 2, loop);
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

const RIGHT_SHARE = 0.7; // in a sum that is compared: not 1, or a song of opposite channels would be silence there

/** The sum of all stems and channels at every `rate`-th place from `start` on, as amplitudes; to the nearest sample. */
export function readSum(stems: readonly Pcm[], start: number, rate: number, loop: Loop | null, out: Float32Array): void {
  out.fill(0);
  for (const { left, right, scale } of stems) {
    for (let i = 0; i < out.length; i++) {
      const place = wrap(Math.round(start + i * rate), loop);
      if (place >= 0 && place < left.length) out[i] += (left[place] + RIGHT_SHARE * right[place]) * scale;
    }
  }
}
