// Notes from the singer's pitch curve, so that they can be named.

export interface PitchTrack {
  hopSec: number;
  midi: Float32Array; // NaN where nobody sings
  confidence: Float32Array; // 0 to 1
}

export interface SungNote {
  start: number; // seconds
  end: number;
  midi: number; // whole
  confidence: number; // mean
}

const LEAVES_SEMITONES = 0.6; // a little more than half, so that a note between two keys is one note
const LEAVES_FRAMES = 4;
const MIN_NOTE_FRAMES = 8;
const HALF_VIBRATO_FRAMES = 8; // of about six turns a second

function median(values: Float32Array): number {
  return values.slice().sort()[values.length >> 1];
}

/** Columns of the API (`frames?layout=columns`) as arrays; `tuningCents` is what the song is above 440 Hz. */
export function toPitchTrack(midi: readonly (number | null)[], confidence: readonly number[], hopSec: number, tuningCents: number): PitchTrack {
  return {
    hopSec,
    midi: Float32Array.from(midi, (value) => (value === null ? NaN : value - tuningCents / 100)),
    confidence: Float32Array.from(confidence),
  };
}

/** Without its vibrato. */
function smooth(pitch: Float32Array): Float32Array {
  return pitch.map((_, i) => {
    const from = Math.max(0, i - HALF_VIBRATO_FRAMES);
    const near = pitch.subarray(from, Math.min(pitch.length, i + HALF_VIBRATO_FRAMES + 1));
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/** Where one breath of singing goes from note to note: the first frames of its notes. */
function noteStarts(pitch: Float32Array): number[] {
  const steady = smooth(pitch);
  const starts = [0];
  let center = steady[0];
  let away = 0;
  for (let i = 1; i < pitch.length; i++) {
    away = Math.abs(steady[i] - center) > LEAVES_SEMITONES ? away + 1 : 0;
    if (away < LEAVES_FRAMES) {
      if (away === 0) center += (steady[i] - center) / Math.min(i - starts[starts.length - 1] + 1, 20);
      continue;
    }
    const settled = steady[Math.min(pitch.length - 1, i + HALF_VIBRATO_FRAMES)];
    let start = Math.max(starts[starts.length - 1] + 1, i - LEAVES_FRAMES - HALF_VIBRATO_FRAMES);
    while (start < i + HALF_VIBRATO_FRAMES && Math.abs(pitch[start] - settled) > Math.abs(pitch[start] - center)) start++;
    start = Math.min(start, pitch.length - 1);
    starts.push(start);
    center = settled;
    away = 0;
    i = Math.max(i, start);
  }
  return starts;
}

export function findNotes(track: PitchTrack): SungNote[] {
  const notes: SungNote[] = [];
  const addBreath = (first: number, end: number) => {
    const starts = noteStarts(track.midi.subarray(first, end)).map((start) => start + first);
    starts.forEach((from, i) => {
      const to = starts[i + 1] ?? end;
      if (to - from < MIN_NOTE_FRAMES) return;
      const confidence = track.confidence.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
      notes.push({ start: from * track.hopSec, end: to * track.hopSec, midi: Math.round(median(track.midi.subarray(from, to))), confidence });
    });
  };
  let first = -1;
  for (let i = 0; i <= track.midi.length; i++) {
    const isSung = i < track.midi.length && !Number.isNaN(track.midi[i]);
    if (isSung && first < 0) first = i;
    if (!isSung && first >= 0) {
      addBreath(first, i);
      first = -1;
    }
  }
  return notes;
}

/** The lowest and highest note that matter: outliers are left out. Null without any. */
export function pitchRange(track: PitchTrack): [number, number] | null {
  const sung = Array.from(track.midi).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sung.length === 0) return null;
  return [sung[Math.floor(sung.length * 0.005)], sung[Math.ceil(sung.length * 0.995) - 1]];
}
