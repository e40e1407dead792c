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
    expect(findMeter([], [1, 2])).toEqual({ beatsPerBar: 4, isTold: false, beats: [] });
    expect(findMeter(beats, [0, 4, 8, 12].map((i) => beats[i])).isTold).toBe(false);
  });

  it.each([3, 4])('are told where most chords change on the first of %i beats', (beatsPerBar) => {
    for (const upbeat of [0, 1, 2]) {
      const bars = Array.from({ length: 9 }, (_, bar) => upbeat + bar * beatsPerBar);
      const stray = [upbeat + 1, upbeat + 2 * beatsPerBar - 1];
      const meter = findMeter(beats, [...bars, ...stray].sort((a, b) => a - b).map((i) => beats[i]));
      expect(meter).toMatchObject({ beatsPerBar, isTold: true });
      expect(meter.beats.filter(({ beat }) => beat === 1).map(({ time }) => time)).toEqual(beats.filter((_, i) => i % beatsPerBar === upbeat % beatsPerBar));
    }
  });

  it('are not told where chords change anywhere', () => {
    const anywhere = [0, 1, 3, 6, 8, 11, 13, 14, 17, 22, 24, 27, 31, 34, 37, 40].map((i) => beats[i]);
    expect(findMeter(beats, anywhere).isTold).toBe(false);
  });

  it('finds the nearest', () => {
    expect(nearestIndex([1, 2, 4], 2.9)).toBe(1);
    expect(nearestIndex([1, 2, 4], 3.1)).toBe(2);
    expect(nearestIndex([1, 2, 4], 9)).toBe(2);
    expect(nearestIndex([1, 2, 4], 0)).toBe(0);
    expect(nearestIndex([], 0)).toBe(-1);
  });
});
