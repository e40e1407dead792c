import { describe, expect, it } from 'vitest';

import { attacksIn } from './attack';
import { type Pcm } from './pcm';
import { noise, RATE, run } from './sounds_for_tests';
import { StretchPlayer } from './stretch';

const BLOW_SEC = 0.37;
const hiss = noise(1, 9);

/** A blow now and then, over a chord that is held. */
function drumsAndChord(seconds: number): Pcm {
  const left = Int16Array.from({ length: seconds * RATE }, (_, i) => {
    const t = i / RATE;
    const along = i % Math.round(BLOW_SEC * RATE);
    const chord = Math.sin(2 * Math.PI * 220 * t) + Math.sin(2 * Math.PI * 277.2 * t) + Math.sin(2 * Math.PI * 329.6 * t);
    return Math.round(2200 * chord + 0.23 * hiss.left[along] * Math.exp(-along / 900));
  });
  return { left, right: left, scale: 1 / 32767 };
}

describe('attacks', () => {
  it('are found in what is struck, not in what is held', () => {
    const { left } = drumsAndChord(1);
    const found = attacksIn(Float32Array.from(left).subarray(8000));
    expect(found.map((at) => Math.round((at + 8000) / (BLOW_SEC * RATE)))).toEqual([1, 2]);
    expect(attacksIn(Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 160)))).toEqual([]);
    expect(attacksIn(new Float32Array(8000))).toEqual([]);
  });

  it.each([0.4, 0.5, 0.7, 0.85, 1.3])('all sound once at speed %d', (speed) => {
    const player = new StretchPlayer([drumsAndChord(9)]);
    player.setSpeed(speed);
    player.playAtOnce();
    const seconds = 8 / speed;
    const [output] = run(player, 1, Math.round(seconds * RATE));
    const apart = attacksIn(output).filter((at, i, all) => i === 0 || at - all[i - 1] > 600); // one may fill two blocks
    const found = apart.map((at) => (at / RATE) * speed);
    const blows = Array.from({ length: Math.floor(8 / BLOW_SEC) - 1 }, (_, n) => (n + 1) * BLOW_SEC);
    const times = blows.map((blow) => found.filter((at) => Math.abs(at - blow) < BLOW_SEC / 2).length);
    expect(times).toEqual(times.map(() => 1));
  });
});
