import { describe, expect, it } from 'vitest';

import { type ClickBeat } from './click';
import { CommandedPlayer } from './command';
import { type Command, type Report } from './protocol';
import { noise, RATE } from './sounds_for_tests';
import { type StemOutput } from './strand';

const beats: ClickBeat[] = Array.from({ length: 12 }, (_, i) => ({ at: 2000 + i * 11025, isFirst: i % 4 === 0 }));
const song = noise(4, 7);

interface Played {
  song: Float32Array;
  click: Float32Array;
  countIn: Float32Array;
  reports: Report[];
}

/** Carries out commands, then lets `count` samples out. */
function play(commands: Command[], count: number, ratio = 1): Played {
  const reports: Report[] = [];
  const player = new CommandedPlayer(RATE, (report) => reports.push(report));
  player.handle({ type: 'load', stems: [song], ratio, beats });
  commands.forEach((command) => player.handle(command));
  const all = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (let done = 0; done < count; done += 128) {
    const block = Math.min(128, count - done);
    player.process(all.map((samples): StemOutput => [samples.subarray(done, done + block), new Float32Array(block)]), block, done / RATE);
  }
  return { song: all[0], click: all[1], countIn: all[2], reports };
}

/** Where silence ends. */
function onsets(samples: Float32Array): number[] {
  const found: number[] = [];
  let quietFor = 1000;
  samples.forEach((value, i) => {
    if (Math.abs(value) > 0.02) {
      if (quietFor >= 1000) found.push(i);
      quietFor = 0;
    } else {
      quietFor++;
    }
  });
  return found;
}

const loudest = (samples: Float32Array) => samples.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
const start: Command = { type: 'play', countIn: null };

describe('the click', () => {
  it('falls on the beats, the first of a bar higher', () => {
    const { click } = play([start], 60000);
    const found = onsets(click);
    expect(found).toHaveLength(6);
    found.forEach((at, i) => expect(Math.abs(at - beats[i].at)).toBeLessThan(4));
    const crossings = (from: number) => click.subarray(from, from + 1000).filter((value, i, all) => i > 0 && all[i - 1] < 0 && value >= 0).length;
    expect(crossings(found[0])).toBeGreaterThan(crossings(found[1]) * 1.3);
    expect(loudest(click)).toBeGreaterThan(0.3);
  });

  it.each([0.5, 0.8, 1.25])('follows the speed %d', (speed) => {
    const found = onsets(play([{ type: 'speed', speed }, start], 60000).click);
    expect(found.length).toBeGreaterThan(2);
    found.forEach((at, i) => expect(Math.abs(at - beats[i].at / speed)).toBeLessThan(8));
  });

  it('goes round a loop', () => {
    const loop = { start: beats[1].at - 500, end: beats[3].at - 500 };
    const found = onsets(play([{ type: 'loop', loop }, { type: 'seek', position: loop.start, id: 1 }, start], 70000).click);
    expect(found).toHaveLength(7);
    found.forEach((at, i) => expect(Math.abs(at - (500 + i * 11025))).toBeLessThan(4));
  });

  it.each([0.5, 0.8, 0.83, 1.25])('falls on the beat that a loop starts on, in each pass, at speed %d', (speed) => {
    const loop = { start: beats[1].at, end: beats[4].at };
    const commands: Command[] = [{ type: 'loop', loop }, { type: 'speed', speed }, { type: 'seek', position: loop.start, id: 1 }, start];
    expect(onsets(play(commands, Math.round((20 * 33075) / speed) - 3000).click)).toHaveLength(60);
  });

  it('stands where the song is, after a jump', () => {
    const found = onsets(play([{ type: 'seek', position: beats[5].at - 3000, id: 1 }, start], 6000).click);
    expect(found.map((at) => Math.abs(at - 3000) < 4)).toEqual([true]);
  });
});

describe('a count-in', () => {
  const countIn = { beats: 4, periodSamples: 11025.5 };

  it('is a bar of clicks, and the song begins on the next beat, to the sample', () => {
    const { song: out, click, countIn: counted, reports } = play([{ type: 'seek', position: 4000, id: 1 }, { type: 'play', countIn }], 60000);
    expect(onsets(counted).map((at, i) => Math.abs(at - i * 11025.5) < 5)).toEqual([true, true, true, true]);
    expect(loudest(out.subarray(0, 44102))).toBe(0);
    expect(loudest(click.subarray(0, 44102))).toBe(0);
    for (let i = 300; i < 2000; i++) expect(out[44102 + i]).toBe(Math.fround(Math.fround(song.left[4000 + i] * song.scale)));
    expect([...new Set(reports.map(({ counting }) => counting))]).toEqual([1, 2, 3, 4, 0]);
    expect(reports.filter(({ counting }) => counting > 0).every(({ position }) => position === 4000)).toBe(true);
  });

  it('ends with a pause', () => {
    const { song: out, click, countIn: counted } = play([{ type: 'play', countIn }, { type: 'pause' }], 30000);
    expect([out, click, counted].map(loudest)).toEqual([0, 0, 0]);
  });
});

describe('stems of half the rate', () => {
  it('are played in their own time', () => {
    const { reports } = play([start], 44100, 0.5);
    expect(reports[reports.length - 1].position).toBeGreaterThan(21000);
    expect(reports[reports.length - 1].position).toBeLessThan(22060);
  });
});
