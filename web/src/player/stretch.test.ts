import { describe, expect, it } from 'vitest';

import { frequencyOf, noise, RAMP, RATE, run, tone } from './sounds_for_tests';
import { StretchPlayer } from './stretch';

describe('the player of stems', () => {
  it('puts out at full speed what went in, to the sample', () => {
    const stems = [noise(0.5, 1), noise(0.5, 2)];
    const player = new StretchPlayer(stems);
    player.play();
    const outputs = run(player, 2, 20000);
    outputs.forEach((output, n) => {
      for (let i = RAMP; i < output.length; i++) expect(output[i]).toBe(Math.fround(Math.fround(stems[n].left[i] * stems[n].scale)));
    });
    expect(player.position).toBe(20000);
  });

  it('starts and stops softly, and stands still while paused', () => {
    const player = new StretchPlayer([tone(100, 1)]);
    player.play();
    run(player, 1, 5000);
    player.pause();
    const [output] = run(player, 1, 2000);
    const steps = output.slice(1).map((value, i) => Math.abs(value - output[i]));
    expect(Math.max(...steps)).toBeLessThan(0.02);
    expect(output.subarray(RAMP + 1).every((value) => value === 0)).toBe(true);
    expect(player.isSilent).toBe(true);
    const position = player.position;
    run(player, 1, 2000);
    expect(player.position).toBe(position);
  });

  it.each([0.5, 0.75, 1.25, 1.5])('keeps the pitch at speed %d, and takes its time', (speed) => {
    const player = new StretchPlayer([tone(440, 6)]);
    player.setSpeed(speed);
    player.play();
    const count = 3 * RATE;
    const [output] = run(player, 1, count);
    expect(frequencyOf(output.subarray(RATE))).toBeCloseTo(440, 0);
    expect(player.position / count).toBeGreaterThan(speed - 0.02);
    expect(player.position / count).toBeLessThan(speed + 0.02);
    const loudest = output.subarray(RATE).reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
    expect(loudest).toBeGreaterThan(0.34);
    expect(loudest).toBeLessThan(0.38);
  });

  it('keeps stems together at any speed', () => {
    const click = noise(4, 3);
    const player = new StretchPlayer([click, { ...click, scale: click.scale / 2 }]);
    player.setSpeed(0.7);
    player.play();
    const [first, second] = run(player, 2, 60000);
    for (let i = 0; i < first.length; i += 7) expect(second[i]).toBeCloseTo(first[i] / 2, 5);
  });

  it('loops to the sample', () => {
    const song = noise(2, 4);
    const player = new StretchPlayer([song]);
    const [start, end] = [10000, 17001];
    player.setLoop({ start, end });
    player.seek(start);
    player.play();
    const [output] = run(player, 1, 40000);
    for (let i = RAMP; i < output.length; i++) {
      const along = i % (end - start);
      if (end - start - along <= 256) continue; // there the end fades into the start
      expect(output[i]).toBe(Math.fround(song.left[start + along] * song.scale));
    }
    expect(player.position).toBe(start + (40000 % (end - start)));
  });

  it('does not click where a loop starts over', () => {
    const player = new StretchPlayer([tone(113, 3)]);
    player.setLoop({ start: 20000, end: 40123 });
    player.seek(20000);
    player.play();
    const [output] = run(player, 1, 100000);
    const steps = output.subarray(RAMP + 1).map((value, i) => Math.abs(value - output[RAMP + i]));
    expect(steps.reduce((a, b) => Math.max(a, b))).toBeLessThan(0.012); // the tone's own steps are up to 0.006
  });

  it('stays in the loop at any speed', () => {
    const player = new StretchPlayer([noise(4, 5)]);
    player.setLoop({ start: 50000, end: 60000 });
    player.setSpeed(1.7);
    player.seek(50000);
    player.play();
    for (let n = 0; n < 300; n++) {
      run(player, 1, 512);
      expect(player.position).toBeGreaterThanOrEqual(50000 - 800);
      expect(player.position).toBeLessThanOrEqual(60000);
    }
  });

  it.each([
    ['the start is moved', { start: 10001, end: 17001 }],
    ['the end is moved to just ahead', { start: 10000, end: 17001 - 5 }],
  ])('stays in the loop if %s shortly before its end', (_, loop) => {
    const player = new StretchPlayer([noise(2, 4)]);
    player.setLoop({ start: 10000, end: 17001 });
    player.seek(10000);
    player.play();
    while (player.position < 17001 - 10) run(player, 1, 1);
    player.setLoop(loop);
    run(player, 1, 40000);
    expect(player.position).toBeGreaterThanOrEqual(loop.start);
    expect(player.position).toBeLessThan(loop.end);
  });

  it('plays on beyond a loop that lies behind', () => {
    const player = new StretchPlayer([noise(2, 6)]);
    player.setLoop({ start: 1000, end: 9000 });
    player.seek(20000);
    player.play();
    run(player, 1, 10000);
    expect(player.position).toBe(30000);
  });

  it('jumps without a click while it plays', () => {
    const player = new StretchPlayer([tone(100, 3)]);
    player.play();
    run(player, 1, 5000);
    player.seek(70000);
    expect(player.position).toBe(70000);
    const [output] = run(player, 1, 3000);
    const steps = output.slice(1).map((value, i) => Math.abs(value - output[i]));
    expect(Math.max(...steps)).toBeLessThan(0.02);
    expect(player.position).toBe(70000 + 3000 - RAMP);
  });

  it('ends at the end', () => {
    const player = new StretchPlayer([tone(100, 0.1)]);
    player.play();
    expect(player.isAtEnd).toBe(false);
    const [output] = run(player, 1, 8000);
    expect(player.isAtEnd).toBe(true);
    expect(player.position).toBe(4410);
    expect(output.subarray(4700).every((value) => value === 0)).toBe(true);
    player.seek(0);
    expect(player.isAtEnd).toBe(false);
  });
});
