// Which keys of a piano make a chord: the bass, then the chord close above it.

import { type Chord } from './chord';
import { modulo } from './pitch';

export const KEYBOARD_KEYS = 24; // two octaves from C

/** Keys 0 (C) to 23 (B), rising; the first is the bass. */
export function pianoKeys(chord: Chord): number[] {
  const keys = [chord.bass];
  const above = chord.intervals.map((interval) => modulo(chord.root + interval, 12)).filter((tone) => tone !== chord.bass);
  const start = chord.bass === chord.root ? 0 : rotationStart(above, chord.bass);
  for (let i = 0; i < above.length; i++) {
    const tone = above[(i + start) % above.length];
    const last = keys[keys.length - 1];
    const next = last + modulo(tone - last, 12);
    keys.push(next < KEYBOARD_KEYS ? next : modulo(tone, 12) + 12);
  }
  return [...new Set(keys)].sort((a, b) => a - b);
}

/** The tone that comes next above the bass, so that an inversion is close. */
function rotationStart(tones: number[], bass: number): number {
  const distances = tones.map((tone) => modulo(tone - bass, 12));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}
