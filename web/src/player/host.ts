// Where the player runs: in the audio thread, or, on pages that came over plain HTTP from another machine (browsers have
// no AudioWorklet there), on the page's own thread.

import { CommandedPlayer } from './command';
import { type Command, type Report } from './protocol';
import { type StemOutput } from './strand';
import workletUrl from './worklet?worker&url';

export interface Host {
  send(command: Command): void;
  /** Of its stereo outputs: one a stem, the click, the count-in. */
  connect(output: number, target: AudioNode): void;
}

const SCRIPT_BLOCK = 4096;

async function workletHost(context: AudioContext, numOutputs: number, onReport: (report: Report) => void): Promise<Host> {
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, 'stems', {
    numberOfInputs: 0,
    numberOfOutputs: numOutputs,
    outputChannelCount: new Array<number>(numOutputs).fill(2),
  });
  node.port.onmessage = (event: MessageEvent<Report>) => onReport(event.data);
  return {
    send: (command) => node.port.postMessage(command),
    connect: (output, target) => node.connect(target, output),
  };
}

function scriptHost(context: AudioContext, numOutputs: number, onReport: (report: Report) => void): Host {
  const player = new CommandedPlayer(context.sampleRate, onReport);
  const node = context.createScriptProcessor(SCRIPT_BLOCK, 0, 2 * numOutputs);
  const splitter = context.createChannelSplitter(2 * numOutputs);
  node.connect(splitter);
  node.onaudioprocess = (event) => {
    const buffer = event.outputBuffer;
    const outputs = Array.from({ length: numOutputs }, (_, n): StemOutput => [buffer.getChannelData(2 * n), buffer.getChannelData(2 * n + 1)]);
    player.process(outputs, buffer.length, event.playbackTime);
  };
  return {
    send: (command) => player.handle(command),
    connect: (output, target) => {
      const merger = context.createChannelMerger(2);
      splitter.connect(merger, 2 * output, 0);
      splitter.connect(merger, 2 * output + 1, 1);
      merger.connect(target);
    },
  };
}

export async function makeHost(context: AudioContext, numOutputs: number, onReport: (report: Report) => void): Promise<Host> {
  // Absent in insecure contexts, whatever the types say.
  return 'audioWorklet' in context ? workletHost(context, numOutputs, onReport) : scriptHost(context, numOutputs, onReport);
}
