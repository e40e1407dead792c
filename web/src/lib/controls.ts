// Small controls that several views use.

import { button, h, ICONS } from './dom';

/** A range whose track is filled up to its value; `show` says what a screen reader hears. */
export function slider(label: string, least: number, most: number, step: number, value: number, onInput: (value: number) => void, show: (value: number) => string, options: Record<string, string> = {}): HTMLInputElement & { put(value: number): void } {
  const input = h('input', { type: 'range', min: least, max: most, step, 'aria-label': label, title: label, ...options }) as HTMLInputElement & { put(value: number): void };
  input.put = (changed: number) => {
    input.value = String(changed);
    input.style.setProperty('--fill', `${(100 * (changed - least)) / (most - least)}%`);
    input.setAttribute('aria-valuetext', show(changed));
  };
  input.addEventListener('input', () => {
    input.put(input.valueAsNumber);
    onInput(input.valueAsNumber);
  });
  input.put(value);
  return input;
}

/** A number between a minus and a plus; a click on it brings `neutral` back. */
export function stepper(label: string, least: number, most: number, step: number, neutral: number, onChange: (value: number) => void, show: (value: number) => string): { element: HTMLElement; put(value: number): void } {
  let value = neutral;
  const output = h('button', { type: 'button', class: 'value', on: { click: () => onChange(neutral) } });
  const move = (by: number) => onChange(Math.min(most, Math.max(least, Math.round((value + by) / step) * step)));
  const minus = button(`${label} down`, ICONS.minus, () => move(-step), { class: 'plain' });
  const plus = button(`${label} up`, ICONS.plus, () => move(step), { class: 'plain' });
  const put = (changed: number) => {
    value = changed;
    output.textContent = show(changed);
    output.setAttribute('aria-label', `${label}: ${show(changed)}. Reset`);
    output.classList.toggle('changed', changed !== neutral);
    minus.disabled = changed <= least;
    plus.disabled = changed >= most;
  };
  put(neutral);
  const element = h('div', { class: 'stepper', role: 'group', 'aria-label': label }, h('span', { class: 'label', 'aria-hidden': 'true' }, label), h('div', {}, minus, output, plus));
  return { element, put };
}
