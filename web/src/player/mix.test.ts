import { describe, expect, it } from 'vitest';

import { decibels, gainOf, isAudible, isNeutral, type Mix, neutralMix, panMatrix, pathOf, STEMS, type StripName, type Strip, withStrip } from './mix';

const mixed = (changes: Partial<Record<StripName, Partial<Strip>>>): Mix =>
  Object.entries(changes).reduce((mix, [name, change]) => withStrip(mix, name as StripName, change), neutralMix());
const heard = (mix: Mix) => (['vocals', 'drums', 'bass', 'other'] as const).filter((part) => pathOf(mix, part) !== null);

describe('what is heard', () => {
  it('is all of it at first', () => {
    expect(isNeutral(neutralMix())).toBe(true);
    expect(STEMS.map((name) => gainOf(neutralMix(), name))).toEqual([1, 1, 1, 1, 1]);
    expect(gainOf(neutralMix(), 'click')).toBe(0);
  });

  it.each<[string, Partial<Record<StripName, Partial<Strip>>>, string[]]>([
    ['a mute', { drums: { mute: true } }, ['vocals', 'bass', 'other']],
    ['the group muted', { instrumental: { mute: true } }, ['vocals']],
    ['a solo', { bass: { solo: true } }, ['bass']],
    ['two solos', { bass: { solo: true }, vocals: { solo: true } }, ['vocals', 'bass']],
    ['the group soloed', { instrumental: { solo: true } }, ['drums', 'bass', 'other']],
    ['a part and its group soloed', { instrumental: { solo: true }, drums: { solo: true } }, ['drums']],
    ['mute wins over solo', { bass: { solo: true, mute: true } }, []],
    ['a solo in a muted group', { instrumental: { mute: true }, bass: { solo: true } }, []],
    ['no volume', { vocals: { volume: 0 } }, ['drums', 'bass', 'other']],
  ])('%s', (_, changes, parts) => expect(heard(mixed(changes))).toEqual(parts));

  it('is the click if it is on, whatever else is', () => {
    const mix = mixed({ click: { mute: false }, bass: { solo: true }, instrumental: { mute: true } });
    expect(pathOf(mix, 'click')).not.toBeNull();
    expect(isAudible(mix, 'vocals')).toBe(false);
    expect(isNeutral(mixed({ click: { mute: false } }))).toBe(false);
  });

  it('lets a soloed part through its group', () => expect(isAudible(mixed({ bass: { solo: true } }), 'instrumental')).toBe(true));
});

describe('panning', () => {
  it('leaves the middle alone, and moves all to a side', () => {
    expect(panMatrix(0).map((value) => value + 0)).toEqual([1, 1, 0, 0].map(() => expect.any(Number)));
    const [ll, lr, rl, rr] = panMatrix(0);
    for (const [value, wanted] of [[ll, 1], [lr, 0], [rl, 0], [rr, 1]]) expect(value).toBeCloseTo(wanted);
    expect(panMatrix(-1)[0]).toBeCloseTo(1);
    expect(panMatrix(-1)[1]).toBeCloseTo(1);
    expect(panMatrix(-1)[3]).toBeCloseTo(0);
    expect(panMatrix(1)[2]).toBeCloseTo(1);
  });

  it('goes through the part, then the group', () => {
    const path = pathOf(mixed({ drums: { pan: -1, volume: 0.5 }, instrumental: { pan: 1, volume: 0.5 } }), 'drums')!;
    [0, 0, 0.25, 0.25].forEach((wanted, i) => expect(path[i]).toBeCloseTo(wanted));
  });

  it('is shown in decibels', () => {
    expect(decibels(1)).toBe('0.0');
    expect(decibels(0.5)).toBe('−6.0');
    expect(decibels(1.5)).toBe('+3.5');
    expect(decibels(0)).toBe('−∞');
  });
});
