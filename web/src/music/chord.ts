// Chords in Harte's syntax ("Bb:maj7/3"): their notes, their names, and both transposed.

import { modulo, noteAbove, noteName, pitchClassOf, type Spelling, withSigns } from './pitch';

export interface Chord {
  root: number; // pitch class
  quality: string; // "maj", "min7", "sus4(b7)", …
  intervals: number[]; // semitones above the root, rising
  bass: number; // pitch class
}

/** The parts of a name as it is set: a root, what stands above the line, and a bass if it is another note. */
export interface ChordName {
  root: string;
  suffix: string;
  bass: string | null;
}

interface Quality {
  intervals: number[];
  suffix: string;
}

const QUALITIES: Record<string, Quality> = {
  maj: { intervals: [0, 4, 7], suffix: '' },
  min: { intervals: [0, 3, 7], suffix: 'm' },
  dim: { intervals: [0, 3, 6], suffix: '°' },
  aug: { intervals: [0, 4, 8], suffix: '+' },
  sus2: { intervals: [0, 2, 7], suffix: 'sus2' },
  sus4: { intervals: [0, 5, 7], suffix: 'sus4' },
  maj6: { intervals: [0, 4, 7, 9], suffix: '6' },
  min6: { intervals: [0, 3, 7, 9], suffix: 'm6' },
  '7': { intervals: [0, 4, 7, 10], suffix: '7' },
  maj7: { intervals: [0, 4, 7, 11], suffix: 'maj7' },
  min7: { intervals: [0, 3, 7, 10], suffix: 'm7' },
  minmaj7: { intervals: [0, 3, 7, 11], suffix: 'm(maj7)' },
  dim7: { intervals: [0, 3, 6, 9], suffix: '°7' },
  hdim7: { intervals: [0, 3, 6, 10], suffix: 'm7b5' },
  '9': { intervals: [0, 4, 7, 10, 14], suffix: '9' },
  maj9: { intervals: [0, 4, 7, 11, 14], suffix: 'maj9' },
  min9: { intervals: [0, 3, 7, 10, 14], suffix: 'm9' },
  '11': { intervals: [0, 4, 7, 10, 14, 17], suffix: '11' },
  maj11: { intervals: [0, 4, 7, 11, 14, 17], suffix: 'maj11' },
  min11: { intervals: [0, 3, 7, 10, 14, 17], suffix: 'm11' },
  '13': { intervals: [0, 4, 7, 10, 14, 21], suffix: '13' },
  maj13: { intervals: [0, 4, 7, 11, 14, 21], suffix: 'maj13' },
  min13: { intervals: [0, 3, 7, 10, 14, 21], suffix: 'm13' },
  '5': { intervals: [0, 7], suffix: '5' },
  '1': { intervals: [0], suffix: '' },
};
const NAMED_EXTENSIONS: Record<string, string> = { 'sus4(b7)': '7sus4', 'sus2(b7)': '7sus2', 'maj(9)': 'add9', 'min(9)': 'madd9', 'sus4(b7,9)': '9sus4' };
const DEGREES = [0, 2, 4, 5, 7, 9, 11];

/** "b7" -> 10, "9" -> 14; null if it is no degree. */
function degreeToSemitones(degree: string): number | null {
  const match = /^([b#]*)(\d{1,2})$/.exec(degree);
  if (!match) return null;
  const number = Number(match[2]) - 1;
  if (number < 0) return null;
  let value = DEGREES[number % 7] + 12 * Math.floor(number / 7);
  for (const sign of match[1]) value += sign === '#' ? 1 : -1;
  return value;
}

/** Null for "N" (no chord), "X", and what is no chord. */
export function parseChord(label: string): Chord | null {
  const match = /^([A-G][b#]*)(?::([a-z0-9]*)(?:\(([^)]*)\))?)?(?:\/([b#]*\d+))?$/.exec(label);
  if (!match) return null;
  const [, rootName, family = '', extension, bassDegree] = match;
  const base = QUALITIES[family || (extension === undefined ? 'maj' : '1')];
  const root = pitchClassOf(rootName);
  if (!base || root === null) return null;
  const intervals = new Set(base.intervals);
  for (const degree of extension?.split(',') ?? []) {
    const value = degreeToSemitones(degree.replace('*', ''));
    if (value === null) return null;
    if (degree.startsWith('*')) intervals.delete(value);
    else intervals.add(value);
  }
  const bass = bassDegree ? degreeToSemitones(bassDegree) : 0;
  if (bass === null) return null;
  return {
    root,
    quality: (family || 'maj') + (extension === undefined ? '' : `(${extension})`),
    intervals: [...intervals].sort((a, b) => a - b),
    bass: modulo(root + bass, 12),
  };
}

export function transposeChord(chord: Chord, semitones: number): Chord {
  return { ...chord, root: modulo(chord.root + semitones, 12), bass: modulo(chord.bass + semitones, 12) };
}

export function pitchClassesOf(chord: Chord): Set<number> {
  return new Set([chord.bass, ...chord.intervals.map((interval) => modulo(chord.root + interval, 12))]);
}

export function suffixOf(quality: string): string {
  const named = NAMED_EXTENSIONS[quality];
  if (named) return named;
  const [, family, extension] = /^([^(]*)(\(.*\))?$/.exec(quality)!;
  return (QUALITIES[family]?.suffix ?? family) + (extension ?? '');
}

// Letters from the root up to a tone, by its semitones: a third, be it small or large, is two.
const LETTERS_UP = [0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6];

function toneName(root: string, interval: number, intervals: readonly number[]): string {
  const isRaisedFifth = interval === 8 && intervals.includes(4) && !intervals.includes(7);
  return withSigns(noteAbove(root, interval, isRaisedFifth ? 4 : LETTERS_UP[modulo(interval, 12)]));
}

/** The notes of a chord from its root up: "D", "F♯", "A". */
export function tonesOf({ root, intervals }: Chord, spelling: Spelling): string[] {
  return intervals.map((interval) => toneName(noteName(root, spelling), interval, intervals));
}

export function nameOf(chord: Chord, spelling: Spelling): ChordName {
  return {
    root: withSigns(noteName(chord.root, spelling)),
    suffix: withSigns(suffixOf(chord.quality)).replace('m7♭5', 'm7(♭5)'),
    bass: chord.bass === chord.root ? null : toneName(noteName(chord.root, spelling), modulo(chord.bass - chord.root, 12), chord.intervals),
  };
}

export function plainName(name: ChordName): string {
  return name.root + name.suffix + (name.bass ? `/${name.bass}` : '');
}

/** For a screen reader: "B flat minor 7 over F". */
export function spokenName(name: ChordName): string {
  const say = (text: string) => text.replace(/♭/g, ' flat').replace(/♯/g, ' sharp');
  const suffix = name.suffix
    .replace(/^m(?!aj)/, ' minor ')
    .replace('maj', ' major ')
    .replace('°', ' diminished ')
    .replace('+', ' augmented ')
    .replace(/sus(\d)/, ' suspended $1');
  return `${say(name.root)}${say(suffix) || ' major'}${name.bass ? ` over ${say(name.bass)}` : ''}`.replace(/ +/g, ' ').trim();
}
