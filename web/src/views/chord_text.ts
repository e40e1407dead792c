// A chord's name, set as in a songbook.

import { h } from '../lib/dom';
import { type ChordName, spokenName } from '../music/chord';

function withSmallSigns(text: string): (Node | string)[] {
  return text.split(/([♭♯])/).map((part) => (part === '♭' || part === '♯' ? h('span', { class: 'sign' }, part) : part));
}

/** Read aloud as words. */
export function chordText(name: ChordName): HTMLElement {
  return h(
    'span',
    { class: 'chord' },
    h('span', { class: 'hidden-text' }, spokenName(name)),
    h(
      'span',
      { 'aria-hidden': 'true' },
      ...withSmallSigns(name.root),
      name.suffix ? h('sup', {}, ...withSmallSigns(name.suffix)) : null,
      name.bass ? h('span', { class: 'over' }, '/', ...withSmallSigns(name.bass)) : null,
    ),
  );
}
