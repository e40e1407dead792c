// The player as the page sees it: stems in step, a desk to mix them, a clock to draw by.

import { Store } from '../lib/store';
import { type Host, makeHost } from './host';
import { type Stems } from './load';
import { gainOf, GROUP, isInGroup, type Mix, neutralMix, type Part, type Strip, type StripName, STRIPS, withStrip } from './mix';
import { type Command, type Report } from './protocol';
import { MAX_SPEED, MIN_SPEED } from './stretch';

export interface LoopRegion {
  start: number; // seconds
  end: number;
}

const GLIDE_SEC = 0.015; // of gains and pans, so that nothing clicks
export const SHORTEST_LOOP_SEC = 0.1;

interface StripNodes {
  gain: GainNode;
  pan: StereoPannerNode;
  meter: AnalyserNode;
}

export class Player {
  readonly playing = new Store(false);
  readonly mix = new Store<Mix>(neutralMix());
  readonly speed = new Store(1);
  readonly loop = new Store<LoopRegion | null>(null);
  /** Whether the stems are there. Until then it can be sought and mixed, but not heard. */
  readonly ready = new Store(false);
  durationSec: number;
  private readonly strips: Record<StripName, StripNodes>;
  private readonly samples: Float32Array<ArrayBuffer>;
  private report: Report = { position: 0, time: 0, ended: false, seekId: 0 };
  private host: Host | null = null;
  private stems: Stems | null = null;
  private seekId = 0;
  private soughtSec = 0;
  /** Called when the position jumps or playing starts or stops. */
  onMove: () => void = () => {};

  /** Takes over the context. `parts` are the stems that will be loaded. */
  constructor(
    private readonly context: AudioContext,
    private readonly parts: readonly Part[],
    durationSec: number,
  ) {
    this.durationSec = durationSec;
    this.strips = Object.fromEntries(STRIPS.map((name) => [name, this.makeStrip()])) as Record<StripName, StripNodes>;
    this.samples = new Float32Array(this.strips.vocals.meter.fftSize);
    for (const name of STRIPS) {
      this.strips[name].meter.connect(isInGroup(name) ? this.strips[GROUP].gain : context.destination);
    }
    this.mix.watch((mix) => this.applyMix(mix));
  }

  async load(stems: Stems): Promise<void> {
    const parts = this.parts.filter((part) => stems.parts.has(part));
    const host = await makeHost(this.context, parts.length, (report) => this.receive(report));
    parts.forEach((part, index) => host.connect(index, this.strips[part].gain));
    host.send({ type: 'load', stems: parts.map((part) => stems.parts.get(part)!) });
    this.host = host;
    this.stems = stems;
    this.durationSec = Math.max(...[...stems.parts.values()].map((pcm) => pcm.left.length)) / stems.rateHz;
    this.setSpeed(this.speed.get());
    this.setLoop(this.loop.get());
    this.seek(this.soughtSec);
    this.ready.set(true);
  }

  /** What was loaded. */
  get loaded(): Stems | null {
    return this.stems;
  }

  has(name: StripName): boolean {
    return name === GROUP ? this.parts.some(isInGroup) : this.parts.includes(name as Part);
  }

  /** Where the song is heard to be, in seconds. */
  get position(): number {
    if (!this.stems || this.report.seekId !== this.seekId) return this.soughtSec;
    const base = this.report.position / this.stems.rateHz;
    if (!this.playing.get()) return base;
    const latency = this.context.outputLatency || this.context.baseLatency || 0;
    const ahead = this.context.state === 'running' ? this.context.currentTime - latency - this.report.time : 0;
    const position = Math.min(this.durationSec, Math.max(0, base + Math.max(-0.5, ahead) * this.speed.get()));
    const loop = this.loop.get();
    // Between two reports it may seem to have passed the loop's end.
    return loop && base < loop.end && position >= loop.end ? loop.start + (position - loop.end) : position;
  }

  async play(): Promise<void> {
    if (!this.ready.get()) return;
    if (this.context.state !== 'running') await this.context.resume();
    const loop = this.loop.get();
    if (this.report.ended || this.position >= this.durationSec - 0.01) this.seek(loop?.start ?? 0);
    this.send({ type: 'play' });
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
    this.strips[name].meter.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    return Math.sqrt(sum / this.samples.length);
  }

  close(): void {
    void this.context.close();
  }

  private toSamples(seconds: number): number {
    return Math.round(seconds * (this.stems?.rateHz ?? 0));
  }

  private send(command: Command): void {
    this.host?.send(command);
  }

  private makeStrip(): StripNodes {
    const nodes = { gain: this.context.createGain(), pan: this.context.createStereoPanner(), meter: this.context.createAnalyser() };
    nodes.gain.channelCount = 2;
    nodes.gain.channelCountMode = 'explicit';
    nodes.meter.fftSize = 1024;
    nodes.gain.connect(nodes.pan).connect(nodes.meter);
    return nodes;
  }

  private applyMix(mix: Mix): void {
    const now = this.context.currentTime;
    for (const name of STRIPS) {
      this.strips[name].gain.gain.setTargetAtTime(gainOf(mix, name), now, GLIDE_SEC);
      this.strips[name].pan.pan.setTargetAtTime(mix[name].pan, now, GLIDE_SEC);
    }
  }

  private receive(report: Report): void {
    this.report = report;
    if (report.ended && this.playing.get() && report.seekId === this.seekId) this.pause();
  }
}
