import { describe, expect, it } from 'vitest';

import { estimateKey, keyName, spellingOf, transposeKey } from './key';

const song = (...labels: string[]) => labels.map((label, i) => ({ start: 2 * i, end: 2 * i + 2, label }));

describe('the key', () => {
  it.each([
    ['C major', ['C:maj', 'G:maj', 'A:min', 'F:maj', 'C:maj']],
    ['A minor', ['A:min', 'D:min', 'E:7', 'A:min', 'F:maj', 'E:7', 'A:min']],
    ['E♭ major', ['Eb:maj7', 'C:min7', 'Ab:maj7', 'Bb:7', 'Eb:maj7']],
    ['F♯ minor', ['F#:min', 'D:maj', 'A:maj', 'C#:7', 'F#:min']],
    ['D major', ['D:maj', 'B:min', 'G:maj', 'A:maj', 'D:maj']],
  ])('%s', (name, labels) => expect(keyName(estimateKey(song(...labels))!)).toBe(name));

  it('is unknown without chords', () => {
    expect(estimateKey([])).toBeNull();
    expect(estimateKey(song('N', 'N'))).toBeNull();
  });

  it('moves with the transposition, and brings its spelling', () => {
    const key = estimateKey(song('C:maj', 'F:maj', 'G:maj', 'C:maj'))!;
    expect(spellingOf(key)).toBe('sharp');
    expect(keyName(transposeKey(key, -2))).toBe('B♭ major');
    expect(spellingOf(transposeKey(key, -2))).toBe('flat');
  });
});
