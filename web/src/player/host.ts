// Where the player runs: in the audio thread, or, on pages that came over plain HTTP from another machine (browsers have
// no AudioWorklet there), on the page's own thread.

import { CommandedPlayer } from './command';
import { type Command, type Report } from './protocol';
import { type StemOutput } from './stretch';
import workletUrl from './worklet?worker&url';

export interface Host {
  send(command: Command, transfer?: Transferable[]): void;
  /** A node with a stereo output a stem. */
  connect(stem: number, target: AudioNode): void;
}

const SCRIPT_BLOCK = 4096;

async function workletHost(context: AudioContext, numStems: number, onReport: (report: Report) => void): Promise<Host> {
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, 'stems', {
    numberOfInputs: 0,
    numberOfOutputs: numStems,
    outputChannelCount: new Array<number>(numStems).fill(2),
  });
  node.port.onmessage = (event: MessageEvent<Report>) => onReport(event.data);
  return {
    send: (command, transfer = []) => node.port.postMessage(command, transfer),
    connect: (stem, target) => node.connect(target, stem),
  };
}

function scriptHost(context: AudioContext, numStems: number, onReport: (report: Report) => void): Host {
  const player = new CommandedPlayer(onReport);
  const node = context.createScriptProcessor(SCRIPT_BLOCK, 0, 2 * numStems);
  const splitter = context.createChannelSplitter(2 * numStems);
  node.connect(splitter);
  node.onaudioprocess = (event) => {
    const buffer = event.outputBuffer;
    const outputs = Array.from({ length: numStems }, (_, stem): StemOutput => [buffer.getChannelData(2 * stem), buffer.getChannelData(2 * stem + 1)]);
    player.process(outputs, buffer.length, event.playbackTime);
  };
  return {
    send: (command) => player.handle(command),
    connect: (stem, target) => {
      const merger = context.createChannelMerger(2);
      splitter.connect(merger, 2 * stem, 0);
      splitter.connect(merger, 2 * stem + 1, 1);
      merger.connect(target);
    },
  };
}

export async function makeHost(context: AudioContext, numStems: number, onReport: (report: Report) => void): Promise<Host> {
  // Absent in insecure contexts, whatever the types say.
  return 'audioWorklet' in context ? workletHost(context, numStems, onReport) : scriptHost(context, numStems, onReport);
}
