// How a chord is played: a guitar's neck and a piano's keys.

import { svg } from '../lib/dom';
import { type Chord, type ChordName, spokenName } from '../music/chord';
import { type GuitarShape, guitarShape } from '../music/guitar';
import { KEYBOARD_KEYS, pianoKeys } from '../music/piano';
import { isBlackKey } from '../music/pitch';

const STRING_GAP = 16;
const FRET_GAP = 20;
const LEFT = 22;
const TOP = 24;
const FRETS = 4;

function describeShape(shape: GuitarShape): string {
  return shape.frets.map((fret) => (fret === null ? 'x' : String(fret))).join(' ');
}

export function guitarDiagram(chord: Chord, name: ChordName): SVGElement | null {
  const shape = guitarShape(chord);
  if (!shape) return null;
  const pressed = shape.frets.filter((fret): fret is number => fret !== null && fret > 0);
  const base = Math.max(...pressed, 0) <= FRETS ? 1 : Math.min(...pressed);
  const width = 5 * STRING_GAP;
  const height = FRETS * FRET_GAP;
  const x = (string: number) => LEFT + string * STRING_GAP;
  const y = (fret: number) => TOP + (fret - base + 0.5) * FRET_GAP;
  const strings = shape.frets.map((_, string) => svg('path', { d: `M${x(string)} ${TOP}v${height}` }));
  const frets = Array.from({ length: FRETS + 1 }, (_, i) => svg('path', { d: `M${LEFT} ${TOP + i * FRET_GAP}h${width}`, class: i === 0 && base === 1 ? 'nut' : '' }));
  const marks = shape.frets.map((fret, string) => {
    if (fret === null) return svg('path', { class: 'mute', d: `M${x(string) - 4} ${TOP - 14}l8 8m0-8l-8 8` });
    if (fret === 0) return svg('circle', { class: 'open', cx: x(string), cy: TOP - 10, r: 4 });
    return svg('circle', { class: 'dot', cx: x(string), cy: y(fret), r: 6 });
  });
  const held = shape.barre === null ? [] : shape.frets.flatMap((fret, string) => (fret === shape.barre ? [string] : []));
  const barre =
    shape.barre !== null &&
    svg('rect', { class: 'dot', x: x(held[0]) - 6, y: y(shape.barre) - 6, width: x(held[held.length - 1]) - x(held[0]) + 12, height: 12, rx: 6 });
  const position = base > 1 && svg('text', { x: LEFT - 9, y: y(base) + 4, 'text-anchor': 'end' }, String(base));
  return svg(
    'svg',
    { class: 'guitar', viewBox: `0 0 ${LEFT + width + 12} ${TOP + height + 6}`, role: 'img', 'aria-label': `${spokenName(name)} on the guitar: ${describeShape(shape)}` },
    ...frets,
    ...strings,
    barre,
    ...marks,
    position,
  );
}

const WHITE_WIDTH = 13;
const WHITE_HEIGHT = 56;
const BLACK_HEIGHT = 34;

export function pianoDiagram(chord: Chord, name: ChordName): SVGElement {
  const held = new Set(pianoKeys(chord));
  const whites: SVGElement[] = [];
  const blacks: SVGElement[] = [];
  let left = 0;
  for (let key = 0; key < KEYBOARD_KEYS; key++) {
    const on = held.has(key) ? ' on' : '';
    if (isBlackKey(key)) {
      blacks.push(svg('rect', { class: `black${on}`, x: left - 4, y: 0.5, width: 8, height: BLACK_HEIGHT, rx: 1.5 }));
    } else {
      whites.push(svg('rect', { class: `white${on}`, x: left + 0.5, y: 0.5, width: WHITE_WIDTH, height: WHITE_HEIGHT, rx: 2.5 }));
      left += WHITE_WIDTH;
    }
  }
  return svg('svg', { class: 'piano', viewBox: `0 0 ${left + 1} ${WHITE_HEIGHT + 1}`, role: 'img', 'aria-label': `${spokenName(name)} on the piano` }, ...whites, ...blacks);
}
