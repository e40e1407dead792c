// The state of the mixing desk, and what is heard of each stem by it. Pure functions.

/** The stems that are played. The instrumental is their group: bass, drums and other make it, sample by sample. */
export const PARTS = ['vocals', 'drums', 'bass', 'other'] as const;
export const GROUP = 'instrumental';
export const CLICK = 'click'; // the metronome; it is heard if it is on, whatever else is
export const COUNT_IN = 'count-in'; // as loud as the click, on or not
export const STEMS = ['vocals', GROUP, 'drums', 'bass', 'other'] as const;
export const STRIPS = [...STEMS, CLICK] as const;
export type Part = (typeof PARTS)[number];
export type StripName = (typeof STRIPS)[number];

export interface Strip {
  volume: number; // 0 to 1.5; 1 leaves it as it is
  pan: number; // -1 left to 1 right
  mute: boolean;
  solo: boolean;
}
export type Mix = Record<StripName, Strip>;

export const MAX_VOLUME = 1.5;
const NEUTRAL: Strip = { volume: 1, pan: 0, mute: false, solo: false };

export function neutralMix(): Mix {
  return Object.fromEntries(STRIPS.map((name) => [name, { ...NEUTRAL, mute: name === CLICK }])) as Mix;
}

export function isNeutral(mix: Mix): boolean {
  return mix[CLICK].mute && STEMS.every((name) => isAudible(mix, name) && mix[name].volume === 1 && mix[name].pan === 0);
}

export function withStrip(mix: Mix, name: StripName, change: Partial<Strip>): Mix {
  return { ...mix, [name]: { ...mix[name], ...change } };
}

export function isInGroup(name: StripName): boolean {
  return name !== 'vocals' && name !== GROUP && name !== CLICK;
}

/** Whether anything of the strip is let through. A mute wins; a solo silences all that is neither it nor within it. */
export function isAudible(mix: Mix, name: StripName): boolean {
  if (mix[name].mute) return false;
  if (isInGroup(name) && mix[GROUP].mute) return false;
  if (name === CLICK) return true;
  const anySolo = STEMS.some((other) => mix[other].solo);
  if (!anySolo || mix[name].solo) return true;
  if (name === GROUP) return STEMS.some((other) => isInGroup(other) && mix[other].solo);
  // In a group that is soloed as a whole all parts sound, unless some of them are soloed, too.
  const partSolo = STEMS.some((other) => isInGroup(other) && mix[other].solo);
  return isInGroup(name) && mix[GROUP].solo && !partSolo;
}

/** A fader's position to an amplitude. */
export function gainOf(mix: Mix, name: StripName): number {
  return isAudible(mix, name) ? mix[name].volume : 0;
}

/** [to left from left, to left from right, to right from left, to right from right], as a StereoPannerNode pans stereo. */
export type PanMatrix = [number, number, number, number];

export function panMatrix(pan: number): PanMatrix {
  const angle = ((pan <= 0 ? pan + 1 : pan) * Math.PI) / 2;
  const [keep, move] = [Math.cos(angle), Math.sin(angle)];
  return pan <= 0 ? [1, keep, 0, move] : [keep, 0, move, 1];
}

function after(second: PanMatrix, first: PanMatrix): PanMatrix {
  const [a, b, c, d] = second;
  const [e, f, g, h] = first;
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

/** What becomes of a part, or of the click, on its way to the ears: its own strip, then its group's. Null if it is not heard. */
export function pathOf(mix: Mix, part: Part | typeof CLICK): PanMatrix | null {
  const gain = gainOf(mix, part) * (isInGroup(part) ? gainOf(mix, GROUP) : 1);
  if (gain === 0) return null;
  const own = panMatrix(mix[part].pan);
  const matrix = isInGroup(part) ? after(panMatrix(mix[GROUP].pan), own) : own;
  return matrix.map((value) => value * gain) as PanMatrix;
}

export function decibels(volume: number): string {
  return volume === 0 ? '−∞' : `${volume > 1 ? '+' : ''}${(20 * Math.log10(volume)).toFixed(1).replace('-', '−')}`;
}
