import { describe, expect, it } from 'vitest';

import { findMeter, nearestIndex } from './bars';

const beats = Array.from({ length: 48 }, (_, i) => 0.7 + i * 0.5);

describe('bars', () => {
  it('begin where chords change', () => {
    const { beatsPerBar, beats: counted } = findMeter(beats, [2, 6, 10, 14, 22].map((i) => beats[i] + 0.05));
    expect(beatsPerBar).toBe(4);
    expect(counted.slice(0, 4).map(({ bar, beat }) => [bar, beat])).toEqual([[0, 3], [0, 4], [1, 1], [1, 2]]);
    expect(counted[10]).toMatchObject({ bar: 3, beat: 1 });
  });

  it('have three beats in a waltz', () => {
    const { beatsPerBar, beats: counted } = findMeter(beats, [1, 4, 7, 10, 13, 16, 22, 28].map((i) => beats[i]));
    expect(beatsPerBar).toBe(3);
    expect(counted[1]).toMatchObject({ bar: 1, beat: 1 });
  });

  it('have four where little is known', () => {
    expect(findMeter(beats, []).beatsPerBar).toBe(4);
    expect(findMeter([], [1, 2])).toEqual({ beatsPerBar: 4, beats: [] });
  });

  it('finds the nearest', () => {
    expect(nearestIndex([1, 2, 4], 2.9)).toBe(1);
    expect(nearestIndex([1, 2, 4], 3.1)).toBe(2);
    expect(nearestIndex([1, 2, 4], 9)).toBe(2);
    expect(nearestIndex([1, 2, 4], 0)).toBe(0);
    expect(nearestIndex([], 0)).toBe(-1);
  });
});
