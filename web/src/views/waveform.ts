// The shape of a sound over the whole song.

import { type Peaks } from '../player/pcm';

const BAR_PX = 2;
const GAP_PX = 1;
const HEADROOM = 0.94; // of the height that a full peak takes

/** In the canvas's colour; `loudest` is the peak that fills the height. */
export function drawWaveform(canvas: CanvasRenderingContext2D, peaks: Peaks, durationSec: number, width: number, height: number, loudest: number): void {
  const step = BAR_PX + GAP_PX;
  const perPx = (durationSec * peaks.perSec) / width;
  canvas.beginPath();
  for (let x = 0; x < width; x += step) {
    const last = Math.min(peaks.values.length, Math.ceil((x + step) * perPx));
    let peak = 0;
    for (let i = Math.floor(x * perPx); i < last; i++) peak = Math.max(peak, peaks.values[i]);
    const half = Math.max(0.75, (peak / loudest) * (height / 2) * HEADROOM);
    canvas.rect(x, height / 2 - half, BAR_PX, 2 * half);
  }
  canvas.fill();
}
