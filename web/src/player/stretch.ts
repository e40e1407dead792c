// Plays stems in step, at any speed and in any key, with loops and a click, and without clicks that nobody asked for.
//
// At full speed and in the song's own key what comes out is what went in, to the sample. At another speed all stems are
// stretched as one; in another key each stem but the drums by itself, as a single voice bends best, against one clock.

import { Click, type ClickBeat } from './click';
import { type Pcm } from './pcm';
import { type Loop, SHORTEST_LOOP, wrap } from './reading';
import { HOP, type StemOutput, Strand } from './strand';

const RAMP = 256; // samples that starting and stopping fade over

export const MIN_SPEED = 0.25;
export const MAX_SPEED = 2;

export interface StretchOptions {
  rateHz: number; // of what is put out
  ratio: number; // samples of the stems to a sample that is put out
  beats: readonly ClickBeat[];
  length?: number; // of the song, in samples of the stems, where none of them may tell it
}

export class StretchPlayer {
  /** Ticks to the beats; its output comes after those of the stems. */
  readonly click: Click;
  private readonly length: number;
  private readonly ratio: number;
  private readonly hop: StemOutput[]; // the piece that is being played, of each stem and the click
  private strands: Strand[] = [];
  private hopIndex = HOP;
  private clock = 0; // in the song, at the start of the piece
  private after = 0; // and at its end
  private speed = 1;
  private semitones = 0;
  private pitch = 1; // of frequencies; changes at a jump only
  private loop: Loop | null = null;
  private loops = false; // whether the play position is such that the loop's end lies ahead
  private gain = 0;
  private playing = false;
  private seekTo: number | null = null;

  constructor(
    private readonly stems: readonly Pcm[],
    { rateHz, ratio, beats, length }: StretchOptions = { rateHz: 44100, ratio: 1, beats: [] },
  ) {
    this.ratio = ratio;
    this.length = length ?? Math.max(0, ...stems.map((stem) => stem.left.length));
    this.click = new Click(beats, rateHz);
    this.hop = [...stems.map((): StemOutput => [new Float32Array(HOP), new Float32Array(HOP)]), this.click.output];
    this.tieStrands();
  }

  get isAtEnd(): boolean {
    return this.seekTo === null && this.after >= this.length && this.hopIndex >= HOP;
  }

  get isSilent(): boolean {
    return !this.playing && this.gain === 0;
  }

  /** In samples of the song, of the next sample that is put out. */
  get position(): number {
    if (this.seekTo !== null) return this.seekTo;
    const along = this.clock + ((this.after - this.clock) * this.hopIndex) / HOP;
    return Math.min(this.length, wrap(along, this.activeLoop));
  }

  play(): void {
    this.playing = true;
  }

  /** Without fading in. */
  playAtOnce(): void {
    this.playing = true;
    this.gain = 1;
  }

  pause(): void {
    this.playing = false;
  }

  setSpeed(speed: number): void {
    this.speed = Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed));
  }

  /** The key in which it sounds, by semitones above the song's own. */
  setPitch(semitones: number): void {
    if (semitones === this.semitones) return;
    this.semitones = semitones;
    this.seek(this.position);
  }

  /** A loop whose end is behind has no say until the next jump. */
  setLoop(loop: Loop | null): void {
    const { position } = this;
    this.loop = loop && loop.end - loop.start >= SHORTEST_LOOP ? { ...loop, isRepeat: false } : null;
    this.loops = this.loop !== null && position < this.loop.end;
  }

  seek(position: number): void {
    this.seekTo = Math.min(this.length, Math.max(0, Math.round(position)));
    if (this.gain === 0) this.jump();
  }

  /** Fills `count` samples from `from` on of each stem's channels, and of the click's if there is a pair more; none of further pairs. */
  process(outputs: readonly StemOutput[], from: number, count: number): void {
    const pairs = Math.min(outputs.length, this.hop.length);
    for (let i = from; i < from + count; i++) {
      const wanted = this.playing && this.seekTo === null ? 1 : 0;
      this.gain = wanted > this.gain ? Math.min(1, this.gain + 1 / RAMP) : Math.max(wanted, this.gain - 1 / RAMP);
      if (this.gain === 0 && this.seekTo !== null) this.jump();
      const isHeard = this.gain > 0 && !(this.hopIndex >= HOP && !this.nextHop());
      for (let n = 0; n < pairs; n++) {
        outputs[n][0][i] = isHeard ? this.hop[n][0][this.hopIndex] * this.gain : 0;
        outputs[n][1][i] = isHeard ? this.hop[n][1][this.hopIndex] * this.gain : 0;
      }
      if (isHeard) this.hopIndex++;
    }
  }

  private get activeLoop(): Loop | null {
    return this.loops ? this.loop : null;
  }

  private jump(): void {
    this.clock = this.after = this.seekTo!;
    this.seekTo = null;
    this.hopIndex = HOP;
    this.loop = this.loop && { ...this.loop, isRepeat: false };
    this.loops = this.loop !== null && this.after < this.loop.end;
    this.tieStrands();
    this.click.silence();
  }

  /** All stems as one, or, in another key, those that have a pitch each by itself. */
  private tieStrands(): void {
    this.pitch = 2 ** (this.semitones / 12);
    const indices = this.stems.map((_, n) => n);
    const isBent = (n: number) => this.pitch !== 1 && !this.stems[n].isUnpitched;
    const groups = [indices.filter((n) => !isBent(n)), ...indices.filter(isBent).map((n) => [n])].filter((group) => group.length > 0);
    this.strands = groups.map((group) => {
      const strand = new Strand(group.map((n) => this.stems[n]), group.map((n) => this.hop[n]), isBent(group[0]));
      strand.next = this.clock;
      return strand;
    });
  }

  /** Sets the clock; past the loop's end, it and the strands are at its start again. */
  private goTo(place: number): void {
    this.clock = this.after = wrap(place, this.activeLoop);
    if (this.clock === place) return;
    this.loop = { ...this.loop!, isRepeat: true };
    this.strands.forEach((strand) => (strand.next -= place - this.clock));
  }

  /** Prepares the next piece; false at the end of the song. */
  private nextHop(): boolean {
    const advance = this.speed * this.ratio;
    const rateOf = (strand: Strand) => (strand.hasPitch ? this.ratio * this.pitch : this.ratio);
    // What is plainly continued is the measure: it may have come to its place by a piece that fitted there.
    const plain = this.strands.find((strand) => rateOf(strand) === advance);
    this.goTo(plain ? plain.next : this.after);
    if (this.clock >= this.length) return false;
    const loop = this.activeLoop;
    this.strands.forEach((strand) => strand.fill(this.clock, advance, rateOf(strand), loop));
    this.click.fill(this.clock, advance, loop);
    this.hopIndex = 0;
    this.after += HOP * advance;
    return true;
  }
}
