// The mixing desk as a graph of nodes: a gain, a panorama and a meter a strip; the instrumental is a group.

import { CLICK, COUNT_IN, gainOf, GROUP, isInGroup, type Mix, type Part, type StripName, STRIPS } from './mix';

const GLIDE_SEC = 0.015; // of gains and pans, so that nothing clicks
const METER_SAMPLES = 1024;

interface StripNodes {
  gain: GainNode;
  pan: StereoPannerNode;
  meter: AnalyserNode;
}

export class Desk {
  private readonly strips: Record<StripName, StripNodes>;
  private readonly countIn: GainNode;
  private readonly samples = new Float32Array(METER_SAMPLES);

  constructor(private readonly context: AudioContext) {
    this.strips = Object.fromEntries(STRIPS.map((name) => [name, this.makeStrip()])) as Record<StripName, StripNodes>;
    this.countIn = context.createGain();
    this.countIn.connect(this.strips[CLICK].pan);
    for (const name of STRIPS) this.strips[name].meter.connect(isInGroup(name) ? this.strips[GROUP].gain : context.destination);
  }

  input(name: Part | typeof CLICK | typeof COUNT_IN): AudioNode {
    return name === COUNT_IN ? this.countIn : this.strips[name].gain;
  }

  apply(mix: Mix): void {
    const now = this.context.currentTime;
    for (const name of STRIPS) {
      this.strips[name].gain.gain.setTargetAtTime(gainOf(mix, name), now, GLIDE_SEC);
      this.strips[name].pan.pan.setTargetAtTime(mix[name].pan, now, GLIDE_SEC);
    }
    this.countIn.gain.setTargetAtTime(mix[CLICK].volume, now, GLIDE_SEC);
  }

  /** The loudness of a strip right now, as an amplitude. */
  level(name: StripName): number {
    this.strips[name].meter.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    return Math.sqrt(sum / this.samples.length);
  }

  private makeStrip(): StripNodes {
    const nodes = { gain: this.context.createGain(), pan: this.context.createStereoPanner(), meter: this.context.createAnalyser() };
    nodes.gain.channelCount = 2;
    nodes.gain.channelCountMode = 'explicit';
    nodes.meter.fftSize = METER_SAMPLES;
    nodes.gain.connect(nodes.pan).connect(nodes.meter);
    return nodes;
  }
}
