// The keyboard, for hands that are on an instrument most of the time.

import { showDialog } from '../lib/ask';
import { h } from '../lib/dom';
import { type Store } from '../lib/store';
import { CLICK, STEMS } from '../player/mix';
import { type Player } from '../player/player';
import { type ScoreView } from '../score/score_view';
import { barStart, type ChordView, MAX_TRANSPOSE, type SongData } from '../score/song_data';
import { toggleClick } from './click_strip';
import { LEAST_SPEED, MOST_SPEED, SPEED_STEP, toggleLoop } from './transport';

const HELP: [keys: string, what: string][] = [
  ['Space', 'play, pause'],
  ['← →', 'a bar back, a bar on'],
  ['Home', 'to the start'],
  ['L', 'loop these four bars, or end the loop'],
  ['[ ]', 'the loop starts, ends here'],
  ['C', 'click on each beat'],
  ['N', 'count a bar in'],
  ['1 – 5', 'mute a stem; with Shift: solo'],
  ['− +', 'slower, faster'],
  ['↑ ↓', 'transpose'],
  ['Z X', 'zoom out, in'],
  ['F', 'follow the music'],
];

export function showShortcuts(): void {
  const list = h('dl', { class: 'shortcuts' }, ...HELP.flatMap(([keys, what]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, what)]));
  void showDialog('By keyboard', list);
}

/** Whether the element has a use for the key itself. */
function wantsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog')) return true;
  if (target instanceof HTMLInputElement && target.type === 'range') return key.startsWith('Arrow') || key === 'Home' || key === 'End';
  if (target.closest('input, select, textarea')) return true;
  return key === ' ' && target.closest('button, a, summary') !== null;
}

/** Brackets are typed with AltGr (which some systems call Ctrl and Alt) or Option on many keyboards. */
function hasCommandKey({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return metaKey || (key === '[' || key === ']' ? ctrlKey && !altKey : ctrlKey || altKey);
}

/** And starts over if it plays, as it is past the end by then. */
function endLoopHere(player: Player): void {
  const start = player.loop.get()?.start ?? 0;
  player.setLoop({ start, end: player.position });
  if (player.loop.get() && player.playing.get()) player.seek(start);
}

export function listenForShortcuts(song: SongData, player: Player, score: ScoreView, view: Store<ChordView>, signal: AbortSignal): void {
  const stems = STEMS.filter((name) => player.has(name));
  const loopFrom = (start: number, end: number) => player.setLoop({ start, end });
  const faster = (by: number) => player.setSpeed(Math.min(MOST_SPEED, Math.max(LEAST_SPEED, player.speed.get() + by)));
  const transpose = (by: number) => view.update((now) => ({ ...now, transpose: Math.min(MAX_TRANSPOSE, Math.max(-MAX_TRANSPOSE, now.transpose + by)) }));
  const actions: Record<string, () => void> = {
    ' ': () => player.toggle(),
    ArrowLeft: () => player.seek(barStart(song, player.position - 0.25, 0)),
    ArrowRight: () => player.seek(barStart(song, player.position, 1)),
    ArrowUp: () => transpose(1),
    ArrowDown: () => transpose(-1),
    Home: () => player.seek(0),
    l: () => toggleLoop(song, player),
    c: () => player.has(CLICK) && toggleClick(player),
    n: () => player.countsIn.update((value) => !value),
    '[': () => loopFrom(player.position, player.loop.get()?.end ?? player.durationSec),
    ']': () => endLoopHere(player),
    '-': () => faster(-SPEED_STEP),
    '+': () => faster(SPEED_STEP),
    '=': () => faster(SPEED_STEP),
    z: () => score.zoom(1 / 1.4),
    x: () => score.zoom(1.4),
    f: () => score.follow(),
    '?': showShortcuts,
  };
  const onKey = (event: KeyboardEvent) => {
    if (hasCommandKey(event) || wantsKey(event.target, event.key)) return;
    const digit = /^Digit([1-5])$/.exec(event.code);
    const stem = digit && stems[Number(digit[1]) - 1];
    if (stem) {
      const change = event.shiftKey ? ('solo' as const) : ('mute' as const);
      player.setStrip(stem, { [change]: !player.mix.get()[stem][change] });
    } else {
      const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      action();
    }
    event.preventDefault();
  };
  addEventListener('keydown', onKey, { signal });
}
