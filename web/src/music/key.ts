// The key of a song, and how notes are spelled in it.

import { modulo, noteName, pitchClassOf, type Spelling, withSigns } from './pitch';

export interface Key {
  tonic: number; // pitch class
  mode: 'major' | 'minor';
}

const FLAT_MAJORS = new Set([5, 10, 3, 8, 1]); // F, Bb, Eb, Ab, Db
const FLAT_MINORS = new Set([2, 7, 0, 5, 10, 3]); // D, G, C, F, Bb, Eb

/** Reads "Eb minor", as the service has it; null if it is no key. */
export function parseKey(text: string | null | undefined): Key | null {
  const match = /^([A-G][b#]?) (major|minor)$/.exec(text ?? '');
  const tonic = match && pitchClassOf(match[1]);
  return match && tonic !== null ? { tonic, mode: match[2] as Key['mode'] } : null;
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
