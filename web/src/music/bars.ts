// Bars from beats: the service tells where beats are, and which of them begin a bar.

export interface Beat {
  time: number;
  bar: number; // 1 is the first whole bar; 0 an upbeat
  beat: number; // 1 is the first of its bar
}

export interface Meter {
  beatsPerBar: number;
  /** Whether bars were heard; else they are only counted. */
  isTold: boolean;
  beats: Beat[];
}

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

/** `downbeatTimes` are some of `beatTimes`. Where there are none, beats are counted by four from the first one on. */
export function meterOf(beatTimes: readonly number[], downbeatTimes: readonly number[], beatsPerBar: number): Meter {
  const isTold = downbeatTimes.length > 0 && beatsPerBar > 0;
  const perBar = isTold ? beatsPerBar : 4;
  const firsts = new Set(isTold ? downbeatTimes.map((time) => nearestIndex(beatTimes, time)) : beatTimes.map((_, i) => i).filter((i) => i % perBar === 0));
  const upbeats = Math.min(...firsts);
  let bar = 0;
  let beat = (((-upbeats % perBar) + perBar) % perBar) + 1; // that the song begins with
  const beats = beatTimes.map((time, i) => {
    if (firsts.has(i)) {
      bar += 1;
      beat = 1;
    }
    return { time, bar, beat: beat++ };
  });
  return { beatsPerBar: perBar, isTold, beats };
}
