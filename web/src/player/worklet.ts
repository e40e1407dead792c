// Runs the player in the audio thread.

import { CommandedPlayer } from './command';
import { type Command } from './protocol';
import { type StemOutput } from './strand';

// The audio thread's own globals: TypeScript's library for pages has none of them.
declare const currentTime: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class StemProcessor extends AudioWorkletProcessor {
  private readonly player = new CommandedPlayer(sampleRate, (report) => this.port.postMessage(report));

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<Command>) => this.player.handle(event.data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.player.process(outputs as StemOutput[], outputs[0][0].length, currentTime);
    return true;
  }
}

registerProcessor('stems', StemProcessor);
