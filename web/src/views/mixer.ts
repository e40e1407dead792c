// The desk: a strip a stem, with its waveform, its level, and what is heard of it.

import { h } from '../lib/dom';
import { CLICK, isAudible, isInGroup, type Mix, STEMS } from '../player/mix';
import { type Peaks } from '../player/pcm';
import { type Player } from '../player/player';
import { type SongData } from '../score/song_data';
import { ClickStrip } from './click_strip';
import { type Fader, makeFaders, toggle } from './faders';
import { Timeline } from './timeline';
import { drawWaveform } from './waveform';

type Stem = (typeof STEMS)[number];

export const STRIP_TITLES: Record<Stem, string> = { vocals: 'Vocals', instrumental: 'Instrumental', drums: 'Drums', bass: 'Bass', other: 'Other' };
const METER_FLOOR_DB = -54;
const LEAST_LOUD = 0.05; // a stem of near silence is not blown up

class StripView {
  readonly element: HTMLElement;
  private readonly timeline: Timeline;
  private readonly meter = h('div', { class: 'meter' });
  private readonly mute: HTMLButtonElement;
  private readonly solo: HTMLButtonElement;
  private readonly volume: Fader;
  private readonly pan: Fader;
  private peaks: Peaks | null = null;
  private loudest = 1;
  private shownLevel = 0;

  constructor(
    private readonly name: Stem,
    private readonly player: Player,
    signal: AbortSignal,
  ) {
    const title = STRIP_TITLES[name];
    const strip = () => player.mix.get()[name];
    this.mute = toggle('M', `Mute ${title}`, () => player.setStrip(name, { mute: !strip().mute }));
    this.solo = toggle('S', `Solo ${title}`, () => player.setStrip(name, { solo: !strip().solo }));
    [this.volume, this.pan] = makeFaders(player, name, title);
    this.timeline = new Timeline(player, (context, width, height, isPlayed) => this.paint(context, width, height, isPlayed), signal);
    this.element = h(
      'li',
      { class: `strip ${isInGroup(name) ? 'part' : ''}`, 'data-stem': name },
      h('span', { class: 'title' }, title),
      h('span', { class: 'toggles' }, this.mute, this.solo),
      h('span', { class: 'wave-box' }, this.timeline.element, this.meter),
      this.volume.element,
      this.pan.element,
    );
    this.element.style.setProperty('--color', `var(--${name})`);
  }

  setPeaks(peaks: Peaks): void {
    this.peaks = peaks;
    this.loudest = peaks.values.reduce((a, b) => Math.max(a, b), LEAST_LOUD);
    this.timeline.redraw();
  }

  setMix(mix: Mix): void {
    const { mute, solo, volume, pan } = mix[this.name];
    this.mute.setAttribute('aria-pressed', String(mute));
    this.solo.setAttribute('aria-pressed', String(solo));
    this.volume.put(volume);
    this.pan.put(pan);
    this.element.classList.toggle('silent', !isAudible(mix, this.name));
  }

  frame(position: number): void {
    this.timeline.frame(position);
    this.frameMeter();
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number, isPlayed: boolean): void {
    if (!this.peaks) return;
    context.fillStyle = getComputedStyle(this.element).getPropertyValue(isPlayed ? `--${this.name}` : '--line');
    drawWaveform(context, this.peaks, this.player.durationSec, width, height, this.loudest);
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
  private readonly stems = new Map<Stem, StripView>();
  private readonly click: ClickStrip | null;

  constructor(song: SongData, player: Player, signal: AbortSignal) {
    for (const name of STEMS) if (player.has(name)) this.stems.set(name, new StripView(name, player, signal));
    this.click = player.has(CLICK) ? new ClickStrip(song.meter.beats, player, signal) : null;
    const strips = [...this.stems.values(), ...(this.click ? [this.click] : [])];
    this.element = h('section', { class: 'mixer', 'aria-label': 'Mixer' }, h('ul', {}, ...strips.map((strip) => strip.element)));
    player.mix.watch((mix) => strips.forEach((strip) => strip.setMix(mix)), signal);
  }

  setPeaks(name: Stem, peaks: Peaks): void {
    this.stems.get(name)?.setPeaks(peaks);
  }

  frame(position: number): void {
    this.stems.forEach((strip) => strip.frame(position));
    this.click?.frame(position);
  }
}
