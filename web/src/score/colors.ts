// The page's colours for the canvas, which knows no CSS.

import { type Chord } from '../music/chord';

export interface Palette {
  paper: string;
  raised: string;
  sunk: string;
  ink: string;
  soft: string;
  line: string;
  lineStrong: string;
  accent: string;
  wash: string;
  vocals: string;
  serif: string;
  sans: string;
  chord: [lightness: number, chroma: number];
  chordNow: [lightness: number, chroma: number];
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const text = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const number = (name: string) => Number(text(name));
  return {
    paper: text('paper'),
    raised: text('raised'),
    sunk: text('sunk'),
    ink: text('ink'),
    soft: text('soft'),
    line: text('line'),
    lineStrong: text('line-strong'),
    accent: text('accent'),
    wash: text('wash'),
    vocals: text('vocals'),
    serif: text('serif'),
    sans: text('sans'),
    chord: [number('chord-lightness'), number('chord-chroma')],
    chordNow: [number('chord-now-lightness'), number('chord-now-chroma')],
  };
}

/** Chords that are near on the circle of fifths have near colours; minor ones stand with their relative major. */
export function chordHue(chord: Chord): number {
  const major = chord.intervals.includes(3) ? chord.root + 3 : chord.root;
  return (((major * 7) % 12) * 30 + 40) % 360;
}

export function chordColor(chord: Chord | null, palette: Palette, isNow: boolean): string {
  if (!chord) return palette.sunk;
  const [lightness, chroma] = isNow ? palette.chordNow : palette.chord;
  return `oklch(${lightness} ${chroma} ${chordHue(chord)})`;
}
