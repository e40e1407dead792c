// What every strip of the desk has: volume, panorama, and buttons that stay down.

import { slider } from '../lib/controls';
import { h } from '../lib/dom';
import { decibels, MAX_VOLUME, type StripName } from '../player/mix';
import { type Player } from '../player/player';

export interface Fader {
  element: HTMLElement;
  put(value: number): void;
}

function panText(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'middle' : `${percent} % ${pan < 0 ? 'left' : 'right'}`;
}

export function toggle(text: string, label: string, onClick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'toggle', 'aria-label': label, title: label, 'aria-pressed': 'false', on: { click: onClick } }, text);
}

/** A double click brings a fader back to where it was at first. */
export function makeFaders(player: Player, name: StripName, title: string): [volume: Fader, pan: Fader] {
  const volume = slider(`Volume of ${title}`, 0, MAX_VOLUME, 0.01, 1, (value) => player.setStrip(name, { volume: value }), (value) => `${decibels(value)} dB`, { class: 'volume' });
  const pan = slider(`Panorama of ${title}`, -1, 1, 0.02, 0, (value) => player.setStrip(name, { pan: Math.abs(value) < 0.05 ? 0 : value }), panText, { class: 'pan' });
  volume.addEventListener('dblclick', () => player.setStrip(name, { volume: 1 }));
  pan.addEventListener('dblclick', () => player.setStrip(name, { pan: 0 }));
  const box = (label: string, input: HTMLInputElement) => h('span', { class: 'fader' }, h('span', { class: 'label', 'aria-hidden': 'true' }, label), input);
  return [
    { element: box('Vol', volume), put: (value) => volume.put(value) },
    { element: box('Pan', pan), put: (value) => pan.put(value) },
  ];
}
