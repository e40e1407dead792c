import { describe, expect, it } from 'vitest';

import { leadSheetText, toBars } from './lead_sheet';
import { makeSongData } from './song_data';

const beats = Array.from({ length: 24 }, (_, i) => 0.5 + i * 0.5);
const downbeats = beats.filter((_, i) => i % 4 === 0);
const metadata = { duration: 12.5, tempo_bpm: 120, num_frames: 0, num_chords: 4, beats, downbeats, beats_per_bar: 4 as const, key: 'F major' };
const chord = (start: number, end: number, label: string) => ({ start, end, label, root: null, quality: null, bass: null, confidence: 1 });
const song = makeSongData(metadata, [chord(0, 0.5, 'N'), chord(0.5, 4.5, 'F:maj'), chord(4.5, 5.5, 'Bb:maj'), chord(5.5, 12.5, 'C:7')], null, null);
const plain = { transpose: 0, capo: 0, isHeard: true };

describe('the lead sheet', () => {
  it('has a bar a downbeat, and what comes before them', () => {
    const bars = toBars(song);
    expect(bars.map(({ label, start }) => [label, start])).toEqual([['', 0], ['1', 0.5], ['2', 2.5], ['3', 4.5], ['4', 6.5], ['5', 8.5], ['6', 10.5]]);
    expect(bars[3].chords.map(({ at }) => at)).toEqual([0, 0.5]);
    expect(bars[2].chords).toEqual([{ at: 0, chord: null }]);
  });

  it('is a text of four bars a line', () => {
    expect(leadSheetText('Song', song, plain).split('\n')).toEqual([
      'Song',
      'F major, 120 bpm',
      '',
      '| –      | F      | %      | B♭ C7  |',
      '| %      | %      | %      |',
      '',
    ]);
  });

  it('is in the key that is shown, for the capo', () => {
    const text = leadSheetText('Song', song, { ...plain, transpose: 2, capo: 5 });
    expect(text).toContain('G major, 120 bpm, capo 5');
    expect(text).toContain('| D      | %      | G A7   |');
  });
});
