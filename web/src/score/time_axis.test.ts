import { describe, expect, it } from 'vitest';

import { MAX_PX_PER_SEC, MIN_PX_PER_SEC, TimeAxis } from './time_axis';

describe('the time axis', () => {
  const axis = TimeAxis.of(240, 800, 40, 100);

  it('maps there and back', () => {
    expect(axis.toX(100)).toBe(0);
    expect(axis.toX(110)).toBe(400);
    expect(axis.toSeconds(400)).toBe(110);
    expect(axis.endSec).toBe(120);
  });

  it('never shows what lies outside of the song', () => {
    expect(TimeAxis.of(240, 800, 40, -5).startSec).toBe(0);
    expect(TimeAxis.of(240, 800, 40, 239).startSec).toBe(220);
    expect(axis.toSeconds(1e6)).toBe(240);
    expect(TimeAxis.of(240, 8000, 1).pxPerSec).toBeCloseTo(8000 / 240);
    expect(TimeAxis.of(10, 800, 20).endSec).toBe(10);
  });

  it('zooms about a point', () => {
    for (const factor of [0.5, 1.3, 4]) {
      const zoomed = axis.zoomedAt(300, factor);
      expect(zoomed.toSeconds(300)).toBeCloseTo(axis.toSeconds(300), 9);
      expect(zoomed.pxPerSec).toBeCloseTo(40 * factor, 9);
    }
    expect(axis.zoomedAt(300, 1e6).pxPerSec).toBe(MAX_PX_PER_SEC);
    expect(axis.zoomedAt(300, 1e-6).pxPerSec).toBe(MIN_PX_PER_SEC);
  });

  it('scrolls with the music, and rests at both ends', () => {
    expect(axis.following(120).toX(120)).toBeCloseTo(0.35 * 800);
    expect(axis.following(2).startSec).toBe(0);
    expect(axis.following(239).endSec).toBe(240);
  });

  it('pans and widens', () => {
    expect(axis.panned(80).startSec).toBe(102);
    expect(axis.withWidth(400).endSec).toBe(110);
  });
});
