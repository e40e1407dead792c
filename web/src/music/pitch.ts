// Notes by name and number. A pitch class is 0 (C) to 11 (B); MIDI 60 is C4.

const LETTERS: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const LETTER_ORDER = 'CDEFGAB';
/** The names of the twelve notes from C up, as a key has them. */
export type Spelling = readonly string[];

export const SHARP_NAMES: Spelling = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];
export const FLAT_NAMES: Spelling = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'Gb', 'G', 'Ab', 'A', 'Bb', 'B'];

export function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** "Bb" -> 10; null if it is no note. */
export function pitchClassOf(name: string): number | null {
  const match = /^([A-G])([b#]*)$/.exec(name);
  if (!match) return null;
  let value = LETTERS[match[1]];
  for (const sign of match[2]) value += sign === '#' ? 1 : -1;
  return modulo(value, 12);
}

export function noteName(pitchClass: number, spelling: Spelling): string {
  return spelling[modulo(pitchClass, 12)];
}

/** The note `semitones` above `root`, with the letter that is `letters` after the root's: F# above D, not Gb. */
export function noteAbove(root: string, semitones: number, letters: number): string {
  const letter = LETTER_ORDER[(LETTER_ORDER.indexOf(root[0]) + letters) % 7];
  const wanted = modulo(pitchClassOf(root)! + semitones, 12);
  const away = modulo(wanted - LETTERS[letter] + 6, 12) - 6;
  if (Math.abs(away) > 1) return noteName(wanted, away > 0 ? SHARP_NAMES : FLAT_NAMES); // nobody wants to read double signs
  return letter + ['b', '', '#'][away + 1];
}

/** "Bb" -> "B♭". */
export function withSigns(text: string): string {
  return text.replace(/b/g, '♭').replace(/#/g, '♯');
}

export function isBlackKey(midi: number): boolean {
  return [1, 3, 6, 8, 10].includes(modulo(midi, 12));
}

/** 60 -> "C4". An octave begins at the letter C: 71 is "B4" or "C♭5". */
export function midiName(midi: number, spelling: Spelling): string {
  const name = noteName(midi, spelling);
  const ofLetter = midi + ({ Cb: 1, 'B#': -1 }[name] ?? 0);
  return withSigns(name) + (Math.floor(ofLetter / 12) - 1);
}
