// The key of a song, and how notes are spelled in it.

import { FLAT_NAMES, modulo, noteAbove, noteName, pitchClassOf, SHARP_NAMES, type Spelling, withSigns } from './pitch';

export interface Key {
  tonic: number; // pitch class
  mode: 'major' | 'minor';
}

const FLAT_MAJORS = new Set([5, 10, 3, 8, 1]); // F, Bb, Eb, Ab, Db
const FLAT_MINORS = new Set([2, 7, 0, 5, 10, 3]); // D, G, C, F, Bb, Eb
// By semitones above the tonic: letters from the tonic's up. What is foreign to the scale is a lowered degree, or the raised fourth.
const LETTERS_UP = [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6];
const SCALES = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10, 11] }; // the minor one with its leading note

/** Reads "Eb minor", as the service has it; null if it is no key. */
export function parseKey(text: string | null | undefined): Key | null {
  const match = /^([A-G][b#]?) (major|minor)$/.exec(text ?? '');
  const tonic = match && pitchClassOf(match[1]);
  return match && tonic !== null ? { tonic, mode: match[2] as Key['mode'] } : null;
}

export function transposeKey(key: Key, semitones: number): Key {
  return { ...key, tonic: modulo(key.tonic + semitones, 12) };
}

function tonicName({ tonic, mode }: Key): string {
  return noteName(tonic, (mode === 'major' ? FLAT_MAJORS : FLAT_MINORS).has(tonic) ? FLAT_NAMES : SHARP_NAMES);
}

const spellings = new Map<string, Spelling>(); // asked for each chord that is drawn

/** What a musician writes in a key: B flat, not A sharp, in C major; F sharp, not G flat, in G minor. */
export function spellingOf(key: Key | null): Spelling {
  if (!key) return FLAT_NAMES;
  const id = `${key.tonic} ${key.mode}`;
  if (!spellings.has(id)) spellings.set(id, makeSpelling(key));
  return spellings.get(id)!;
}

function makeSpelling(key: Key): Spelling {
  return FLAT_NAMES.map((plain, pitchClass) => {
    const degree = modulo(pitchClass - key.tonic, 12);
    const name = noteAbove(tonicName(key), degree, LETTERS_UP[degree]);
    // A white key has the name of a black one's only where the scale wants it: E sharp in F sharp major.
    return plain.length > 1 || SCALES[key.mode].includes(degree) ? name : plain;
  });
}

/** "B♭ minor". */
export function keyName(key: Key): string {
  return `${withSigns(tonicName(key))} ${key.mode}`;
}
