// The score: it scrolls with the music, and can be dragged, zoomed, clicked to jump, and marked for a loop on its ruler.

import { theme } from '../lib/theme';
import { type Chord } from '../music/chord';
import { type LoopRegion, type Player } from '../player/player';
import { SharpCanvas } from './canvas';
import { readPalette } from './colors';
import { drawScore, GUTTER, RULER } from './draw_score';
import { type ChordView, heardShift, shapeOf, shownSpelling, type SongData } from './song_data';
import { TimeAxis } from './time_axis';

const CLICK_PX = 5; // a press that moves less is a click
const SNAP_PX = 9;
const HANDLE_PX = 12;
const VISIBLE_SEC = 14; // at first
const WHEEL_ZOOM = 1.0015;

type Gesture =
  | { kind: 'pan'; startX: number; lastX: number; moved: boolean }
  | { kind: 'loop'; anchorSec: number; moved: boolean; startX: number }
  | { kind: 'pinch'; distance: number };

export class ScoreView {
  readonly element: HTMLCanvasElement;
  private readonly canvas: SharpCanvas;
  private axis: TimeAxis;
  private palette = readPalette();
  private dirty = true;
  private following = true;
  private gesture: Gesture | null = null;
  private readonly pointers = new Map<number, number>(); // id -> x
  private view: ChordView = { transpose: 0, capo: 0, isHeard: true };
  private lastPosition = -1;
  /** Called when it starts or stops to scroll with the music. */
  onFollow: (isFollowing: boolean) => void = () => {};

  constructor(
    private readonly song: SongData,
    private readonly player: Player,
    signal: AbortSignal,
  ) {
    this.axis = TimeAxis.of(song.durationSec, 800, 800 / VISIBLE_SEC);
    const label = 'The score: chords and the singer’s melody over time. Click to jump, drag to scroll, drag on the ruler to loop.';
    this.canvas = new SharpCanvas({ class: 'score', role: 'img', 'aria-label': label }, () => this.resize(), signal);
    this.element = this.canvas.element;
    theme.watch(() => {
      this.palette = readPalette();
      this.dirty = true;
    }, signal);
    player.loop.watch(() => (this.dirty = true), signal);
    this.listen();
    void document.fonts.ready.then(() => (this.dirty = true));
  }

  setChordView(view: ChordView): void {
    this.view = view;
    this.dirty = true;
  }

  follow(): void {
    this.setFollowing(true);
    this.dirty = true;
  }

  zoom(factor: number): void {
    const x = this.following ? this.axis.toX(this.player.position) : this.axis.widthPx / 2;
    this.setAxis(this.axis.zoomedAt(x, factor));
  }

  /** Once a frame; does nothing if nothing changed. */
  frame(): void {
    const position = this.player.position;
    if (position === this.lastPosition && !this.dirty) return;
    this.lastPosition = position;
    this.dirty = false;
    if (this.following && !this.gesture) this.axis = this.axis.following(position);
    this.canvas.draw((context) =>
      drawScore(context, {
        song: this.song,
        axis: this.axis,
        width: this.canvas.width,
        height: this.canvas.height,
        position,
        loop: this.player.loop.get(),
        palette: this.palette,
        shift: heardShift(this.view),
        spelling: shownSpelling(this.song, heardShift(this.view)),
        nameChord: (chord: Chord) => shapeOf(this.song, chord, this.view).name,
      }),
    );
  }

  private setFollowing(value: boolean): void {
    if (this.following === value) return;
    this.following = value;
    this.onFollow(value);
  }

  private setAxis(axis: TimeAxis): void {
    this.axis = axis;
    this.dirty = true;
  }

  private resize(): void {
    const width = Math.max(50, this.canvas.width - GUTTER);
    const isFirst = this.lastPosition < 0;
    const seconds = Math.min(VISIBLE_SEC, Math.max(6, width / 60));
    this.setAxis(isFirst ? TimeAxis.of(this.song.durationSec, width, width / seconds) : this.axis.withWidth(width));
    this.frame();
  }

  private xOf(event: MouseEvent): number {
    return event.clientX - this.element.getBoundingClientRect().left - GUTTER;
  }

  private isOnRuler(event: MouseEvent): boolean {
    return event.clientY - this.element.getBoundingClientRect().top < RULER;
  }

