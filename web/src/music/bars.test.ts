import { describe, expect, it } from 'vitest';

import { meterOf, nearestIndex } from './bars';

const beats = Array.from({ length: 16 }, (_, i) => 0.7 + i * 0.5);
const at = (...indices: number[]) => indices.map((i) => beats[i]);

describe('bars', () => {
  it('begin at downbeats, after an upbeat that is counted backwards', () => {
    const meter = meterOf(beats, at(2, 6, 10, 14), 4);
    expect(meter).toMatchObject({ beatsPerBar: 4, isTold: true });
    expect(meter.beats.slice(0, 4).map(({ bar, beat }) => [bar, beat])).toEqual([[0, 3], [0, 4], [1, 1], [1, 2]]);
    expect(meter.beats[10]).toMatchObject({ bar: 3, beat: 1 });
  });

  it('may have three beats, or one too many', () => {
    const meter = meterOf(beats, at(0, 3, 7, 10), 3);
    expect(meter.beatsPerBar).toBe(3);
    expect(meter.beats.slice(3, 8).map(({ bar, beat }) => [bar, beat])).toEqual([[2, 1], [2, 2], [2, 3], [2, 4], [3, 1]]);
  });

  it('are counted by four where none are heard', () => {
    const meter = meterOf(beats, [], 0);
    expect(meter).toMatchObject({ beatsPerBar: 4, isTold: false });
    expect(meter.beats.slice(3, 5).map(({ bar, beat }) => [bar, beat])).toEqual([[1, 4], [2, 1]]);
    expect(meterOf([], [], 0)).toEqual({ beatsPerBar: 4, isTold: false, beats: [] });
  });

  it('finds the nearest', () => {
    expect(nearestIndex([1, 2, 4], 2.9)).toBe(1);
    expect(nearestIndex([1, 2, 4], 3.1)).toBe(2);
    expect(nearestIndex([1, 2, 4], 9)).toBe(2);
    expect(nearestIndex([1, 2, 4], 0)).toBe(0);
    expect(nearestIndex([], 0)).toBe(-1);
  });
});
