// Plays stems in step, at any speed without a change of pitch (WSOLA), with loops and without clicks.
//
// Time is stretched by repeating or leaving out short pieces, each taken where it continues the one before it best. That
// place is found once, on the sum of all stems, and used for all of them: so they stay together to the sample. At full
// speed every piece is the plain continuation, and what comes out is what went in.
// After W. Verhelst, M. Roelands: An overlap-add technique based on waveform similarity, ICASSP 1993.

import { type Pcm } from './pcm';

const HOP = 1536; // samples that a piece is played for; it fades into the next over all of them
const REACH = 768; // samples that a piece may be moved by to fit
const COARSE = 8; // the search looks at every eighth place first
const RIGHT_SHARE = 0.7; // in the sum that is compared: not 1, or a song of opposite channels would be silence there
const RAMP = 256; // samples that starting and stopping fade over
const LOOP_FADE = 256; // samples over which the end of a loop turns into its start

export const MIN_SPEED = 0.25;
export const MAX_SPEED = 2;

export interface Loop {
  start: number; // samples
  end: number;
}

/** A channel pair a stem. */
export type StemOutput = [Float32Array, Float32Array];

export class StretchPlayer {
  private readonly length: number;
  private readonly hop: StemOutput[]; // the piece that is being played
  private readonly template = new Float32Array(HOP);
  private readonly region = new Float32Array(HOP + 2 * REACH + 1);
  private hopIndex = HOP;
  private hopStart = 0; // in the song, of the piece that is being played
  private next = 0; // the sample that would continue it
  private target = 0; // where the next piece should come from, by the speed
  private speed = 1;
  private loop: Loop | null = null;
  private loops = false; // whether the play position is such that the loop's end lies ahead
  private gain = 0;
  private playing = false;
  private seekTo: number | null = null;

  constructor(private readonly stems: readonly Pcm[]) {
    this.length = Math.max(0, ...stems.map((stem) => stem.left.length));
    this.hop = stems.map(() => [new Float32Array(HOP), new Float32Array(HOP)]);
  }

  get isAtEnd(): boolean {
    return this.seekTo === null && this.next >= this.length && this.hopIndex >= HOP;
  }

  get isSilent(): boolean {
    return !this.playing && this.gain === 0;
  }

  /** In samples of the song, of the next sample that is put out. */
  get position(): number {
    if (this.seekTo !== null) return this.seekTo;
    const along = this.hopIndex >= HOP ? this.next : this.hopStart + this.hopIndex * this.speed;
    return Math.min(this.length, this.loops && this.loop ? this.wrap(along, this.loop) : along);
  }

  play(): void {
    this.playing = true;
  }

  pause(): void {
    this.playing = false;
  }

