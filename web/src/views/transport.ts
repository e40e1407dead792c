// What is always at hand: play, where in the song, the loop, the speed.

import { slider, stepper } from '../lib/controls';
import { button, h, icon, ICONS, replace } from '../lib/dom';
import { clock, clockTenths } from '../lib/format';
import { CLICK } from '../player/mix';
import { type Player } from '../player/player';
import { loopHere } from '../score/score_view';
import { barStart, type SongData } from '../score/song_data';
import { toggleClick } from './click_strip';

export const SPEED_STEP = 0.05;
export const LEAST_SPEED = 0.5;
export const MOST_SPEED = 1.5;

export function toggleLoop(song: SongData, player: Player): void {
  player.setLoop(player.loop.get() ? null : loopHere(song, player.position));
}

export class Transport {
  readonly element: HTMLElement;
  private readonly seek;
  private readonly time = h('span', { class: 'time' });
  private readonly marks = h('div', { class: 'loop-mark', hidden: true });
  private shownTime = '';
  private shownValue = -1;

  constructor(
    song: SongData,
    player: Player,
    signal: AbortSignal,
  ) {
    const play = h('button', { type: 'button', class: 'play', on: { click: () => player.toggle() } });
    const loop = button('Loop', ICONS.loop, () => toggleLoop(song, player), { class: 'plain', 'aria-pressed': 'false' });
    const back = button('Back to the start', ICONS.start, () => player.seek(player.loop.get()?.start ?? 0), { class: 'plain' });
    const click = button('Click', ICONS.metronome, () => toggleClick(player), { class: 'plain click-key', 'aria-pressed': 'false', hidden: !player.has(CLICK) });
    const speed = stepper('Speed', LEAST_SPEED, MOST_SPEED, SPEED_STEP, 1, (value) => player.setSpeed(value), (value) => `${Math.round(value * 100)} %`);
    this.seek = slider('Position', 0, song.durationSec, 0.01, 0, (value) => player.seek(value), (value) => `${clock(value)} of ${clock(song.durationSec)}`, { class: 'seek' });
    this.seek.addEventListener('keydown', (event) => {
      const bars = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (bars === undefined) return;
      event.preventDefault(); // a hundredth of a second a step would be no help
      event.stopPropagation();
      player.seek(barStart(song, player.position, bars));
    });
    const total = h('span', { class: 'total' }, clock(song.durationSec));
    this.element = h(
      'section',
      { class: 'transport', 'aria-label': 'Player' },
      h('div', { class: 'line' }, h('div', { class: 'seek-box' }, this.marks, this.seek)),
      h('div', { class: 'keys' }, h('div', { class: 'clock' }, this.time, h('span', { 'aria-hidden': 'true' }, ' / '), total), h('div', { class: 'main-keys' }, back, play, loop), h('div', { class: 'side-keys' }, click, speed.element)),
    );
    player.ready.watch((isReady) => (play.disabled = !isReady), signal);
    const showPlay = () => {
      const isPlaying = player.playing.get();
      const counting = player.counting.get();
      const label = isPlaying ? 'Pause' : 'Play';
      play.setAttribute('aria-label', label);
      play.title = `${label} (Space)`;
      replace(play, counting > 0 ? h('span', { class: 'counting' }, String(counting)) : icon(...(isPlaying ? ICONS.pause : ICONS.play)));
    };
    player.playing.watch(showPlay, signal);
    player.counting.watch(showPlay, signal);
    player.mix.watch((mix) => click.setAttribute('aria-pressed', String(!mix[CLICK].mute)), signal);
    player.speed.watch((value) => speed.put(value), signal);
    player.loop.watch((region) => {
      loop.setAttribute('aria-pressed', String(region !== null));
      this.marks.hidden = region === null;
      if (!region) return;
      this.marks.style.left = `${(100 * region.start) / song.durationSec}%`;
      this.marks.style.width = `${(100 * (region.end - region.start)) / song.durationSec}%`;
    }, signal);
  }

  frame(position: number): void {
    const text = clockTenths(position);
    if (text !== this.shownTime) this.time.textContent = this.shownTime = text;
    const value = Math.round(position * 20) / 20;
    if (value === this.shownValue) return;
    this.shownValue = value;
    this.seek.put(position);
  }
}
