// The song as a lead sheet: its bars, with the chords that begin in them.

import { keyName } from '../music/key';
import { plainName } from '../music/chord';
import { type ChordView, shapeOf, shownKey, type SongChord, type SongData } from './song_data';

export interface SheetBar {
  start: number;
  end: number;
  label: string;
  chords: { at: number; chord: SongChord | null }[]; // at: 0 to 1 of the bar; null: as before
}

const SECONDS_A_BAR = 4; // where beats are not known
const LEAST_SHARE = 0.12; // of a bar: shorter pieces of a chord belong to its neighbours
const BARS_A_LINE = 4;

function barLines(song: SongData): { start: number; label: string }[] {
  const downbeats = song.meter.beats.filter(({ beat }) => beat === 1);
  if (downbeats.length < 2) {
    const count = Math.max(1, Math.ceil(song.durationSec / SECONDS_A_BAR));
    return Array.from({ length: count }, (_, i) => ({ start: i * SECONDS_A_BAR, label: String(i + 1) }));
  }
  const bars = downbeats.map(({ time, bar }) => ({ start: time, label: String(bar) }));
  return bars[0].start > 0.3 ? [{ start: 0, label: '' }, ...bars] : bars;
}

export function toBars(song: SongData): SheetBar[] {
  const lines = barLines(song);
  return lines.map(({ start, label }, i) => {
    const end = lines[i + 1]?.start ?? song.durationSec;
    const length = Math.max(0.01, end - start);
    const chords = song.chords
      .filter((chord) => Math.min(chord.end, end) - Math.max(chord.start, start) > LEAST_SHARE * length)
      .map((chord) => ({ at: Math.max(0, (chord.start - start) / length), chord: chord as SongChord | null }));
    const isHeld = chords.length > 0 && chords[0].chord!.start < start - LEAST_SHARE * length;
    if (isHeld && i > 0) chords[0].chord = null;
    return { start, end, label, chords };
  });
}

/** Four bars a line, as musicians send them to each other; "%" is a bar as the one before it. */
export function leadSheetText(title: string, song: SongData, view: ChordView): string {
  const key = shownKey(song, view);
  const facts = [key && keyName(key), song.tempoBpm > 0 && `${Math.round(song.tempoBpm)} bpm`, view.capo > 0 && `capo ${view.capo}`].filter(Boolean);
  const cells = toBars(song).map(({ chords }) => {
    const names = chords.map(({ chord }) => (chord === null ? '%' : chord.chord ? plainName(shapeOf(song, chord.chord, view).name) : '–'));
    return names.join(' ') || '–';
  });
  const width = Math.max(6, ...cells.map((cell) => cell.length));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += BARS_A_LINE) lines.push(`| ${cells.slice(i, i + BARS_A_LINE).map((cell) => cell.padEnd(width)).join(' | ')} |`);
  return [title, facts.join(', '), '', ...lines, ''].join('\n');
}
