// The song as a lead sheet: bars in rows, with their chords; click one to jump there.

import { h } from '../lib/dom';
import { type Store } from '../lib/store';
import { type Player } from '../player/player';
import { type SheetBar, toBars } from '../score/lead_sheet';
import { type ChordView, indexAt, shapeOf, type SongData } from '../score/song_data';
import { chordText } from './chord_text';

// The player stands on whole samples: a jump to a bar may end just before its start.
const SAMPLE_SEC = 1 / 8000;

export class Chart {
  readonly element = h('ol', { class: 'chart', 'aria-label': 'Bars and chords' });
  private readonly bars: SheetBar[];
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
    if (above || below) list.scrollTo({ top: cell.offsetTop - list.clientHeight / 4, behavior: 'smooth' });
  }

  private build(): void {
    this.cells = this.bars.map((bar) => this.cell(bar));
    this.element.replaceChildren(...this.cells.map((cell) => h('li', {}, cell)));
    this.current = -1;
  }

  private cell(bar: SheetBar): HTMLElement {
    const names = bar.chords.map(({ at, chord }) => {
      const name = chord?.chord ? chordText(shapeOf(this.song, chord.chord, this.view.get()).name) : chord ? '–' : h('span', { class: 'held' }, h('span', { class: 'hidden-text' }, 'held'), h('span', { 'aria-hidden': 'true' }, '%'));
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
