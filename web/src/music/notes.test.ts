import { describe, expect, it } from 'vitest';

import { pitchRange, toPitchTrack } from './notes';

const held = (midi: number | null, frames: number) => new Array<number | null>(frames).fill(midi);
const track = (midi: (number | null)[], cents = 0) => toPitchTrack(midi, midi.map((value) => (value === null ? 0 : 0.9)), 0.01, cents);

describe('the pitch curve', () => {
  it('is in the tuning of the song, with gaps where nobody sings', () => {
    const { midi, confidence } = track([...held(null, 2), ...held(60.45, 2)], 45);
    expect([...midi]).toEqual([NaN, NaN, 60, 60]);
    expect([...confidence]).toEqual([0, 0, 0.9, 0.9].map(Math.fround));
  });

  it('has a range without outliers', () => {
    expect(pitchRange(track([...held(50, 500), 99, ...held(62, 500)]))).toEqual([50, 62]);
    expect(pitchRange(track(held(null, 5)))).toBeNull();
  });
});
