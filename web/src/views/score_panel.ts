// The score and the lead sheet, which share a place, and what is set of them.

import { stepper } from '../lib/controls';
import { button, h, ICONS } from '../lib/dom';
import { recall, remember } from '../lib/settings';
import { type Store } from '../lib/store';
import { type ScoreView } from '../score/score_view';
import { type ChordView, MAX_CAPO, MAX_TRANSPOSE } from '../score/song_data';
import { type Chart } from './chart';

export function semitonesText(value: number): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value)}`;
}

/** Transposition of what is seen and, where there are stems, of what is heard; a capo where there are chords. */
function makeKeyTools(view: Store<ChordView>, hasChords: boolean, hasStems: boolean, signal: AbortSignal): HTMLElement {
  const transpose = stepper('Transpose', -MAX_TRANSPOSE, MAX_TRANSPOSE, 1, 0, (value) => view.update((now) => ({ ...now, transpose: value })), semitonesText);
  const capo = stepper('Capo', 0, MAX_CAPO, 1, 0, (value) => view.update((now) => ({ ...now, capo: value })), (value) => (value === 0 ? 'none' : String(value)));
  const isHeard = button('Transpose the music, too', ICONS.sound, () => view.update((now) => ({ ...now, isHeard: !now.isHeard })), { class: 'plain' });
  view.watch((now) => {
    transpose.put(now.transpose);
    capo.put(now.capo);
    isHeard.setAttribute('aria-pressed', String(now.isHeard));
  }, signal);
  return h('div', { class: 'chord-tools' }, h('div', { class: 'key-tools' }, transpose.element, hasStems && isHeard), hasChords && capo.element);
}

export function makeScorePanel(score: ScoreView, chart: Chart, view: Store<ChordView>, hasChords: boolean, hasStems: boolean, signal: AbortSignal): HTMLElement {
  const follow = h('button', { type: 'button', class: 'pill small follow', hidden: true, on: { click: () => score.follow() } }, 'Follow the music');
  score.onFollow = (isFollowing) => (follow.hidden = isFollowing);
  const zoom = h('div', { class: 'zoom' }, button('Zoom out', ICONS.minus, () => score.zoom(1 / 1.4), { class: 'plain' }), button('Zoom in', ICONS.plus, () => score.zoom(1.4), { class: 'plain' }));
  view.watch((now) => score.setChordView(now), signal);
  const tabs = ['Score', 'Chart'].map((name) => h('button', { type: 'button', class: 'tab', 'aria-pressed': 'false' }, name));
  const show = (name: string) => {
    const isChart = name === 'Chart';
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.textContent === name)));
    chart.element.hidden = !isChart;
    score.element.hidden = zoom.hidden = isChart;
    remember('panel', name);
  };
  tabs.forEach((tab) => tab.addEventListener('click', () => show(tab.textContent!)));
  show(hasChords && recall('panel') === 'Chart' ? 'Chart' : 'Score');
  return h(
    'section',
    { class: 'score-panel', 'aria-label': 'Score' },
    h(
      'div',
      { class: 'score-tools' },
      hasChords && h('div', { class: 'tabs', role: 'group', 'aria-label': 'View' }, ...tabs),
      (hasChords || hasStems) && makeKeyTools(view, hasChords, hasStems, signal),
      zoom,
    ),
    h('div', { class: 'sheet' }, score.element, chart.element, follow),
  );
}
