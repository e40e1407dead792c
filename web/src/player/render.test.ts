import { describe, expect, it } from 'vitest';

import { neutralMix, type Part, withStrip } from './mix';
import { type Pcm } from './pcm';
import { renderMix, type Rendering, wavHeader } from './render';

const constant = (left: number, right: number, length = 1000): Pcm => ({
  left: new Int16Array(length).fill(left * 32767),
  right: new Int16Array(length).fill(right * 32767),
  scale: 1 / 32767,
});
const stems = new Map<Part, Pcm>([
  ['vocals', constant(0.25, 0.25)],
  ['drums', constant(0.5, 0)],
]);

const render = (change: Partial<Rendering> = {}) => renderMix({ stems, rateHz: 44100, mix: neutralMix(), speed: 1, semitones: 0, beats: [], ...change });

async function samplesOf(file: Blob): Promise<Int16Array> {
  return new Int16Array(await file.slice(44).arrayBuffer());
}

describe('the mix as a file', () => {
  it('is a WAV of the whole song', async () => {
    const { file, loweredDb } = await render();
    const view = new DataView(await file.arrayBuffer());
    expect(file.size).toBe(44 + 4000);
    expect(view.getUint32(0)).toBe(0x52494646); // RIFF
    expect(view.getUint32(40, true)).toBe(4000);
    expect(view.getUint32(24, true)).toBe(44100);
    expect(loweredDb).toBe(0);
    const samples = await samplesOf(file);
    expect(samples[0] / 32767).toBeCloseTo(0.75, 3);
    expect(samples[1] / 32767).toBeCloseTo(0.25, 3);
  });

  it('has the click alone if all else is muted', async () => {
    let mix = withStrip(neutralMix(), 'click', { mute: false });
    for (const strip of ['vocals', 'instrumental'] as const) mix = withStrip(mix, strip, { mute: true });
    const long = new Map<Part, Pcm>([['vocals', constant(0.25, 0.25, 20_000)]]);
    const samples = await samplesOf((await render({ stems: long, mix, beats: [{ at: 10_000, isFirst: true }] })).file);
    expect(samples).toHaveLength(40_000);
    expect(samples.subarray(0, 19_000).every((sample) => sample === 0)).toBe(true);
    expect(Math.max(...samples)).toBeGreaterThan(1000);
  });

  it('leaves out what is muted', async () => {
    const samples = await samplesOf((await render({ mix: withStrip(neutralMix(), 'instrumental', { mute: true }) })).file);
    expect(samples[0] / 32767).toBeCloseTo(0.25, 3);
  });

  it('is turned down rather than clipped, and says so', async () => {
    const loud = withStrip(neutralMix(), 'drums', { volume: 1.5 });
    const { file, loweredDb } = await render({ stems: new Map([...stems, ['other', constant(0.5, 0)]]), mix: loud });
    expect(loweredDb).toBeCloseTo(20 * Math.log10(1.5), 2);
    expect((await samplesOf(file))[0]).toBe(32767);
  });

  it('is as slow as it is heard, with its click', async () => {
    const mix = withStrip(neutralMix(), 'click', { mute: false });
    const { file } = await render({ mix, speed: 0.5, beats: [{ at: 500, isFirst: true }] });
    expect(file.size).toBe(44 + 8000);
    const samples = await samplesOf(file);
    const right = samples.filter((_, i) => i % 2 === 1);
    expect(right[999] / 32767).toBeCloseTo(0.25, 2);
    expect(Math.max(...right.subarray(1000, 1100)) / 32767).toBeGreaterThan(0.4);
  });

  it('may be empty', async () => {
    expect((await render({ stems: new Map() })).file.size).toBe(wavHeader(0, 1000).byteLength);
  });
});
