// Stems that are stretched as one (WSOLA): pieces of the song, each taken where it continues the one before it best. That
// place is found on the sum of the stems and used for all of them, so they stay together to the sample.
// After W. Verhelst, M. Roelands: An overlap-add technique based on waveform similarity, ICASSP 1993.

import { ATTACK_SAMPLES, attacksIn } from './attack';
import { type Pcm } from './pcm';
import { type Loop, readAt, readSum } from './reading';

export const HOP = 3072; // samples that a piece is played for
const FADE = 1536; // of them, those over which the piece before fades into it
const REACH = 1600; // samples that a piece may be moved by to fit: a period of the lowest bass
const DETOUR = 2304; // and beyond that, so that an attack is neither heard twice nor left out
const MIDDLE = DETOUR + REACH; // where in the region the target is
const LAST = 2 * MIDDLE; // offset in it
const COARSE = 8; // the search looks at every eighth place first
const FAR_COST = 0.14; // of correlation, for a place at the end of the reach: what fits as well and is nearer is better in time

/** A channel pair a stem. */
export type StemOutput = [Float32Array, Float32Array];

export class Strand {
  private readonly template = new Float32Array(FADE);
  private readonly region = new Float32Array(FADE + LAST + 1);
  /** The place that would continue the last piece; in a repeat of a loop it may be beyond its ends. */
  next = 0;

  /** `outputs`: HOP samples a channel, where the pieces go. */
  constructor(
    private readonly stems: readonly Pcm[],
    private readonly outputs: readonly StemOutput[],
    readonly hasPitch: boolean,
  ) {}

  /**
   * Writes the next piece. At its start the song is at `clock`, and it should go on by `advance` samples a sample; it is
   * read at `rate`, so it sounds that much higher. Where both are the same, the piece is the plain continuation; else it
   * is before the clock as long as it is behind it.
   */
  fill(clock: number, advance: number, rate: number, loop: Loop | null): void {
    const start = rate === advance ? this.next : this.bestStart(clock + ((HOP + FADE) / 2) * (advance - rate), rate, loop);
    this.stems.forEach(({ left, right, scale }, n) => {
      this.fillChannel(left, scale, start, rate, loop, this.outputs[n][0]);
      this.fillChannel(right, scale, start, rate, loop, this.outputs[n][1]);
    });
    this.next = start + HOP * rate;
  }

  /** Where near `target` the song continues the last piece best. */
  private bestStart(target: number, rate: number, loop: Loop | null): number {
    const from = Math.max(loop?.isRepeat ? -Infinity : 0, Math.round(target) - MIDDLE * rate);
    const middle = Math.min(LAST, Math.max(0, Math.round((Math.round(target) - from) / rate)));
    readSum(this.stems, this.next, rate, loop, this.template);
    readSum(this.stems, from, rate, loop, this.region);
    let best = middle;
    let bestScore = -Infinity;
    const tryOffset = (offset: number, step: number) => {
      let [product, energy, wanted] = [0, 1e-9, 1e-9];
      for (let i = 0; i < FADE; i += step) {
        const [sample, target] = [this.region[offset + i], this.template[i]];
        product += sample * target;
        energy += sample * sample;
        wanted += target * target;
      }
      const score = product / Math.sqrt(energy * wanted) - FAR_COST * ((offset - middle) / REACH) ** 2;
      if (score > bestScore) [best, bestScore] = [offset, score];
    };
    const [first, last] = this.withoutAttack((this.next - from) / rate, middle);
    best = Math.min(last, Math.max(first, middle));
    for (let offset = first; offset <= last; offset += COARSE) tryOffset(offset, COARSE);
    const coarse = best;
    bestScore = -Infinity;
    tryOffset(coarse, 2);
    for (let offset = Math.max(first, coarse - COARSE); offset <= Math.min(last, coarse + COARSE); offset++) tryOffset(offset, 2);
    return from + best * rate;
  }

  /** The first and last offset in the region that sound no attack twice and leave out none. */
  private withoutAttack(next: number, target: number): [first: number, last: number] {
    const whole: [number, number] = [Math.max(0, target - REACH), Math.min(LAST, target + REACH)];
    const attacks = attacksIn(this.region);
    const [low, high] = [Math.min(next, target) - ATTACK_SAMPLES, Math.max(next, target) + ATTACK_SAMPLES];
    const place = Math.round(next);
    // While it fades, a sound is there twice: an attack then has to be at the same place in both.
    const isFading = attacks.some((at) => at >= next - ATTACK_SAMPLES && at < next + FADE);
    if (isFading && place >= 0 && place <= LAST) return [place, place];
    const between = attacks.filter((at) => at >= low && at <= high);
    if (between.length === 0) return whole;
    const [earliest, latest] = whole;
    if (next > target) {
      const first = Math.max(earliest, Math.min(place, between[between.length - 1] + 2 * ATTACK_SAMPLES));
      return first <= LAST ? [first, Math.min(LAST, Math.max(latest, first + REACH))] : whole;
    }
    const last = Math.min(latest, Math.max(place, between[0] - ATTACK_SAMPLES));
    return last >= 0 ? [Math.max(0, Math.min(earliest, last - REACH)), last] : whole;
  }

  /** One channel of a piece: the continuation of the last one, fading into the song at `start`. */
  private fillChannel(samples: Int16Array, scale: number, start: number, rate: number, loop: Loop | null, out: Float32Array): void {
    for (let i = 0; i < HOP; i++) {
      const fresh = readAt(samples, start + i * rate, loop);
      if (start === this.next || i >= FADE) {
        out[i] = fresh * scale;
      } else {
        const share = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / FADE);
        out[i] = (readAt(samples, this.next + i * rate, loop) * (1 - share) + fresh * share) * scale;
      }
    }
  }
}
