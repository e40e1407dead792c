import { describe, expect, it } from 'vitest';

import { type Pcm } from './pcm';
import { frequencyOf, noise, RATE, run, tone } from './sounds_for_tests';
import { StretchPlayer } from './stretch';

function changed(stems: Pcm[], semitones: number, seconds: number, speed = 1): Float32Array[] {
  const player = new StretchPlayer(stems);
  player.setPitch(semitones);
  player.setSpeed(speed);
  player.playAtOnce();
  return run(player, stems.length, seconds * RATE);
}

/** Plucked notes of one pitch, half a second apart. */
function plucks(frequencyHz: number, seconds: number): Pcm {
  const left = Int16Array.from({ length: seconds * RATE }, (_, i) => {
    const t = (i / RATE) % 0.5;
    return Math.round(20000 * Math.exp(-8 * t) * Math.sin(2 * Math.PI * frequencyHz * t) * Math.min(1, t * 400));
  });
  return { left, right: left, scale: 1 / 32767 };
}

/** Where it gets loud, by the energy of 5 ms. */
function attacks(samples: Float32Array): number[] {
  const step = 220;
  const energies = Array.from({ length: Math.floor(samples.length / step) }, (_, n) => samples.subarray(n * step, (n + 1) * step).reduce((sum, value) => sum + value * value, 0));
  return energies.flatMap((energy, n) => (n > 1 && energy > 8 * energies[n - 2] && energy > 5 && !(energies[n - 1] > 8 * (energies[n - 3] ?? 0) && energies[n - 1] > 5) ? [(n * step) / RATE] : []));
}

describe('another key', () => {
  it.each([-7, -3, -1, 2, 5])('moves the pitch by %d semitones, at the same length and loudness', (semitones) => {
    const [output] = changed([tone(440, 5)], semitones, 3);
    const steady = output.subarray(RATE / 2);
    expect(1200 * Math.log2(frequencyOf(steady) / 440) / 100).toBeCloseTo(semitones, 1);
    const peaks = Array.from({ length: 50 }, (_, n) => steady.subarray(n * 2000, (n + 1) * 2000).reduce((peak, value) => Math.max(peak, Math.abs(value)), 0));
    expect(Math.max(...peaks)).toBeLessThan(0.38);
    expect(Math.min(...peaks)).toBeGreaterThan(0.34);
  });

  it('leaves drums as they are, to the sample', () => {
    const drums = { ...noise(2, 3), isUnpitched: true };
    const [, output] = changed([tone(220, 2), drums], 4, 1);
    for (let i = 0; i < output.length; i += 3) expect(output[i]).toBe(Math.fround(Math.fround(drums.left[i] * drums.scale)));
  });

  it.each([
    [-4, 1, 0.025],
    [3, 1, 0.025],
    [3, 0.7, 0.04],
  ])('keeps what is played in time (%d semitones, speed %d)', (semitones, speed, mostSec) => {
    const found = attacks(changed([plucks(110, 8), { ...noise(8, 2), isUnpitched: true }], semitones, 5, speed)[0]);
    expect(found.length).toBeGreaterThanOrEqual(6);
    for (const at of found) {
      const beat = Math.round((at * speed) / 0.5) * 0.5;
      expect(Math.abs(at - beat / speed)).toBeLessThan(mostSec);
    }
  });

  it('changes while it plays, without a click, and goes back to what went in', () => {
    const song = tone(150, 6);
    const player = new StretchPlayer([song]);
    player.play();
    run(player, 1, 20000);
    player.setPitch(2);
    const [there] = run(player, 1, 20000);
    player.setPitch(0);
    const [back] = run(player, 1, 20000);
    for (const output of [there, back]) {
      const steps = output.slice(1).map((value, i) => Math.abs(value - output[i]));
      expect(Math.max(...steps)).toBeLessThan(0.02);
    }
    const place = Math.round(player.position);
    const [last] = run(player, 1, 2000);
    for (let i = 0; i < last.length; i++) expect(last[i]).toBe(Math.fround(Math.fround(song.left[place + i] * song.scale)));
  });
});
