// Bars from beats: the service tells where beats are; where bars begin is guessed from where chords change.

export interface Beat {
  time: number;
  bar: number; // 1 is the first whole bar; 0 an upbeat
  beat: number; // 1 is the first of its bar
}

export interface Meter {
  beatsPerBar: number;
  /** Whether chords change often enough on the first beat of a bar to tell what a bar is; else bars are only counted. */
  isTold: boolean;
  beats: Beat[];
}

const MIN_EVIDENCE = 6; // chord changes below which four beats in a bar are taken for granted
const LEAST_SHARE = 0.5; // of the changes
const THREE_MUST_WIN_BY = 0.15;

/** The index of the value nearest to `time` in a rising list; -1 if it is empty. */
export function nearestIndex(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  if (low === times.length) return times.length - 1;
  return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
}

interface Fit {
  phase: number;
  share: number; // of the changes, by weight, that fall on the first beat of a bar
}

function bestPhase(changes: readonly number[], beatsPerBar: number): Fit {
  const hits = new Array<number>(beatsPerBar).fill(0);
  for (const beat of changes) hits[beat % beatsPerBar]++;
  const phase = hits.indexOf(Math.max(...hits));
  return { phase, share: changes.length > 0 ? hits[phase] / changes.length : 0 };
}

export function findMeter(beatTimes: readonly number[], chordStarts: readonly number[]): Meter {
  const period = beatTimes.length > 1 ? (beatTimes[beatTimes.length - 1] - beatTimes[0]) / (beatTimes.length - 1) : 0;
  const changes = chordStarts
    .map((time) => ({ time, beat: nearestIndex(beatTimes, time) }))
    .filter(({ time, beat }) => beat >= 0 && Math.abs(beatTimes[beat] - time) < period / 2)
    .map(({ beat }) => beat);
  const four = bestPhase(changes, 4);
  const three = bestPhase(changes, 3);
  // By chance alone a quarter of the changes fits one, and a third the other.
  const isWaltz = changes.length >= MIN_EVIDENCE && three.share - 1 / 3 > four.share - 1 / 4 + THREE_MUST_WIN_BY;
  const [beatsPerBar, { phase, share }] = isWaltz ? [3, three] : [4, four];
  const beats = beatTimes.map((time, i) => ({
    time,
    bar: Math.floor((i - phase) / beatsPerBar) + 1,
    beat: ((((i - phase) % beatsPerBar) + beatsPerBar) % beatsPerBar) + 1,
  }));
  return { beatsPerBar, isTold: changes.length >= MIN_EVIDENCE && share >= LEAST_SHARE, beats };
}
