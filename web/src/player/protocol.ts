// What the page and the audio thread tell each other.

import { type Pcm } from './pcm';
import { type Loop } from './stretch';

export type Command =
  | { type: 'load'; stems: Pcm[] }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'seek'; position: number; id: number }
  | { type: 'speed'; speed: number }
  | { type: 'loop'; loop: Loop | null };

/** Sent now and then; all in samples, save `time`: when that position is put out, on the context's clock. */
export interface Report {
  position: number;
  time: number;
  ended: boolean;
  seekId: number; // of the last seek that was received
}

export const REPORT_EVERY = 1024; // samples
