import { describe, expect, it } from 'vitest';

import { type Chord, parseChord, pitchClassesOf } from './chord';
import { guitarShape, soundOf } from './guitar';
import { pianoKeys } from './piano';
import { FLAT_NAMES, noteName } from './pitch';

const QUALITIES = ['maj', 'min', '7', 'maj7', 'min7', 'dim', 'aug', 'sus2', 'sus4', 'maj6', 'min6', '9', 'maj9', 'min9', 'dim7', 'hdim7', 'sus4(b7)', 'maj/3', 'maj/5', 'min/b3', 'min/5', 'maj/b7', 'maj/2', '11', '13'];
const chords = QUALITIES.flatMap((quality) => Array.from({ length: 12 }, (_, root) => parseChord(`${noteName(root, FLAT_NAMES)}:${quality}`)!));
const describeShape = (chord: Chord) => guitarShape(chord)!.frets.map((fret) => fret ?? 'x').join('');

describe('guitar shapes', () => {
  it.each([
    ['C:maj', 'x32010'],
    ['A:min', 'x02210'],
    ['F:maj', '133211'],
    ['Bb:maj', 'x13331'],
    ['Eb:maj', 'xx1343'],
    ['F#:min', '244222'],
    ['D:maj/3', '200232'],
    ['C:maj/5', '332010'],
  ])('%s is %s', (label, shape) => expect(describeShape(parseChord(label)!)).toBe(shape));

  it('exist for every chord, with its bass lowest, nothing but its notes, and four fingers', () => {
    for (const chord of chords) {
      const shape = guitarShape(chord);
      const name = `${chord.root} ${chord.quality} ${chord.bass}`;
      expect(shape, name).not.toBeNull();
      const sound = soundOf(shape!);
      expect(sound[0] % 12, name).toBe(chord.bass);
      for (const note of sound) expect(pitchClassesOf(chord), name).toContain(note % 12);
      const pressed = new Set(shape!.frets.flatMap((fret, string) => (fret && fret !== shape!.barre ? [string] : [])));
      expect(pressed.size + (shape!.barre === null ? 0 : 1), name).toBeLessThanOrEqual(4);
      const frets = shape!.frets.filter((fret): fret is number => fret !== null && fret > 0);
      expect(Math.max(...frets) - Math.min(...frets), name).toBeLessThanOrEqual(3);
    }
  });
});

describe('piano keys', () => {
  it('are the bass and the chord above it', () => {
    expect(pianoKeys(parseChord('C:maj')!)).toEqual([0, 4, 7]);
    expect(pianoKeys(parseChord('C:maj/3')!)).toEqual([4, 7, 12]);
    expect(pianoKeys(parseChord('G:maj/b7')!)).toEqual([5, 7, 11, 14]);
  });

  it('have all notes of every chord, and fit', () => {
    for (const chord of chords) {
      const keys = pianoKeys(chord);
      expect(new Set(keys.map((key) => key % 12))).toEqual(pitchClassesOf(chord));
      expect(keys[0] % 12).toBe(chord.bass);
      expect(Math.max(...keys)).toBeLessThan(24);
    }
  });
});
