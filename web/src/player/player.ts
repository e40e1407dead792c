// The player as the page sees it: stems in step, a desk to mix them, a clock to draw by.

import { type Span } from '../lib/route';
import { Store } from '../lib/store';
import { type ClickBeat } from './click';
import { Desk } from './desk';
import { type Host, makeHost } from './host';
import { type Stems } from './load';
import { CLICK, COUNT_IN, GROUP, isInGroup, type Mix, neutralMix, type Part, type Strip, type StripName, withStrip } from './mix';
import { type Command, type CountIn, type Report } from './protocol';
import { MAX_SPEED, MIN_SPEED } from './stretch';

export type LoopRegion = Span;

/** A beat of the song, as it is clicked. */
export interface PlayerBeat {
  time: number; // seconds
  beat: number; // 1 is the first of its bar
}

declare global {
  interface Navigator {
    readonly audioSession?: { type: string }; // W3C Audio Session; Safari has it
  }
}

export const SHORTEST_LOOP_SEC = 0.1;

export class Player {
  readonly playing = new Store(false);
  readonly mix = new Store<Mix>(neutralMix());
  readonly speed = new Store(1);
  readonly semitones = new Store(0);
  readonly loop = new Store<LoopRegion | null>(null);
  /** Whether a bar is counted before the music, and the beat of it that is counted now, from 1 on; 0: none. */
  readonly countsIn = new Store(false);
  readonly counting = new Store(0);
  /** Whether the stems are there. Until then it can be sought and mixed, but not heard. */
  readonly ready = new Store(false);
  durationSec: number;
  private readonly desk: Desk;
  private report: Report = { position: 0, time: 0, ended: false, seekId: 0, counting: 0 };
  private host: Host | null = null;
  private stems: Stems | null = null;
  private seekId = 0;
  private soughtSec = 0;
  /** Called when the position jumps or playing starts or stops. */
  onMove: () => void = () => {};

  /** Takes over the context. `parts` are the stems that will be loaded, `beats` rise; `beatsPerBar` are counted in. */
  constructor(
    private readonly context: AudioContext,
    private readonly parts: readonly Part[],
    durationSec: number,
    private readonly beats: readonly PlayerBeat[],
    private readonly beatsPerBar: number,
  ) {
    this.durationSec = durationSec;
    this.desk = new Desk(context);
    this.mix.watch((mix) => this.desk.apply(mix));
    // A call, or another app, takes the sound away.
    context.addEventListener('statechange', () => context.state !== 'running' && this.playing.get() && this.pause());
  }

  async load(stems: Stems): Promise<void> {
    const parts = this.parts.filter((part) => stems.parts.has(part));
    const host = await makeHost(this.context, parts.length + 2, (report) => this.receive(report));
    [...parts, CLICK, COUNT_IN].forEach((name, output) => host.connect(output, this.desk.input(name as Part | typeof CLICK | typeof COUNT_IN)));
    this.host = host;
    this.stems = stems;
    const ratio = stems.rateHz / this.context.sampleRate;
    this.send({ type: 'load', stems: parts.map((part) => stems.parts.get(part)!), ratio, beats: this.clickBeats });
    this.durationSec = Math.max(...[...stems.parts.values()].map((pcm) => pcm.left.length)) / stems.rateHz;
    this.setSpeed(this.speed.get());
    this.setPitch(this.semitones.get());
    this.setLoop(this.loop.get());
    this.seek(this.soughtSec);
    this.ready.set(true);
  }

  /** What was loaded. */
  get loaded(): Stems | null {
    return this.stems;
  }

  get clickBeats(): ClickBeat[] {
    return this.beats.map(({ time, beat }) => ({ at: this.toSamples(time), isFirst: beat === 1 }));
  }

  has(name: StripName): boolean {
    if (name === CLICK) return this.beats.length > 1;
    return name === GROUP ? this.parts.some(isInGroup) : this.parts.includes(name);
  }

