// The song as a lead sheet: bars in rows, with their chords; click one to jump there.

import { h } from '../lib/dom';
import { type Store } from '../lib/store';
import { type Player } from '../player/player';
import { type ChordView, indexAt, shapeOf, type SongChord, type SongData } from '../score/song_data';
import { chordText } from './chord_text';

interface Bar {
  start: number;
  end: number;
  label: string;
  chords: { at: number; chord: SongChord | null }[]; // at: 0 to 1 of the bar; null: as before
}

const SECONDS_A_BAR = 4; // where beats are not known
const LEAST_SHARE = 0.12; // of a bar: shorter pieces of a chord belong to its neighbours

function barLines(song: SongData): { start: number; label: string }[] {
  const downbeats = song.meter.beats.filter(({ beat }) => beat === 1);
  if (downbeats.length < 2) {
    const count = Math.max(1, Math.ceil(song.durationSec / SECONDS_A_BAR));
    return Array.from({ length: count }, (_, i) => ({ start: i * SECONDS_A_BAR, label: String(i + 1) }));
  }
  const bars = downbeats.map(({ time, bar }) => ({ start: time, label: String(bar) }));
  return bars[0].start > 0.3 ? [{ start: 0, label: '' }, ...bars] : bars;
}

function toBars(song: SongData): Bar[] {
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

// The player stands on whole samples: a jump to a bar may end just before its start.
const SAMPLE_SEC = 1 / 8000;

export class Chart {
  readonly element = h('ol', { class: 'chart', 'aria-label': 'Bars and chords' });
  private readonly bars: Bar[];
  private cells: HTMLElement[] = [];
  private current = -1;

  constructor(
    private readonly song: SongData,
    private readonly player: Player,
    private readonly view: Store<ChordView>,
    signal: AbortSignal,
  ) {
    this.bars = toBars(song);
    view.watch(() => this.build(), signal);
  }

  frame(position: number): void {
    const index = indexAt(this.bars, position + SAMPLE_SEC);
    if (index === this.current) return;
    this.cells[this.current]?.classList.remove('current');
    this.cells[this.current]?.removeAttribute('aria-current');
    this.current = index;
    const cell = this.cells[index];
    if (!cell) return;
    cell.classList.add('current');
    cell.setAttribute('aria-current', 'true');
    const list = this.element;
    const above = cell.offsetTop < list.scrollTop;
    const below = cell.offsetTop + cell.offsetHeight > list.scrollTop + list.clientHeight;
    if (above || below) list.scrollTo({ top: cell.offsetTop - 8, behavior: 'smooth' });
  }

  private build(): void {
    this.cells = this.bars.map((bar) => this.cell(bar));
    this.element.replaceChildren(...this.cells.map((cell) => h('li', {}, cell)));
    this.current = -1;
  }

  private cell(bar: Bar): HTMLElement {
    const names = bar.chords.map(({ at, chord }) => {
      const name = chord?.chord ? chordText(shapeOf(this.song, chord.chord, this.view.get()).name) : chord ? '–' : h('span', { class: 'held', 'aria-label': 'held' }, '·');
      const place = h('span', { class: 'place' }, name);
      place.style.left = `${Math.round(at * 100)}%`;
      return place;
    });
    return h(
      'button',
      { type: 'button', class: 'bar', on: { click: () => this.player.seek(bar.start) } },
      h('span', { class: 'number' }, bar.label && h('span', { class: 'hidden-text' }, 'Bar '), bar.label),
      h('span', { class: 'places' }, ...names),
    );
  }
}
