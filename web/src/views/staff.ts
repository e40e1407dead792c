// One line that becomes five: the sign of the house, the ground of the first view, and the picture of a job's progress.

import { svg } from '../lib/dom';

export const STAFF_COLORS = ['vocals', 'drums', 'bass', 'other', 'instrumental'] as const;

/** The curve of line `index` of five, from (0, middle) to (width, its own height). */
export function staffCurve(index: number, width: number, height: number, spread: number): string {
  const middle = height / 2;
  const end = middle + (index - 2) * spread;
  return `M0 ${middle}C${width * 0.32} ${middle} ${width * 0.34} ${end} ${width} ${end}`;
}

export function staffDrawing(width: number, height: number, spread: number, options: Record<string, string> = {}): SVGSVGElement {
  const lines = STAFF_COLORS.map((stem, index) => {
    const line = svg('path', { d: staffCurve(index, width, height, spread) });
    line.style.stroke = `var(--${stem})`;
    return line;
  });
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', ...options }, ...lines);
}
