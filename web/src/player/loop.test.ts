import { describe, expect, it } from 'vitest';

import { type Pcm } from './pcm';
import { RATE, run } from './sounds_for_tests';
import { StretchPlayer } from './stretch';

const loop = { start: 44100, end: 44100 + 33075 };
const hits = [0, 1, 2].map((n) => loop.start + n * 11025);
const PASSES = 20;

/** Blows of decaying noise over a low hum. */
function blows(seconds: number, at: readonly number[]): Pcm {
  let state = 5;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const left = Int16Array.from({ length: seconds * RATE }, (_, i) => {
    const along = i - Math.max(-Infinity, ...at.filter((place) => place <= i));
    return Math.round(800 * Math.sin((2 * Math.PI * 70 * i) / RATE) + 20000 * Math.exp(-along / 900) * random());
  });
  return { left, right: left, scale: 1 / 32767 };
}

/** Where it gets loud at once, by the energy of 3 ms, in samples. */
function onsets(samples: Float32Array): number[] {
  const step = 128;
  const energies = Array.from({ length: Math.floor(samples.length / step) }, (_, n) => samples.subarray(n * step, (n + 1) * step).reduce((sum, value) => sum + value * value, 0));
  const found: number[] = [];
  energies.forEach((energy, n) => {
    const before = Math.max(energies[n - 3] ?? 0, energies[n - 2] ?? 0);
    if (energy > 4 && energy > 4 * before && n * step - (found[found.length - 1] ?? -Infinity) > 8 * step) found.push(n * step);
  });
  return found;
}

describe('a loop that is slowed down', () => {
  it.each([0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 1.2, 1.5])('sounds each blow once a pass, at speed %d', (speed) => {
    const player = new StretchPlayer([blows(3, hits)]);
    player.setLoop(loop);
    player.setSpeed(speed);
    player.seek(loop.start);
    player.playAtOnce();
    const [output] = run(player, 1, Math.round((PASSES * 33075) / speed) - 3000);
    const found = onsets(output);
    expect(found).toHaveLength(3 * PASSES);
    const gaps = found.slice(1).map((at, i) => ((at - found[i]) * speed) / 11025);
    expect(Math.min(...gaps)).toBeGreaterThan(0.75);
    expect(Math.max(...gaps)).toBeLessThan(1.25);
  });
});
