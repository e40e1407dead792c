// Which seconds of the song a width of pixels shows. Immutable.

export const MIN_PX_PER_SEC = 4;
export const MAX_PX_PER_SEC = 600;

export class TimeAxis {
  private constructor(
    readonly durationSec: number,
    readonly widthPx: number,
    readonly pxPerSec: number,
    readonly startSec: number, // at the left edge
  ) {}

  static of(durationSec: number, widthPx: number, pxPerSec: number, startSec = 0): TimeAxis {
    const scale = Math.min(MAX_PX_PER_SEC, Math.max(TimeAxis.leastScale(durationSec, widthPx), pxPerSec));
    const latest = Math.max(0, durationSec - widthPx / scale);
    return new TimeAxis(durationSec, widthPx, scale, Math.min(latest, Math.max(0, startSec)));
  }

  /** Where the whole song fills the width, or the smallest that is of use. */
  private static leastScale(durationSec: number, widthPx: number): number {
    return durationSec > 0 ? Math.min(MAX_PX_PER_SEC, Math.max(MIN_PX_PER_SEC, widthPx / durationSec)) : MIN_PX_PER_SEC;
  }

  get endSec(): number {
    return Math.min(this.durationSec, this.startSec + this.widthPx / this.pxPerSec);
  }

  toX(seconds: number): number {
    return (seconds - this.startSec) * this.pxPerSec;
  }

  toSeconds(x: number): number {
    return Math.min(this.durationSec, Math.max(0, this.startSec + x / this.pxPerSec));
  }

  withWidth(widthPx: number): TimeAxis {
    return TimeAxis.of(this.durationSec, widthPx, this.pxPerSec, this.startSec);
  }

  /** What is at `x` stays at `x`. */
  zoomedAt(x: number, factor: number): TimeAxis {
    const anchor = this.startSec + x / this.pxPerSec;
    const scaled = TimeAxis.of(this.durationSec, this.widthPx, this.pxPerSec * factor);
    return TimeAxis.of(this.durationSec, this.widthPx, scaled.pxPerSec, anchor - x / scaled.pxPerSec);
  }

  panned(px: number): TimeAxis {
    return TimeAxis.of(this.durationSec, this.widthPx, this.pxPerSec, this.startSec + px / this.pxPerSec);
  }

  /** The music scrolls and `seconds` stands still at a share of the width, save at both ends of the song. */
  following(seconds: number, share = 0.35): TimeAxis {
    return TimeAxis.of(this.durationSec, this.widthPx, this.pxPerSec, seconds - (share * this.widthPx) / this.pxPerSec);
  }
}
