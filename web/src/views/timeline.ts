// A picture of the whole song in two layers, what has been played over all of it. Both are drawn once; as the music goes on
// only a border moves, which costs no drawing.

import { h } from '../lib/dom';
import { theme } from '../lib/theme';
import { type Player } from '../player/player';
import { SharpCanvas } from '../score/canvas';

export type PaintTimeline = (context: CanvasRenderingContext2D, width: number, height: number, isPlayed: boolean) => void;

export class Timeline {
  readonly element: HTMLElement;
  private readonly layers: SharpCanvas[];
  private readonly curtain: HTMLElement; // it moves to the left of what has not been played, its canvas stays where it is
  private shown = '';

  /** A click jumps there. */
  constructor(
    private readonly player: Player,
    private readonly paint: PaintTimeline,
    signal: AbortSignal,
  ) {
    this.layers = [false, true].map(() => new SharpCanvas({ class: 'wave', 'aria-hidden': 'true' }, () => this.redraw(), signal));
    this.curtain = h('span', { class: 'curtain' }, this.layers[1].element);
    this.element = h('span', { class: 'timeline', on: { click: (event) => this.jump(event) } }, this.layers[0].element, this.curtain);
    theme.watch(() => this.redraw(), signal);
  }

  redraw(): void {
    this.layers.forEach((layer, n) =>
      layer.draw((context) => {
        context.clearRect(0, 0, layer.width, layer.height);
        this.paint(context, layer.width, layer.height, n === 1);
      }),
    );
  }

  frame(position: number): void {
    const hidden = (100 * (1 - position / this.player.durationSec)).toFixed(2);
    if (hidden === this.shown) return;
    this.shown = hidden;
    this.curtain.style.transform = `translateX(-${hidden}%)`;
    this.layers[1].element.style.transform = `translateX(${hidden}%)`;
  }

  private jump(event: MouseEvent): void {
    const { left, width } = this.element.getBoundingClientRect();
    this.player.seek(((event.clientX - left) / width) * this.player.durationSec);
  }
}
