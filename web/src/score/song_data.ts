// All that is known of a song, as the views want it.

import { type ChordList, type FrameColumns, type NoteList, type Results } from '../api/client';
import { type Meter, meterOf, nearestIndex } from '../music/bars';
import { type Chord, type ChordName, nameOf, parseChord, transposeChord } from '../music/chord';
import { type Key, parseKey, spellingOf, transposeKey } from '../music/key';
import { type PitchTrack, pitchRange, type SungNote, toPitchTrack } from '../music/notes';
import { type Spelling } from '../music/pitch';

export interface SongChord {
  start: number;
  end: number;
  chord: Chord | null; // null: none is played
  confidence: number;
}

export interface SongData {
  durationSec: number;
  tempoBpm: number;
  tuningCents: number;
  key: Key | null;
  meter: Meter;
  beatTimes: number[];
  chords: SongChord[];
  track: PitchTrack | null;
  notes: SungNote[];
  range: [number, number] | null; // MIDI
}

/** How the chords are shown: semitones that they are moved by, and the fret of a capo. */
export interface ChordView {
  transpose: number;
  capo: number;
  isHeard: boolean; // whether the music is transposed, too
}

export const MAX_TRANSPOSE = 11;
export const MAX_CAPO = 11;

export function makeSongData(metadata: Results['metadata'], chordList: ChordList | null, frames: FrameColumns | null, notes: NoteList | null): SongData {
  const chords = (chordList ?? []).map(({ start, end, label, confidence }): SongChord => ({ start, end, chord: parseChord(label), confidence }));
  const tuningCents = metadata.tuning_cents ?? 0;
  const columns = frames?.columns;
  const track = columns ? toPitchTrack(columns.midi as (number | null)[], columns.confidence as number[], frames.hop_sec, tuningCents) : null;
  return {
    durationSec: metadata.duration,
    tempoBpm: metadata.tempo_bpm,
    tuningCents,
    key: parseKey(metadata.key),
    beatTimes: metadata.beats ?? [],
    meter: meterOf(metadata.beats ?? [], metadata.downbeats ?? [], metadata.beats_per_bar ?? 0),
    chords,
    track,
    notes: notes ?? [],
    range: track ? pitchRange(track) : null,
  };
}

/** The index of the last item that begins at or before `time`; -1 before the first. */
export function indexAt(items: readonly { start: number }[], time: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Semitones that the music is moved by. */
export function heardShift(view: ChordView): number {
  return view.isHeard ? view.transpose : 0;
}

export function shownKey(song: SongData, view: ChordView): Key | null {
  return song.key && transposeKey(song.key, view.transpose);
}

export function shownSpelling(song: SongData, semitones: number): Spelling {
  return spellingOf(song.key && transposeKey(song.key, semitones));
}

/** What a guitarist with the capo plays: its shape sounds `capo` semitones higher. */
export function shapeOf(song: SongData, chord: Chord, view: ChordView): { chord: Chord; name: ChordName } {
  const semitones = view.transpose - view.capo;
  const shape = transposeChord(chord, semitones);
  return { chord: shape, name: nameOf(shape, shownSpelling(song, semitones)) };
}

/** What sounds. */
export function soundingOf(song: SongData, chord: Chord, view: ChordView): { chord: Chord; name: ChordName } {
  const sounding = transposeChord(chord, view.transpose);
  return { chord: sounding, name: nameOf(sounding, shownSpelling(song, view.transpose)) };
}

/** Beats from `from` to `to`; null if beats are not known. */
export function beatsBetween(song: SongData, from: number, to: number): number | null {
  const times = song.beatTimes;
  if (times.length < 2) return null;
  const period = (times[times.length - 1] - times[0]) / (times.length - 1);
  const place = (time: number) => {
    const nearest = nearestIndex(times, time);
    return nearest + (time - times[nearest]) / period;
  };
  return place(to) - place(from);
}

/** The start of the bar that `time` is in, moved by `bars`; by seconds where bars are not known. */
export function barStart(song: SongData, time: number, bars: number): number {
  const starts = song.meter.beats.filter(({ beat }) => beat === 1).map((beat) => ({ start: beat.time }));
  if (starts.length === 0) return Math.min(song.durationSec, Math.max(0, time + 2 * bars));
  const index = indexAt(starts, time + 0.02) + bars;
  if (index < 0) return 0;
  return index >= starts.length ? song.durationSec : starts[index].start;
}
