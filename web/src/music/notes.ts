// The singer's pitch curve and notes, as the service has heard them.

export interface PitchTrack {
  hopSec: number;
  midi: Float32Array; // NaN where nobody sings
  confidence: Float32Array; // 0 to 1
}

export interface SungNote {
  start: number; // seconds
  end: number;
  midi: number; // whole, in the tuning of the song
  confidence: number; // 0 to 1
}

/** Columns of the API (`frames?layout=columns`) as arrays; `tuningCents` is what the song is above 440 Hz. */
export function toPitchTrack(midi: readonly (number | null)[], confidence: readonly number[], hopSec: number, tuningCents: number): PitchTrack {
  return {
    hopSec,
    midi: Float32Array.from(midi, (value) => (value === null ? NaN : value - tuningCents / 100)),
    confidence: Float32Array.from(confidence),
  };
}

/** The lowest and highest note that matter: outliers are left out. Null without any. */
export function pitchRange(track: PitchTrack): [number, number] | null {
  const sung = Array.from(track.midi).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sung.length === 0) return null;
  return [sung[Math.floor(sung.length * 0.005)], sung[Math.ceil(sung.length * 0.995) - 1]];
}
