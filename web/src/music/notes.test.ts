import { describe, expect, it } from 'vitest';

import { findNotes, pitchRange, toPitchTrack } from './notes';

const held = (midi: number | null, frames: number) => new Array<number | null>(frames).fill(midi);
const track = (midi: (number | null)[], cents = 0) => toPitchTrack(midi, midi.map((value) => (value === null ? 0 : 0.9)), 0.01, cents);

describe('notes', () => {
  it('are cut at silence and at steps', () => {
    const notes = findNotes(track([...held(null, 10), ...held(60.1, 30), ...held(62, 20), ...held(null, 5), ...held(62, 20)]));
    expect(notes.map(({ midi, start, end }) => [midi, Math.round(start * 100), Math.round(end * 100)])).toEqual([
      [60, 10, 40],
      [62, 40, 60],
      [62, 65, 85],
    ]);
    expect(notes[0].confidence).toBeCloseTo(0.9);
  });

  it('hold through vibrato', () => {
    const vibrato = Array.from({ length: 100 }, (_, i) => 57 + 0.6 * Math.sin((2 * Math.PI * 6 * i) / 100));
    expect(findNotes(track(vibrato))).toMatchObject([{ midi: 57, start: 0, end: 1 }]);
  });

  it('leave out blips', () => expect(findNotes(track([...held(null, 5), ...held(70, 4), ...held(null, 5)]))).toEqual([]));

  it('follow the tuning of the song', () => expect(findNotes(track(held(60.45, 20), 45))).toMatchObject([{ midi: 60 }]));

  it('have a range without outliers', () => {
    expect(pitchRange(track([...held(50, 500), 99, ...held(62, 500)]))).toEqual([50, 62]);
    expect(pitchRange(track(held(null, 5)))).toBeNull();
  });
});
