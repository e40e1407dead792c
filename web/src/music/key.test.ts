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
    expect(spellingOf(null)[10]).toBe('Bb');
  });

  it.each([
    ['C major', 'C Db D Eb E F F# G Ab A Bb B'],
    ['G minor', 'C C# D Eb E F F# G Ab A Bb B'],
    ['D minor', 'C C# D Eb E F F# G G# A Bb B'],
    ['A major', 'C C# D D# E F F# G G# A Bb B'],
    ['F# major', 'C C# D D# E E# F# G G# A A# B'],
    ['Db major', 'C Db D Eb E F Gb G Ab A Bb B'],
    ['Eb minor', 'C Db D Eb E F Gb G Ab A Bb Cb'],
    ['C# minor', 'B# C# D D# E F F# G G# A A# B'],
    ['G# minor', 'C C# D D# E F F# G G# A A# B'],
  ])('%s has the notes %s', (text, names) => expect(spellingOf(parseKey(text)!).join(' ')).toBe(names));

  it('moves with the transposition, and brings its spelling', () => {
    const key = parseKey('C major')!;
    expect(keyName(transposeKey(key, -2))).toBe('B♭ major');
    expect(keyName(transposeKey(key, 4))).toBe('E major');
    expect(spellingOf(transposeKey(key, 4))[3]).toBe('D#');
    expect(spellingOf(transposeKey(key, -2))[3]).toBe('Eb');
  });
});
