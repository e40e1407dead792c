// What really comes out of the desk, sample by sample: recorded behind each strip, all strips at once.

import type { Page } from '@playwright/test';

import { expect, openSong, position, test } from './fixtures';

type Name = 'vocals' | 'drums' | 'bass' | 'other' | 'instrumental';

interface Sounds {
  recorded: Record<Name, Float32Array>; // left channels, behind the strips
  decoded: Record<Name, Float32Array>; // those of the stems, as they were loaded
}

const RECORDER = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { frames } }) {
    super();
    this.frames = frames;
    this.channels = [];
    this.done = 0;
  }
  process([input]) {
    input.forEach((samples, n) => (this.channels[n] ??= new Float32Array(this.frames)).set(samples.subarray(0, this.frames - this.done), this.done));
    this.done = Math.min(this.frames, this.done + 128);
    if (this.done === this.frames) this.port.postMessage(this.channels);
    return this.done < this.frames;
  }
});`;

/** Records `frames` while it plays, in the audio thread, so nothing is left out; looks at them within the page. */
async function record<T>(page: Page, frames: number, look: (sounds: Sounds) => T): Promise<T> {
  await page.evaluate(
    async ({ frames, code }) => {
      type Player = { context: AudioContext; desk: { strips: Record<string, { meter: AudioNode }> }; loaded: { parts: Map<string, { left: Int16Array; scale: number }> } };
      const { context, desk, loaded } = (window as unknown as { stemscribe: Player }).stemscribe;
      const strips = ['vocals', 'drums', 'bass', 'other', 'instrumental'];
      await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
      const options = { numberOfInputs: 1, numberOfOutputs: 0, channelCount: strips.length, channelCountMode: 'explicit' as const, channelInterpretation: 'discrete' as const };
      const recorder = new AudioWorkletNode(context, 'recorder', { ...options, processorOptions: { frames } });
      const merger = context.createChannelMerger(strips.length);
      strips.forEach((name, n) => {
        const splitter = context.createChannelSplitter(2);
        desk.strips[name].meter.connect(splitter);
        splitter.connect(merger, 0, n);
      });
      const done = new Promise<Float32Array[]>((resolve) => (recorder.port.onmessage = ({ data }) => resolve(data as Float32Array[])));
      merger.connect(recorder);
      const channels = await done;
      const recorded = Object.fromEntries(strips.map((name, n) => [name, channels[n]]));
      const decoded = Object.fromEntries([...loaded.parts].map(([name, { left, scale }]) => [name, Float32Array.from(left, (sample) => sample * scale)]));
      Object.assign(window, { sounds: { recorded, decoded } });
    },
    { frames, code: RECORDER },
  );
  return page.evaluate(`(${look.toString()})(window.sounds)`) as Promise<T>;
}

async function play(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
}

test.use({ bypassCSP: true }); // for the recorder

test.beforeEach(async ({ page, realService, song }) => {
  await openSong(page, realService, song, '?t=3');
});

test('stems are in step to the sample, and the group is their sum', async ({ page }) => {
  await play(page);
  const { places, difference } = await record(page, 50_000, ({ recorded, decoded }) => {
    const isNear = (a: number, b: number) => Math.abs(a - b) < 2e-5;
    const places = (['vocals', 'drums', 'bass', 'other'] as const).map((name) => {
      const piece = recorded[name].subarray(20_000, 24_000);
      const stem = decoded[name];
      for (let at = 0; at + piece.length <= stem.length; at++) if (isNear(piece[0], stem[at]) && piece.every((value, i) => isNear(value, stem[at + i]))) return at;
      return -1;
    });
    const { drums, bass, other } = recorded;
    const difference = recorded.instrumental.reduce((most, value, i) => Math.max(most, Math.abs(value - drums[i] - bass[i] - other[i])), 0);
    return { places, difference };
  });
  expect(places[0]).toBeGreaterThan(3 * 44100);
  expect(places).toEqual(new Array(4).fill(places[0]));
  expect(difference).toBeLessThan(1e-6);
});

test('a loop starts over on the sample, without a gap', async ({ page }) => {
  await page.evaluate(() => {
    const player = (window as unknown as { stemscribe: { setLoop(region: object): void; seek(seconds: number): void } }).stemscribe;
    player.setLoop({ start: 150_000 / 44100, end: 170_000 / 44100 });
    player.seek(150_000 / 44100);
  });
  await play(page);
  const found = await record(page, 64_000, ({ recorded, decoded }) => {
    const [start, length, fade, from] = [150_000, 20_000, 256, 10_000];
    const isRight = (offset: number, i: number) => {
      const along = (offset + i) % length;
      return along > length - fade || Math.abs(recorded.drums[from + i] - decoded.drums[start + along]) < 2e-5;
    };
    let offset = 0;
    while (offset < length && ![0, 1, 2, 3, 4, 5, 6, 7].every((n) => isRight(offset, n * 301))) offset++;
    let [wrong, turns] = [0, 0];
    for (let i = 0; from + i < recorded.drums.length; i++) {
      if (!isRight(offset, i)) wrong++;
      if ((offset + i) % length === 0) turns++;
    }
    return { wrong, turns };
  });
  expect(found.wrong).toBe(0);
  expect(found.turns).toBeGreaterThanOrEqual(2);
});

test('what is muted is silence, to the last bit', async ({ page }) => {
  for (const name of ['Drums', 'Other']) await page.getByRole('button', { name: `Mute ${name}` }).click();
  await play(page);
  await expect.poll(() => position(page)).toBeGreaterThan(4.5);
  const peaks = await record(page, 30_000, ({ recorded }) => {
    const peak = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const { drums, other, bass, instrumental } = recorded;
    return { drums: peak(drums), other: peak(other), bass: peak(bass), rest: peak(instrumental.map((value, i) => value - bass[i])) };
  });
  expect(peaks.drums).toBeLessThan(1e-9);
  expect(peaks.other).toBeLessThan(1e-9);
  expect(peaks.bass).toBeGreaterThan(0.001);
  expect(peaks.rest).toBeLessThan(1e-6);
});
