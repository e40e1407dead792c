// Where to put the fingers: a playable shape for any chord on a guitar in standard tuning.

import { type Chord, pitchClassesOf } from './chord';
import { modulo } from './pitch';

/** A fret a string, from the low E to the high e; 0 is open, null not played. */
export type Frets = (number | null)[];

export interface GuitarShape {
  frets: Frets;
  barre: number | null; // the fret that one finger holds across
}

const OPEN_STRINGS = [40, 45, 50, 55, 59, 64]; // E A D G B e
const HIGHEST_BASE = 9;
const SPAN = 3; // frets that a hand reaches beyond the first
const FINGERS = 4;

// What everyone plays, where it is not what the search below finds. Keys: pitch class of the root and quality.
const WELL_KNOWN: Record<string, string> = {
  '0 maj': 'x32010', '2 maj': 'xx0232', '4 maj': '022100', '7 maj': '320003', '9 maj': 'x02220', '5 maj': '133211',
  '11 maj': 'x24442', '10 maj': 'x13331', '2 min': 'xx0231', '4 min': '022000', '9 min': 'x02210', '11 min': 'x24432',
  '0 min': 'x35543', '5 min': '133111', '7 min': '355333', '0 7': 'x32310', '2 7': 'xx0212', '4 7': '020100',
  '7 7': '320001', '9 7': 'x02020', '11 7': 'x21202', '0 maj7': 'x32000', '2 maj7': 'xx0222', '5 maj7': 'xx3210',
  '9 maj7': 'x02120', '7 maj7': '320002', '4 min7': '020000', '9 min7': 'x02010', '0 min7': 'x35343', '11 min7': 'x20202', '5 min7': '131111', '7 min7': '353333', '10 min7': 'x13121', '5 7': '131211', '10 7': 'x13131', '10 min': 'x13321', '2 min7': 'xx0211', '2 sus4': 'xx0233',
  '2 sus2': 'xx0230', '9 sus4': 'x02230', '9 sus2': 'x02200', '4 sus4': '022200',
}; // prettier-ignore

function readShape(text: string): Frets {
  return [...text].map((sign) => (sign === 'x' ? null : Number(sign)));
}

function barreOf(frets: Frets): number | null {
  const pressed = frets.filter((fret): fret is number => fret !== null && fret > 0);
  const lowest = Math.min(...pressed);
  const first = frets.indexOf(lowest);
  const last = frets.lastIndexOf(lowest);
  if (pressed.length === 0 || first === last) return null;
  // A finger that lies across must not damp an open string.
  const acrossOpen = frets.slice(first, last + 1).some((fret) => fret === 0 || fret === null);
  const needed = pressed.length > FINGERS || last - first >= 3;
  return !acrossOpen && needed ? lowest : null;
}

function fingersOf(frets: Frets, barre: number | null): number {
  const alone = frets.filter((fret) => fret !== null && fret > 0 && fret !== barre).length;
  return alone + (barre === null ? 0 : 1);
}

/** The tones that make the chord what it is; of a rich one the fifth may go, and of the richest the root's octave. */
function essentialTones(chord: Chord): Set<number> {
  const tones = pitchClassesOf(chord);
  if (tones.size > 3) {
    const fifth = modulo(chord.root + 7, 12);
    if (fifth !== chord.bass) tones.delete(fifth);
  }
  if (tones.size > 5) for (const tone of [...tones].slice(0, tones.size - 5)) if (tone !== chord.bass && tone !== chord.root) tones.delete(tone);
  return tones;
}

/** Lower is better. */
function cost(frets: Frets, barre: number | null): number {
  const pressed = frets.filter((fret): fret is number => fret !== null && fret > 0);
  const position = pressed.length > 0 ? Math.min(...pressed) : 0;
  const span = pressed.length > 0 ? Math.max(...pressed) - position : 0;
  const muted = frets.filter((fret) => fret === null).length;
  const open = frets.filter((fret) => fret === 0).length;
  return position * 1.2 + span * 0.8 + muted * 1.1 + fingersOf(frets, barre) * 0.5 - open * 0.3 + (barre === null ? 0 : 0.6);
}

function* shapesAt(chord: Chord, tones: Set<number>, base: number): Generator<Frets> {
  const choices = OPEN_STRINGS.map((open) => {
    const frets: Frets = [];
    if (tones.has(open % 12)) frets.push(0);
    for (let fret = Math.max(base, 1); fret <= base + SPAN; fret++) if (tones.has((open + fret) % 12)) frets.push(fret);
    return frets;
  });
  for (let lowest = 0; lowest <= 2; lowest++) {
    const basses = choices[lowest].filter((fret) => (OPEN_STRINGS[lowest] + fret!) % 12 === chord.bass);
    const build = function* (frets: Frets): Generator<Frets> {
      if (frets.length === OPEN_STRINGS.length) {
        yield frets;
        return;
      }
      const options = choices[frets.length];
      for (const fret of options) yield* build([...frets, fret]);
      // Only the highest strings may be left out.
      if (frets.length >= 4 && frets.slice(lowest).every((fret) => fret !== null)) {
        yield [...frets, ...new Array<null>(OPEN_STRINGS.length - frets.length).fill(null)];
      }
    };
    for (const bass of basses) yield* build([...new Array<null>(lowest).fill(null), bass]);
  }
}

const found = new Map<string, GuitarShape | null>();

/** The easiest shape that has the chord's bass lowest and all tones that matter; null if a hand has none. */
export function guitarShape(chord: Chord): GuitarShape | null {
  const key = `${chord.root} ${chord.quality} ${chord.bass}`;
  if (!found.has(key)) found.set(key, findShape(chord));
  return found.get(key)!;
}

function findShape(chord: Chord): GuitarShape | null {
  const known = chord.bass === chord.root ? WELL_KNOWN[`${chord.root} ${chord.quality}`] : undefined;
  if (known) {
    const frets = readShape(known);
    return { frets, barre: barreOf(frets) };
  }
  const tones = pitchClassesOf(chord);
  const essential = essentialTones(chord);
  let best: GuitarShape | null = null;
  let bestCost = Infinity;
  for (let base = 1; base <= HIGHEST_BASE; base++) {
    for (const frets of shapesAt(chord, tones, base)) {
      const sounding = new Set(frets.flatMap((fret, string) => (fret === null ? [] : [(OPEN_STRINGS[string] + fret) % 12])));
      if (![...essential].every((tone) => sounding.has(tone))) continue;
      const barre = barreOf(frets);
      if (fingersOf(frets, barre) > FINGERS) continue;
      const price = cost(frets, barre);
      if (price < bestCost) [best, bestCost] = [{ frets, barre }, price];
    }
  }
  return best;
}

/** What sounds, as MIDI numbers from low to high. */
export function soundOf(shape: GuitarShape): number[] {
  return shape.frets.flatMap((fret, string) => (fret === null ? [] : [OPEN_STRINGS[string] + fret]));
}
