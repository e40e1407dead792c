// The metronome on the desk: on or off, counting in, and as loud as one likes; its picture is the beats.

import { h } from '../lib/dom';
import { theme } from '../lib/theme';
import { CLICK, type Mix } from '../player/mix';
import { type Player } from '../player/player';
import { SharpCanvas } from '../score/canvas';
import { type Beat } from '../music/bars';
import { type Fader, makeFaders, toggle } from './faders';

const LEAST_GAP_PX = 3; // closer beats are left out, and only bars are shown

export function toggleClick(player: Player): void {
  player.setStrip(CLICK, { mute: !player.mix.get()[CLICK].mute });
}

export class ClickStrip {
  readonly element: HTMLElement;
  private readonly canvas: SharpCanvas;
  private readonly power: HTMLButtonElement;
  private readonly volume: Fader;
  private readonly pan: Fader;
  private drawnX = -1;

  constructor(
    private readonly beats: readonly Beat[],
    private readonly player: Player,
    signal: AbortSignal,
  ) {
    this.power = toggle('On', 'Click on each beat', () => toggleClick(player));
    const countIn = toggle('1234', '1234: count a bar in', () => player.countsIn.update((value) => !value));
    [this.volume, this.pan] = makeFaders(player, CLICK, 'Click');
    this.canvas = new SharpCanvas({ class: 'wave', 'aria-hidden': 'true' }, () => this.redraw(), signal);
    this.canvas.element.addEventListener('click', (event) => player.seek((event.offsetX / this.canvas.width) * player.durationSec));
    this.element = h(
      'li',
      { class: 'strip click', 'data-stem': CLICK },
      h('span', { class: 'title' }, 'Click'),
      h('span', { class: 'toggles' }, this.power, countIn),
      h('span', { class: 'wave-box' }, this.canvas.element),
      this.volume.element,
      this.pan.element,
    );
    player.countsIn.watch((value) => countIn.setAttribute('aria-pressed', String(value)), signal);
    theme.watch(() => this.redraw(), signal);
  }

  setMix(mix: Mix): void {
    const { mute, volume, pan } = mix[CLICK];
    this.power.setAttribute('aria-pressed', String(!mute));
    this.volume.put(volume);
    this.pan.put(pan);
    this.element.classList.toggle('silent', mute);
  }

  redraw(): void {
    this.drawnX = -1;
    this.frame(this.player.position);
  }

  frame(position: number): void {
    const { width, height } = this.canvas;
    const x = Math.round((position / this.player.durationSec) * width);
    if (x === this.drawnX || width === 0) return;
    this.drawnX = x;
    const style = getComputedStyle(this.element);
    const hasBeats = (this.beats.length * LEAST_GAP_PX) / width < 1;
    this.canvas.draw((context) => {
      context.clearRect(0, 0, width, height);
      for (const { time, beat } of this.beats) {
        if (beat !== 1 && !hasBeats) continue;
        const half = beat === 1 ? height * 0.3 : height * 0.12;
        context.fillStyle = style.getPropertyValue(time < position ? '--ink' : '--line-strong');
        context.fillRect(Math.round((time / this.player.durationSec) * width), height / 2 - half, 1, 2 * half);
      }
    });
  }
}