  setSpeed(speed: number): void {
    this.speed = Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed));
  }

  setLoop(loop: Loop | null): void {
    this.loop = loop && loop.end - loop.start >= 2 * LOOP_FADE ? loop : null;
    this.loops = this.loop !== null && this.next < this.loop.end;
  }

  seek(position: number): void {
    this.seekTo = Math.min(this.length, Math.max(0, Math.round(position)));
    if (this.gain === 0) this.jump();
  }

  /** Fills `count` samples of each stem's channels. */
  process(outputs: readonly StemOutput[], count: number): void {
    for (let i = 0; i < count; i++) {
      const wanted = this.playing && this.seekTo === null ? 1 : 0;
      this.gain = wanted > this.gain ? Math.min(1, this.gain + 1 / RAMP) : Math.max(wanted, this.gain - 1 / RAMP);
      if (this.gain === 0 && this.seekTo !== null) this.jump();
      const isHeard = this.gain > 0 && !(this.hopIndex >= HOP && !this.nextHop());
      for (let n = 0; n < outputs.length; n++) {
        outputs[n][0][i] = isHeard ? this.hop[n][0][this.hopIndex] * this.gain : 0;
        outputs[n][1][i] = isHeard ? this.hop[n][1][this.hopIndex] * this.gain : 0;
      }
      if (isHeard) this.hopIndex++;
    }
  }

  private jump(): void {
    this.next = this.target = this.seekTo!;
    this.seekTo = null;
    this.hopIndex = HOP;
    this.loops = this.loop !== null && this.next < this.loop.end;
  }

  /** A place past the loop's end, as one within it. */
  private wrap(place: number, loop: Loop): number {
    return place < loop.end ? place : loop.start + ((place - loop.end) % (loop.end - loop.start));
  }

  /** The sum of all stems and channels from `start` on, through the loop. */
  private readSum(start: number, out: Float32Array): void {
    const loop = this.loops ? this.loop : null;
    out.fill(0);
    for (const { left, right, scale } of this.stems) {
      for (let i = 0; i < out.length; i++) {
        const place = loop ? this.wrap(start + i, loop) : start + i;
        if (place >= 0 && place < left.length) out[i] += (left[place] + RIGHT_SHARE * right[place]) * scale;
      }
    }
  }

  /** Where near `target` the song continues the piece before best. */
  private bestStart(): number {
    const from = Math.max(0, Math.round(this.target) - REACH);
    this.readSum(this.next, this.template);
    this.readSum(from, this.region);
    let best = Math.min(2 * REACH, Math.round(this.target) - from);
    let bestScore = -Infinity;
    const tryOffset = (offset: number, step: number) => {
      let product = 0;
      let energy = 1e-9;
      for (let i = 0; i < HOP; i += step) {
        const sample = this.region[offset + i];
        product += sample * this.template[i];
        energy += sample * sample;
      }
      const score = product / Math.sqrt(energy);
      if (score > bestScore) [best, bestScore] = [offset, score];
    };
    tryOffset(best, COARSE); // first: where all fit alike, as in silence, nothing is moved
    for (let offset = 0; offset <= 2 * REACH; offset += COARSE) tryOffset(offset, COARSE);
    const middle = best;
    bestScore = -Infinity;
    tryOffset(middle, 2);
    for (let offset = Math.max(0, middle - COARSE); offset <= Math.min(2 * REACH, middle + COARSE); offset++) tryOffset(offset, 2);
    return from + best;
  }

  /** Prepares the next piece; false at the end of the song. */
  private nextHop(): boolean {
    if (this.next >= this.length) return false;
    const start = this.speed === 1 ? this.next : this.bestStart();
    this.stems.forEach((stem, n) => {
      this.fill(stem.left, stem.scale, start, this.hop[n][0]);
      this.fill(stem.right, stem.scale, start, this.hop[n][1]);
    });
    this.hopIndex = 0;
    this.hopStart = start;
    this.target = (this.speed === 1 ? start : this.target) + HOP * this.speed;
    this.next = start + HOP;
    if (this.loops && this.loop && Math.min(this.next, this.target) >= this.loop.end) {
      const length = this.loop.end - this.loop.start;
      const turns = Math.floor((Math.min(this.next, this.target) - this.loop.start) / length) * length;
      this.next -= turns;
      this.target -= turns;
      this.hopStart -= turns;
    }
    return true;
  }

  /** One channel of a piece: the continuation of the last one, fading into the song at `start`. */
  private fill(samples: Int16Array, scale: number, start: number, out: Float32Array): void {
    for (let i = 0; i < HOP; i++) {
      const fresh = this.sampleAt(samples, start + i);
      if (start === this.next) {
        out[i] = fresh * scale;
      } else {
        const share = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / HOP);
        out[i] = (this.sampleAt(samples, this.next + i) * (1 - share) + fresh * share) * scale;
      }
    }
  }

  private sampleAt(samples: Int16Array, place: number): number {
    const loop = this.loops ? this.loop : null;
    if (!loop) return place < samples.length ? samples[place] : 0;
    const within = this.wrap(place, loop);
    const sample = within < samples.length ? samples[within] : 0;
    const left = loop.end - within; // samples before it starts over
    if (left > LOOP_FADE || within < loop.start) return sample;
    const before = loop.start - left;
    const share = 1 - left / LOOP_FADE;
    return sample * (1 - share) + (before >= 0 ? samples[before] : 0) * share;
  }
}