  /** The time of a beat if one is near. */
  private snapped(x: number): number {
    const time = this.axis.toSeconds(x);
    const near = this.song.meter.beats.find((beat) => Math.abs(this.axis.toX(beat.time) - x) < SNAP_PX);
    return near?.time ?? time;
  }

  private listen(): void {
    const { element } = this;
    element.addEventListener('pointerdown', (event) => this.press(event));
    element.addEventListener('pointermove', (event) => this.move(event));
    element.addEventListener('pointerup', (event) => this.release(event, true));
    element.addEventListener('pointercancel', (event) => this.release(event, false));
    element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    element.addEventListener('dblclick', (event) => this.isOnRuler(event) && this.player.setLoop(null));
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    const x = this.xOf(event);
    this.pointers.set(event.pointerId, x);
    if (this.pointers.size === 2) {
      const [a, b] = [...this.pointers.values()];
      this.gesture = { kind: 'pinch', distance: Math.abs(a - b) };
    } else if (this.isOnRuler(event)) {
      this.gesture = { kind: 'loop', anchorSec: this.loopAnchor(x), moved: false, startX: x };
    } else {
      this.gesture = { kind: 'pan', startX: x, lastX: x, moved: false };
    }
  }

  /** The end of the loop that stays where it is: the other one if an end is taken hold of, else where the press is. */
  private loopAnchor(x: number): number {
    const loop = this.player.loop.get();
    if (loop && Math.abs(this.axis.toX(loop.start) - x) < HANDLE_PX) return loop.end;
    if (loop && Math.abs(this.axis.toX(loop.end) - x) < HANDLE_PX) return loop.start;
    return this.snapped(x);
  }

  private move(event: PointerEvent): void {
    const { gesture } = this;
    const x = this.xOf(event);
    if (!this.pointers.has(event.pointerId) || !gesture) {
      this.element.style.cursor = this.isOnRuler(event) ? 'ew-resize' : 'pointer';
      return;
    }
    this.pointers.set(event.pointerId, x);
    if (gesture.kind === 'pinch') {
      const [a, b] = [...this.pointers.values()];
      const distance = Math.max(20, Math.abs(a - b));
      this.setAxis(this.axis.zoomedAt((a + b) / 2, distance / Math.max(20, gesture.distance)));
      gesture.distance = distance;
      return;
    }
    gesture.moved ||= Math.abs(x - gesture.startX) > CLICK_PX;
    if (!gesture.moved) return;
    if (gesture.kind === 'loop') {
      const end = this.snapped(x);
      this.player.setLoop({ start: Math.min(gesture.anchorSec, end), end: Math.max(gesture.anchorSec, end) });
    } else {
      this.setFollowing(false);
      this.setAxis(this.axis.panned(gesture.lastX - x));
      gesture.lastX = x;
    }
  }

  private release(event: PointerEvent, isClick: boolean): void {
    if (!this.pointers.delete(event.pointerId)) return;
    const { gesture } = this;
    this.gesture = null;
    this.dirty = true;
    if (gesture?.kind === 'pinch') this.pointers.clear();
    if (!isClick || !gesture || gesture.kind === 'pinch' || gesture.moved) return;
    this.player.seek(this.axis.toSeconds(this.xOf(event)));
    this.setFollowing(true);
  }

  private wheel(event: WheelEvent): void {
    const isZoom = event.ctrlKey || event.metaKey;
    const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (!isZoom && Math.abs(across) <= Math.abs(event.deltaY) && !event.shiftKey) return; // the page scrolls
    event.preventDefault();
    if (isZoom) {
      this.setAxis(this.axis.zoomedAt(this.xOf(event), WHEEL_ZOOM ** (-event.deltaY * 2)));
    } else {
      this.setFollowing(false);
      this.setAxis(this.axis.panned(across));
    }
  }
}

/** A loop of whole bars from where the song is. */
export function loopHere(song: SongData, position: number, bars = 4): LoopRegion {
  const starts = song.meter.beats.filter(({ beat }) => beat === 1).map(({ time }) => time);
  const first = starts.findLastIndex((time) => time <= position + 0.02);
  if (starts.length < 2 || first < 0) return { start: position, end: Math.min(song.durationSec, position + 8) };
  return { start: starts[first], end: starts[first + bars] ?? song.durationSec };
}
