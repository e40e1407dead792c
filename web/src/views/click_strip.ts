// The metronome on the desk: on or off, counting in, and as loud as one likes; its picture is the beats.

import { h } from '../lib/dom';
import { type Beat } from '../music/bars';
import { CLICK, type Mix } from '../player/mix';
import { type Player } from '../player/player';
import { type Fader, makeFaders, toggle } from './faders';
import { Timeline } from './timeline';

const LEAST_GAP_PX = 3; // closer beats are left out, and only bars are shown

export function toggleClick(player: Player): void {
  player.setStrip(CLICK, { mute: !player.mix.get()[CLICK].mute });
}

export class ClickStrip {
  readonly element: HTMLElement;
  private readonly timeline: Timeline;
  private readonly power: HTMLButtonElement;
  private readonly volume: Fader;
  private readonly pan: Fader;

  constructor(
    private readonly beats: readonly Beat[],
    private readonly player: Player,
    signal: AbortSignal,
  ) {
    this.power = toggle('On', 'Click on each beat', () => toggleClick(player));
    const countIn = toggle('1234', '1234: count a bar in', () => player.countsIn.update((value) => !value));
    [this.volume, this.pan] = makeFaders(player, CLICK, 'Click');
    this.element = h('li', { class: 'strip click', 'data-stem': CLICK });
    this.timeline = new Timeline(player, (context, width, height, isPlayed) => this.paint(context, width, height, isPlayed), signal);
    this.element.append(
      h('span', { class: 'title' }, 'Click'),
      h('span', { class: 'toggles' }, this.power, countIn),
      h('span', { class: 'wave-box' }, this.timeline.element),
      this.volume.element,
      this.pan.element,
    );
    player.countsIn.watch((value) => countIn.setAttribute('aria-pressed', String(value)), signal);
  }

  setMix(mix: Mix): void {
    const { mute, volume, pan } = mix[CLICK];
    this.power.setAttribute('aria-pressed', String(!mute));
    this.volume.put(volume);
    this.pan.put(pan);
    this.element.classList.toggle('silent', mute);
  }

  frame(position: number): void {
    this.timeline.frame(position);
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number, isPlayed: boolean): void {
    const hasBeats = (this.beats.length * LEAST_GAP_PX) / width < 1;
    context.fillStyle = getComputedStyle(this.element).getPropertyValue(isPlayed ? '--ink' : '--line-strong');
    for (const { time, beat } of this.beats) {
      if (beat !== 1 && !hasBeats) continue;
      const half = height * (beat === 1 ? 0.3 : 0.12);
      context.fillRect(Math.round((time / this.player.durationSec) * width), height / 2 - half, 1, 2 * half);
    }
  }
}
