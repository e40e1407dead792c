// A metronome that follows the song: a short tick on each beat, a higher one on the first of a bar.

import { HOP, type StemOutput } from './strand';
import { type Loop, wrap } from './reading';

export interface ClickBeat {
  at: number; // samples of the song
  isFirst: boolean; // of its bar
}

const TICK_SEC = 0.06;
const DECAY_SEC = 0.012;
const BEAT_HZ = 1000;
const FIRST_HZ = 1500;
const LOUDNESS = 0.5;

export class Click {
  readonly output: StemOutput;
  private readonly ticks: [beat: Float32Array, first: Float32Array];
  private tick: Float32Array;
  private along = Infinity; // in the tick that sounds

  /** `beats` in order of time. */
  constructor(
    private readonly beats: readonly ClickBeat[],
    rateHz: number,
  ) {
    const piece = new Float32Array(HOP);
    this.output = [piece, piece];
    const make = (hz: number) =>
      Float32Array.from({ length: Math.round(TICK_SEC * rateHz) }, (_, i) => LOUDNESS * Math.exp(-i / (DECAY_SEC * rateHz)) * Math.sin((2 * Math.PI * hz * i) / rateHz));
    this.ticks = [make(BEAT_HZ), make(FIRST_HZ)];
    this.tick = this.ticks[0];
  }

  strike(isFirst: boolean): void {
    this.tick = this.ticks[isFirst ? 1 : 0];
    this.along = 0;
  }

  silence(): void {
    this.along = Infinity;
  }

  /** Writes what sounds on. */
  render(out: Float32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) out[i] = this.along < this.tick.length ? this.tick[this.along++] : 0;
  }

  /** Writes a piece for the song from `clock` on, `advance` samples a sample. */
  fill(clock: number, advance: number, loop: Loop | null): void {
    const [out] = this.output;
    let done = 0;
    for (let place = clock, left = HOP; left > 0; ) {
      const stretch = loop && place < loop.end ? Math.min(left, Math.ceil((loop.end - place) / advance)) : left;
      // A beat is heard with the sample at or after it; that may be the first one here, while the beat was before.
      const since = place - advance;
      for (let i = this.firstFrom(loop && place >= loop.start ? Math.max(since, loop.start) : since); i < this.beats.length; i++) {
        const after = Math.ceil((this.beats[i].at - place) / advance);
        if (after < 0) continue; // it was the last one before
        if (after >= stretch) break;
        this.render(out, done, HOP - left + after);
        done = HOP - left + after;
        this.strike(this.beats[i].isFirst);
      }
      left -= stretch;
      place = wrap(place + stretch * advance, loop);
    }
    this.render(out, done, HOP);
  }

  /** The index of the first beat at or after a place. */
  private firstFrom(place: number): number {
    let low = 0;
    let high = this.beats.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.beats[middle].at < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
