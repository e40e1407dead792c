// What the page and the audio thread tell each other.

import { type ClickBeat } from './click';
import { type Pcm } from './pcm';
import { type Loop } from './reading';

/** A bar of clicks before the music: their number, and the samples from one to the next. */
export interface CountIn {
  beats: number;
  periodSamples: number;
}

export type Command =
  | { type: 'load'; stems: Pcm[]; ratio: number; beats: ClickBeat[] }
  | { type: 'play'; countIn: CountIn | null }
  | { type: 'pause' }
  | { type: 'seek'; position: number; id: number }
  | { type: 'speed'; speed: number }
  | { type: 'pitch'; semitones: number }
  | { type: 'loop'; loop: Loop | null };

/** Sent now and then; all in samples of the stems, save `time`: when that position is put out, on the context's clock. */
export interface Report {
  position: number;
  time: number;
  ended: boolean;
  seekId: number; // of the last seek that was received
  counting: number; // the beat that is counted in, from 1 on; 0: the music plays, or rests
}

export const REPORT_EVERY = 1024; // samples
