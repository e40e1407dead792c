import { describe, expect, it } from 'vitest';

import { keyName, parseKey, spellingOf, transposeKey } from './key';

describe('the key', () => {
  it.each([
    ['C major', 'C major'],
    ['Eb minor', 'E♭ minor'],
    ['F# minor', 'F♯ minor'],
    ['Db major', 'D♭ major'],
  ])('%s is written %s', (text, name) => expect(keyName(parseKey(text)!)).toBe(name));

  it('may be unknown', () => {
    for (const text of [null, undefined, '', 'H major', 'C', 'C dorian']) expect(parseKey(text)).toBeNull();
    expect(spellingOf(null)).toBe('flat');
  });

  it('moves with the transposition, and brings its spelling', () => {
    const key = parseKey('C major')!;
    expect(spellingOf(key)).toBe('sharp');
    expect(keyName(transposeKey(key, -2))).toBe('B♭ major');
    expect(keyName(transposeKey(key, 4))).toBe('E major');
    expect(spellingOf(transposeKey(key, -2))).toBe('flat');
  });
});
