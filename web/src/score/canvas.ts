// A canvas that is as large as its place, sharp on any screen, and drawn once a frame at most.

import { h } from '../lib/dom';

const MAX_PIXEL_RATIO = 2; // beyond it nobody sees a difference, and phones get hot

function screenRatio(): number {
  return Math.min(MAX_PIXEL_RATIO, devicePixelRatio || 1);
}

export class SharpCanvas {
  readonly element: HTMLCanvasElement;
  width = 0; // CSS pixels
  height = 0;
  private ratio = 1; // its pixels to one of CSS
  private readonly context: CanvasRenderingContext2D;

  constructor(options: Record<string, string | number | boolean>, onResize: () => void, signal: AbortSignal) {
    this.element = h('canvas', options);
    this.context = this.element.getContext('2d')!;
    const observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.height = contentRect.height;
      this.fit();
      onResize();
    });
    observer.observe(this.element);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  draw(paint: (context: CanvasRenderingContext2D) => void): void {
    if (this.width === 0) return;
    if (this.ratio !== screenRatio()) this.fit(); // the window was moved to another screen
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    paint(this.context);
  }

  private fit(): void {
    this.ratio = screenRatio();
    this.element.width = Math.round(this.width * this.ratio);
    this.element.height = Math.round(this.height * this.ratio);
  }
}
