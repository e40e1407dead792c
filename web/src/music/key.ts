// The key of a song, guessed from its chords, and how notes are spelled in it.

import { type Chord, pitchClassesOf, parseChord } from './chord';
import { modulo, noteName, type Spelling, withSigns } from './pitch';

export interface Key {
  tonic: number; // pitch class
  mode: 'major' | 'minor';
}

interface TimedLabel {
  start: number;
  end: number;
  label: string;
}

// How much each degree of the scale belongs to it (Temperley's revision of Krumhansl's key profiles).
const PROFILES = {
  major: [5, 2, 3.5, 2, 4.5, 4, 2, 4.5, 2, 3.5, 1.5, 4],
  minor: [5, 2, 3.5, 4.5, 2, 4, 2, 4.5, 3.5, 2, 1.5, 4],
} as const;
const TONIC_BONUS = 0.12; // for the share of time that the tonic chord itself sounds
const FINAL_BONUS = 0.06; // songs like to end at home
const FLAT_MAJORS = new Set([5, 10, 3, 8, 1]); // F, Bb, Eb, Ab, Db
const FLAT_MINORS = new Set([2, 7, 0, 5, 10, 3]); // D, G, C, F, Bb, Eb

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, onlyA, onlyB] = [0, 0, 0];
  a.forEach((value, i) => {
    both += (value - meanA) * (b[i] - meanB);
    onlyA += (value - meanA) ** 2;
    onlyB += (b[i] - meanB) ** 2;
  });
  return onlyA * onlyB > 0 ? both / Math.sqrt(onlyA * onlyB) : 0;
}

const isMinor = (chord: Chord) => chord.intervals.includes(3);

/** Null if there are no chords to tell from. */
export function estimateKey(labels: readonly TimedLabel[]): Key | null {
  const chords = labels.flatMap(({ start, end, label }) => {
    const chord = parseChord(label);
    return chord ? [{ chord, seconds: end - start }] : [];
  });
  const total = chords.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total <= 0) return null;
  const histogram = new Array<number>(12).fill(0);
  for (const { chord, seconds } of chords) {
    for (const pitchClass of pitchClassesOf(chord)) histogram[pitchClass] += seconds;
    histogram[chord.root] += seconds;
  }
  const last = chords[chords.length - 1].chord;
  let best: Key | null = null;
  let bestScore = -Infinity;
  for (const mode of ['major', 'minor'] as const) {
    for (let tonic = 0; tonic < 12; tonic++) {
      const isHome = (chord: Chord) => chord.root === tonic && isMinor(chord) === (mode === 'minor');
      const atHome = chords.reduce((sum, { chord, seconds }) => sum + (isHome(chord) ? seconds : 0), 0) / total;
      const rotated = PROFILES[mode].map((_, i) => histogram[(i + tonic) % 12]);
      const score = correlation(rotated, PROFILES[mode]) + TONIC_BONUS * atHome + (isHome(last) ? FINAL_BONUS : 0);
      if (score > bestScore) [best, bestScore] = [{ tonic, mode }, score];
    }
  }
  return best;
}

export function transposeKey(key: Key, semitones: number): Key {
  return { ...key, tonic: modulo(key.tonic + semitones, 12) };
}

export function spellingOf(key: Key | null): Spelling {
  if (!key) return 'flat';
  return (key.mode === 'major' ? FLAT_MAJORS : FLAT_MINORS).has(key.tonic) ? 'flat' : 'sharp';
}

/** "B♭ minor". */
export function keyName(key: Key): string {
  return `${withSigns(noteName(key.tonic, spellingOf(key)))} ${key.mode}`;
}
