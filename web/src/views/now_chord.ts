// The chord of the moment, large, and the one that comes next.

import { h, replace } from '../lib/dom';
import { type Store } from '../lib/store';
import { type Chord, tonesOf } from '../music/chord';
import { beatsBetween, type ChordView, indexAt, shapeOf, shownSpelling, type SongChord, type SongData, soundingOf } from '../score/song_data';
import { chordText } from './chord_text';
import { guitarDiagram, pianoDiagram } from './diagrams';

/** The notes that sound. */
function tonesText(song: SongData, chord: Chord, view: ChordView): string {
  return tonesOf(soundingOf(song, chord, view).chord, shownSpelling(song, view.transpose)).join('  ');
}

export class NowChord {
  readonly element: HTMLElement;
  private readonly now = h('div', { class: 'now-name' });
  private readonly sounds = h('div', { class: 'sounds' });
  private readonly tones = h('div', { class: 'tones' });
  private readonly next = h('div', { class: 'next-name' });
  private readonly wait = h('div', { class: 'dots', 'aria-hidden': 'true' });
  private readonly guitar = h('div', { class: 'diagram' });
  private readonly piano = h('div', { class: 'diagram' });
  private shown = '';
  private shownWait = '';

  constructor(
    private readonly song: SongData,
    private readonly view: Store<ChordView>,
  ) {
    this.element = h(
      'section',
      { class: 'now-panel', 'aria-label': 'Chords' },
      h('div', { class: 'now-chord' }, h('div', { class: 'label' }, 'Now'), this.now, this.sounds, this.tones),
      h('div', { class: 'next-chord' }, h('div', { class: 'label' }, 'Next'), this.next, this.wait),
      h('div', { class: 'diagrams' }, this.guitar, this.piano),
    );
  }

  frame(position: number): void {
    const { chords } = this.song;
    const index = indexAt(chords, position);
    const next = chords.slice(index + 1, index + 4).find(({ chord }) => chord) ?? null;
    const { transpose, capo } = this.view.get();
    const state = `${index} ${transpose} ${capo}`;
    if (state !== this.shown) {
      this.shown = state;
      this.show(chords[index] ?? null, next);
    }
    this.showWait(position, next);
  }

  private show(current: SongChord | null, next: SongChord | null): void {
    const view = this.view.get();
    const chord = current?.chord ?? null;
    replace(this.now, chord ? chordText(shapeOf(this.song, chord, view).name) : h('span', { class: 'rest' }, '–'));
    replace(this.sounds, chord && view.capo > 0 && `sounds ${soundingOf(this.song, chord, view).name.root}`);
    replace(this.tones, chord && tonesText(this.song, chord, view));
    replace(this.next, next?.chord ? chordText(shapeOf(this.song, next.chord, view).name) : h('span', { class: 'rest' }, '–'));
    const drawn = chord ?? next?.chord;
    if (!drawn) return replace(this.guitar), replace(this.piano);
    const shape = shapeOf(this.song, drawn, view);
    const sounding = soundingOf(this.song, drawn, view);
    this.element.classList.toggle('resting', !chord);
    replace(this.guitar, guitarDiagram(shape.chord, shape.name));
    replace(this.piano, pianoDiagram(sounding.chord, sounding.name));
  }

  /** A dot for each beat until the next chord, eight at most. */
  private showWait(position: number, next: SongChord | null): void {
    const beats = next && beatsBetween(this.song, position, next.start);
    const left = beats === null ? 0 : Math.max(0, Math.min(8, Math.ceil(beats - 0.05)));
    const text = '•'.repeat(left);
    if (text === this.shownWait) return;
    this.shownWait = text;
    this.wait.textContent = text;
  }
}
