import { describe, expect, it } from 'vitest';

import { nameOf, parseChord, pitchClassesOf, plainName, spokenName, tonesOf, transposeChord } from './chord';
import { FLAT_NAMES, SHARP_NAMES, type Spelling } from './pitch';

const named = (label: string, spelling: Spelling = FLAT_NAMES) => plainName(nameOf(parseChord(label)!, spelling));

describe('chords', () => {
  it.each([
    ['C:maj', 'C'],
    ['Bb:min', 'B♭m'],
    ['F#:7', 'G♭7'],
    ['G:maj/b7', 'G/F'],
    ['D:min7/5', 'Dm7/A'],
    ['A:hdim7', 'Am7(♭5)'],
    ['E:sus4(b7)', 'E7sus4'],
    ['C:maj(9)', 'Cadd9'],
    ['C', 'C'],
    ['E:dim7', 'E°7'],
  ])('%s is written %s', (label, name) => expect(named(label)).toBe(name));

  it('knows what is no chord', () => {
    for (const label of ['N', 'X', '', 'H:maj', 'C:strange', 'C:maj/x']) expect(parseChord(label), label).toBeNull();
  });

  it('has the notes of the chord and its bass', () => {
    expect([...pitchClassesOf(parseChord('G:maj/b7')!)].sort((a, b) => a - b)).toEqual([2, 5, 7, 11]);
    expect([...pitchClassesOf(parseChord('C:sus4(b7,9)')!)].sort((a, b) => a - b)).toEqual([0, 2, 5, 7, 10]);
    expect([...pitchClassesOf(parseChord('A:min(*b3,11)')!)].sort((a, b) => a - b)).toEqual([2, 4, 9]);
  });

  it('transposes root and bass, round the octave', () => {
    const chord = transposeChord(parseChord('Bb:maj/3')!, 3);
    expect(plainName(nameOf(chord, FLAT_NAMES))).toBe('D♭/F');
    expect(transposeChord(chord, -3)).toEqual(parseChord('Bb:maj/3'));
    expect(transposeChord(chord, 12)).toEqual(chord);
  });

  it('spells as asked', () => expect(named('Eb:min/b3', SHARP_NAMES)).toBe('D♯m/F♯'));

  it.each([
    ['D:maj', 'D F♯ A'],
    ['A:7', 'A C♯ E G'],
    ['Db:min', 'D♭ F♭ A♭'],
    ['Eb:min', 'E♭ G♭ B♭'],
    ['C:aug', 'C E G♯'],
    ['B:dim', 'B D F'],
    ['G:sus4', 'G C D'],
    ['Bb:maj7', 'B♭ D F A'],
    ['C:9', 'C E G B♭ D'],
  ])('%s is spelled in thirds, in a flat key, too', (label, tones) => expect(tonesOf(parseChord(label)!, FLAT_NAMES).join(' ')).toBe(tones));

  it('spells a bass by its chord', () => {
    expect(named('A:maj/3')).toBe('A/C♯');
    expect(named('D:7/3')).toBe('D7/F♯');
    expect(named('F:maj/5')).toBe('F/C');
  });

  it('can be read aloud', () => {
    expect(spokenName(nameOf(parseChord('Bb:min7/5')!, FLAT_NAMES))).toBe('B flat minor 7 over F');
    expect(spokenName(nameOf(parseChord('C:maj')!, FLAT_NAMES))).toBe('C major');
  });
});
