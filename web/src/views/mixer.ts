// The desk: a strip a stem, with its waveform, its level, and what is heard of it.

import { slider } from '../lib/controls';
import { h } from '../lib/dom';
import { theme } from '../lib/theme';
import { decibels, isAudible, isInGroup, MAX_VOLUME, type Mix, type StripName, STRIPS } from '../player/mix';
import { type Peaks } from '../player/pcm';
import { type Player } from '../player/player';
import { SharpCanvas } from '../score/canvas';
import { drawWaveform } from './waveform';

export const STRIP_TITLES: Record<StripName, string> = { vocals: 'Vocals', instrumental: 'Instrumental', drums: 'Drums', bass: 'Bass', other: 'Other' };
const METER_FLOOR_DB = -54;
const LEAST_LOUD = 0.05; // a stem of near silence is not blown up

function panText(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'middle' : `${percent} % ${pan < 0 ? 'left' : 'right'}`;
}

function toggle(text: string, label: string, onClick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'toggle', 'aria-label': label, title: label, 'aria-pressed': 'false', on: { click: onClick } }, text);
}

class StripView {
  readonly element: HTMLElement;
  private readonly canvas: SharpCanvas;
  private readonly meter = h('div', { class: 'meter' });
  private readonly mute: HTMLButtonElement;
  private readonly solo: HTMLButtonElement;
  private readonly volume;
  private readonly pan;
  private peaks: Peaks | null = null;
  private loudest = 1;
  private drawnX = -1;
  private shownLevel = 0;

  constructor(
    private readonly name: StripName,
    private readonly player: Player,
    signal: AbortSignal,
  ) {
    const title = STRIP_TITLES[name];
    const strip = () => player.mix.get()[name];
    this.mute = toggle('M', `Mute ${title}`, () => player.setStrip(name, { mute: !strip().mute }));
    this.solo = toggle('S', `Solo ${title}`, () => player.setStrip(name, { solo: !strip().solo }));
    this.volume = slider(`Volume of ${title}`, 0, MAX_VOLUME, 0.01, 1, (volume) => player.setStrip(name, { volume }), (value) => `${decibels(value)} dB`, { class: 'volume' });
    this.pan = slider(`Panorama of ${title}`, -1, 1, 0.02, 0, (pan) => player.setStrip(name, { pan: Math.abs(pan) < 0.05 ? 0 : pan }), panText, { class: 'pan' });
    this.volume.addEventListener('dblclick', () => player.setStrip(name, { volume: 1 }));
    this.pan.addEventListener('dblclick', () => player.setStrip(name, { pan: 0 }));
    this.canvas = new SharpCanvas({ class: 'wave', 'aria-hidden': 'true' }, () => this.redraw(), signal);
    this.canvas.element.addEventListener('click', (event) => player.seek((event.offsetX / this.canvas.width) * player.durationSec));
    this.element = h(
      'li',
      { class: `strip ${isInGroup(name) ? 'part' : ''}`, 'data-stem': name },
      h('span', { class: 'title' }, title),
      h('span', { class: 'toggles' }, this.mute, this.solo),
      h('span', { class: 'wave-box' }, this.canvas.element, this.meter),
      h('span', { class: 'fader' }, h('span', { class: 'label', 'aria-hidden': 'true' }, 'Vol'), this.volume),
      h('span', { class: 'fader' }, h('span', { class: 'label', 'aria-hidden': 'true' }, 'Pan'), this.pan),
    );
    this.element.style.setProperty('--color', `var(--${name})`);
    theme.watch(() => this.redraw(), signal);
  }

  setPeaks(peaks: Peaks): void {
    this.peaks = peaks;
    this.loudest = peaks.values.reduce((a, b) => Math.max(a, b), LEAST_LOUD);
    this.redraw();
  }

  setMix(mix: Mix): void {
    const { mute, solo, volume, pan } = mix[this.name];
    this.mute.setAttribute('aria-pressed', String(mute));
    this.solo.setAttribute('aria-pressed', String(solo));
    this.volume.put(volume);
    this.pan.put(pan);
    this.element.classList.toggle('silent', !isAudible(mix, this.name));
  }

  redraw(): void {
    this.drawnX = -1;
    this.frame(this.player.position);
  }

  frame(position: number): void {
    const x = Math.round((position / this.player.durationSec) * this.canvas.width);
    if (this.peaks && x !== this.drawnX) {
      this.drawnX = x;
      const style = getComputedStyle(this.element);
      const [played, ahead] = [style.getPropertyValue(`--${this.name}`), style.getPropertyValue('--line')];
      this.canvas.draw((context) => {
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        drawWaveform(context, this.peaks!, this.player.durationSec, this.canvas.width, this.canvas.height, position, this.loudest, { played, ahead, headroom: 0.94 });
      });
    }
    this.frameMeter();
  }

  private frameMeter(): void {
    const decibel = 20 * Math.log10(Math.max(1e-6, this.player.playing.get() ? this.player.level(this.name) : 0));
    const level = Math.min(1, Math.max(0, 1 - decibel / METER_FLOOR_DB));
    const shown = Math.max(level, this.shownLevel - 0.03); // falls slowly, to be seen
    if (shown === this.shownLevel) return;
    this.shownLevel = shown < 0.01 ? 0 : shown;
    this.meter.style.transform = `scaleX(${this.shownLevel.toFixed(3)})`;
  }
}

export class Mixer {
  readonly element: HTMLElement;
  private readonly strips = new Map<StripName, StripView>();

  constructor(player: Player, signal: AbortSignal) {
    for (const name of STRIPS) if (player.has(name)) this.strips.set(name, new StripView(name, player, signal));
    const elements = [...this.strips.values()].map((strip) => strip.element);
    this.element = h('section', { class: 'mixer', 'aria-label': 'Mixer' }, h('ul', {}, ...elements));
    player.mix.watch((mix) => this.strips.forEach((strip) => strip.setMix(mix)), signal);
  }

  setPeaks(name: StripName, peaks: Peaks): void {
    this.strips.get(name)?.setPeaks(peaks);
  }

  frame(position: number): void {
    this.strips.forEach((strip) => strip.frame(position));
  }
}