  /** Where the song is heard to be, in seconds. */
  get position(): number {
    if (!this.stems || this.report.seekId !== this.seekId) return this.soughtSec;
    const base = this.report.position / this.stems.rateHz;
    if (!this.playing.get() || this.report.counting > 0) return base;
    const latency = this.context.outputLatency || this.context.baseLatency || 0;
    const ahead = this.context.state === 'running' ? this.context.currentTime - latency - this.report.time : 0;
    const position = Math.min(this.durationSec, Math.max(0, base + Math.max(-0.5, ahead) * this.speed.get()));
    const loop = this.loop.get();
    // Between two reports it may seem to have passed the loop's end.
    return loop && base < loop.end && position >= loop.end ? loop.start + (position - loop.end) : position;
  }

  async play(): Promise<void> {
    if (!this.ready.get()) return;
    if (navigator.audioSession) navigator.audioSession.type = 'playback'; // heard with an iPhone's ring switch off, too
    if (this.context.state !== 'running') await this.context.resume();
    const loop = this.loop.get();
    if (this.report.ended || this.position >= this.durationSec - 0.01) this.seek(loop?.start ?? 0);
    this.send({ type: 'play', countIn: this.countIn });
    this.playing.set(true);
    this.onMove();
  }

  pause(): void {
    this.send({ type: 'pause' });
    this.playing.set(false);
    this.onMove();
  }

  toggle(): void {
    if (this.playing.get()) this.pause();
    else void this.play();
  }

  seek(seconds: number): void {
    this.soughtSec = Math.min(this.durationSec, Math.max(0, seconds));
    this.send({ type: 'seek', position: this.toSamples(this.soughtSec), id: ++this.seekId });
    this.onMove();
  }

  setSpeed(speed: number): void {
    this.speed.set(Math.min(MAX_SPEED, Math.max(MIN_SPEED, Math.round(speed * 100) / 100)));
    this.send({ type: 'speed', speed: this.speed.get() });
  }

  /** Semitones that it sounds higher than it was sung and played. */
  setPitch(semitones: number): void {
    this.semitones.set(semitones);
    this.send({ type: 'pitch', semitones });
  }

  /** Null, or a region too short to hear, ends the loop. */
  setLoop(region: LoopRegion | null): void {
    const start = Math.max(0, region?.start ?? 0);
    const end = Math.min(this.durationSec, region?.end ?? 0);
    const loop = end - start >= SHORTEST_LOOP_SEC ? { start, end } : null;
    this.loop.set(loop);
    this.send({ type: 'loop', loop: loop && { start: this.toSamples(loop.start), end: this.toSamples(loop.end) } });
  }

  setStrip(name: StripName, change: Partial<Strip>): void {
    this.mix.update((mix) => withStrip(mix, name, change));
  }

  /** The loudness of a strip right now, as an amplitude. */
  level(name: StripName): number {
    return this.desk.level(name);
  }

  close(): void {
    void this.context.close();
  }

  /** As fast as the song is where it begins. */
  private get countIn(): CountIn | null {
    if (!this.countsIn.get() || this.beats.length < 2) return null;
    const here = this.beats.findIndex(({ time }) => time > this.position + 0.05);
    const next = here < 0 ? this.beats.length - 1 : Math.max(1, here);
    const periodSec = (this.beats[next].time - this.beats[next - 1].time) / this.speed.get();
    return { beats: this.beatsPerBar, periodSamples: periodSec * this.context.sampleRate };
  }

  private toSamples(seconds: number): number {
    return Math.round(seconds * (this.stems?.rateHz ?? 0));
  }

  private send(command: Command): void {
    this.host?.send(command);
  }

  private receive(report: Report): void {
    this.report = report;
    this.counting.set(this.playing.get() ? report.counting : 0);
    if (report.ended && this.playing.get() && report.seekId === this.seekId) this.pause();
  }
}
