// The shape of a sound over the whole song, and how far it has played.

import { type Peaks } from '../player/pcm';

const BAR_PX = 2;
const GAP_PX = 1;

export interface WaveformStyle {
  played: string;
  ahead: string;
  headroom: number; // of the height that a full peak takes
}

/** `loudest`: the peak that fills the height. */
export function drawWaveform(canvas: CanvasRenderingContext2D, peaks: Peaks, durationSec: number, width: number, height: number, positionSec: number, loudest: number, style: WaveformStyle): void {
  const step = BAR_PX + GAP_PX;
  const middle = height / 2;
  const playedX = (positionSec / durationSec) * width;
  const perPx = (durationSec * peaks.perSec) / width;
  for (const isPlayed of [true, false]) {
    canvas.fillStyle = isPlayed ? style.played : style.ahead;
    canvas.beginPath();
    for (let x = 0; x < width; x += step) {
      if (x < playedX !== isPlayed) continue;
      const last = Math.min(peaks.values.length, Math.ceil((x + step) * perPx));
      let peak = 0;
      for (let i = Math.floor(x * perPx); i < last; i++) peak = Math.max(peak, peaks.values[i]);
      const half = Math.max(0.75, (peak / loudest) * middle * style.headroom);
      canvas.rect(x, middle - half, BAR_PX, 2 * half);
    }
    canvas.fill();
  }
}
