// Draws the score for one moment: bars, chords, and the singer's notes and pitch. Only what is visible is touched.

import { nearestIndex } from '../music/bars';
import { type Chord, type ChordName } from '../music/chord';
import { isBlackKey, midiName, type Spelling } from '../music/pitch';
import { type LoopRegion } from '../player/player';
import { chordColor, type Palette } from './colors';
import { indexAt, type SongChord, type SongData } from './song_data';
import { type TimeAxis } from './time_axis';

export const GUTTER = 44;
export const RULER = 30;
const CHORD_LANE = 46;
const LANE_GAP = 6;
const PAD_SEMITONES = 2;
const LEAST_SEMITONES = 14;

export interface Scene {
  song: SongData;
  axis: TimeAxis; // of what is right of the gutter
  width: number;
  height: number;
  position: number;
  loop: LoopRegion | null;
  palette: Palette;
  shift: number; // semitones that the singer is heard higher
  spelling: Spelling; // of the notes that are sung
  nameChord: (chord: Chord) => ChordName;
}

interface Roll {
  top: number;
  bottom: number;
  low: number; // MIDI at the bottom
  perSemitone: number;
}

function rollOf({ song, height, shift }: Scene): Roll {
  const top = RULER + (song.chords.length > 0 ? CHORD_LANE + LANE_GAP : 0);
  const [lowest, highest] = song.range ?? [55, 67];
  const span = Math.max(LEAST_SEMITONES, highest - lowest + 2 * PAD_SEMITONES);
  return { top, bottom: height, low: (lowest + highest - span) / 2 + shift, perSemitone: (height - top) / span };
}

const yOf = (roll: Roll, midi: number) => roll.bottom - (midi - roll.low) * roll.perSemitone;

export function drawChordName(canvas: CanvasRenderingContext2D, name: ChordName, x: number, y: number, size: number, palette: Palette, maxWidth: number): void {
  const suffixSize = Math.round(size * 0.62);
  const parts: [string, string, number][] = [[name.root, `400 ${size}px ${palette.serif}`, 0]];
  if (name.suffix) parts.push([name.suffix, `500 ${suffixSize}px ${palette.sans}`, -size * 0.18]);
  if (name.bass) parts.push([`/${name.bass}`, `400 ${Math.round(size * 0.8)}px ${palette.serif}`, 0]);
  let left = x;
  canvas.save();
  canvas.beginPath();
  canvas.rect(x, y - size, Math.max(0, maxWidth), size * 2);
  canvas.clip();
  for (const [text, font, rise] of parts) {
    canvas.font = font;
    canvas.fillText(text, left, y + rise);
    left += canvas.measureText(text).width + 1;
  }
  canvas.restore();
}

function drawKeys(canvas: CanvasRenderingContext2D, scene: Scene, roll: Roll): void {
  const { palette, width } = scene;
  const every = Math.floor(roll.low);
  for (let midi = every; yOf(roll, midi + 0.5) > roll.top; midi++) {
    const y = yOf(roll, midi + 0.5);
    if (isBlackKey(midi)) {
      canvas.fillStyle = palette.sunk;
      canvas.fillRect(0, Math.max(roll.top, y), width, Math.min(roll.perSemitone, y + roll.perSemitone - roll.top));
    }
    if (midi % 12 === 0 || midi % 12 === 5) {
      canvas.fillStyle = palette.line;
      canvas.fillRect(0, Math.round(y + roll.perSemitone), width, 1);
    }
  }
}

function drawKeyNames(canvas: CanvasRenderingContext2D, scene: Scene, roll: Roll): void {
  const { palette } = scene;
  canvas.fillStyle = palette.raised;
  canvas.fillRect(0, 0, GUTTER, scene.height);
  canvas.fillStyle = palette.line;
  canvas.fillRect(GUTTER - 1, RULER, 1, scene.height - RULER);
  canvas.font = `500 11px ${palette.sans}`;
  canvas.textAlign = 'right';
  for (let midi = Math.ceil(roll.low); yOf(roll, midi) > roll.top + 6; midi++) {
    const isC = midi % 12 === 0;
    if (isBlackKey(midi) || (roll.perSemitone < 9 && !isC)) continue;
    canvas.fillStyle = isC ? palette.ink : palette.soft;
    canvas.fillText(midiName(midi, scene.spelling), GUTTER - 9, yOf(roll, midi) + 4);
  }
  canvas.textAlign = 'left';
}

function drawBars(canvas: CanvasRenderingContext2D, scene: Scene, roll: Roll): void {
  const { axis, song, palette } = scene;
  const { beats, beatsPerBar } = song.meter;
  const beatPx = song.tempoBpm > 0 ? (60 / song.tempoBpm) * axis.pxPerSec : 0;
  const labelEvery = [1, 2, 4, 8, 16, 32].find((bars) => bars * beatsPerBar * beatPx > 46) ?? 64;
  canvas.font = `500 12px ${palette.sans}`;
  for (let i = Math.max(0, nearestIndex(song.beatTimes, axis.startSec) - 1); i < beats.length && beats[i].time <= axis.endSec; i++) {
    const { time, bar, beat } = beats[i];
    const x = Math.round(GUTTER + axis.toX(time));
    const isBar = beat === 1;
    if (!isBar && beatPx < 11) continue;
    canvas.fillStyle = isBar ? palette.lineStrong : palette.line;
    canvas.globalAlpha = isBar ? 0.55 : 1;
    canvas.fillRect(x, isBar ? RULER - 8 : roll.top, 1, scene.height);
    canvas.globalAlpha = 1;
    if (isBar && bar > 0 && (bar - 1) % labelEvery === 0) {
      canvas.fillStyle = palette.soft;
      canvas.fillText(String(bar), x + 5, 19);
    }
  }
}

function drawChord(canvas: CanvasRenderingContext2D, scene: Scene, { start, end, chord, confidence }: SongChord): void {
  const { axis, palette, position } = scene;
  const left = GUTTER + axis.toX(start);
  const right = GUTTER + axis.toX(end);
  const isNow = position >= start && position < end;
  canvas.globalAlpha = chord ? 0.45 + 0.55 * Math.min(1, confidence / 0.6) : 0.6;
  canvas.fillStyle = chordColor(chord, palette, isNow);
  canvas.beginPath();
  canvas.roundRect(left + 1, RULER, Math.max(1, right - left - 2), CHORD_LANE, 7);
  canvas.fill();
  canvas.globalAlpha = 1;
  if (!chord) return;
  canvas.fillStyle = palette.ink;
  // A name stays in sight while its chord does.
  const textLeft = Math.min(Math.max(left, GUTTER) + 10, right - 24);
  if (right - left > 16) drawChordName(canvas, scene.nameChord(chord), Math.max(left + 3, textLeft), RULER + 32, 26, palette, right - textLeft - 4);
}

function drawNotes(canvas: CanvasRenderingContext2D, scene: Scene, roll: Roll): void {
  const { axis, song, palette, position } = scene;
  canvas.font = `600 11px ${palette.sans}`;
  const height = Math.max(7, Math.min(22, roll.perSemitone * 0.92));
  for (let i = Math.max(0, indexAt(song.notes, axis.startSec)); i < song.notes.length && song.notes[i].start <= axis.endSec; i++) {
    const { start, end, confidence } = song.notes[i];
    const midi = song.notes[i].midi + scene.shift;
    const left = GUTTER + axis.toX(start);
    const width = Math.max(3, axis.toX(end) - axis.toX(start));
    const y = yOf(roll, midi);
    const isNow = position >= start && position < end;
    canvas.fillStyle = palette.vocals;
    canvas.globalAlpha = isNow ? 0.55 : 0.1 + 0.18 * confidence;
    canvas.beginPath();
    canvas.roundRect(left, y - height / 2, width, height, Math.min(6, height / 2));
    canvas.fill();
    canvas.globalAlpha = 1;
    const name = midiName(midi, scene.spelling);
    if (width < 9 * name.length) continue;
    canvas.fillStyle = isNow ? palette.ink : palette.soft;
    canvas.fillText(name, left + 2, y - height / 2 - 4);
  }
}

const LEAP_SEMITONES = 0.8; // from frame to frame: no voice glides as fast, so no line is drawn

/** The curve is drawn in three strengths, by how sure it is. */
function drawPitch(canvas: CanvasRenderingContext2D, scene: Scene, roll: Roll): void {
  const { axis, song, palette } = scene;
  const track = song.track!;
  const first = Math.max(0, Math.floor(axis.startSec / track.hopSec) - 1);
  const last = Math.min(track.midi.length, Math.ceil(axis.endSec / track.hopSec) + 1);
  const step = Math.max(1, Math.floor(0.7 / (axis.pxPerSec * track.hopSec))); // no more points than pixels
  canvas.strokeStyle = palette.vocals;
  canvas.lineWidth = 2.25;
  canvas.lineJoin = canvas.lineCap = 'round';
  [0.3, 0.6, 1].forEach((alpha, strength) => {
    canvas.globalAlpha = alpha;
    canvas.beginPath();
    let isOpen = false;
    let before = NaN;
    for (let i = first - (first % step); i < last; i += step) {
      const midi = track.midi[i] + scene.shift;
      const sure = track.confidence[i] >= 0.8 ? 2 : track.confidence[i] >= 0.5 ? 1 : 0;
      if (Number.isNaN(midi)) {
        isOpen = false;
        continue;
      }
      if (Math.abs(midi - before) > LEAP_SEMITONES * step) isOpen = false;
      before = midi;
      const x = GUTTER + axis.toX(i * track.hopSec);
      if (isOpen) canvas.lineTo(x, yOf(roll, midi));
      else if (sure === strength) canvas.moveTo(x, yOf(roll, midi));
      isOpen = sure === strength;
    }
    canvas.stroke();
  });
  canvas.globalAlpha = 1;
}

function drawLoop(canvas: CanvasRenderingContext2D, scene: Scene): void {
  const { axis, loop, palette } = scene;
  if (!loop) return;
  const left = GUTTER + axis.toX(loop.start);
  const right = GUTTER + axis.toX(loop.end);
  canvas.fillStyle = palette.wash;
  canvas.fillRect(left, RULER, right - left, scene.height);
  canvas.fillStyle = palette.accent;
  canvas.beginPath();
  canvas.roundRect(left, 3, right - left, 6, 3);
  canvas.fill();
  for (const x of [left, right]) canvas.fillRect(Math.round(x) - 1, 3, 2, RULER - 3);
}

function drawPlayhead(canvas: CanvasRenderingContext2D, scene: Scene): void {
  const x = GUTTER + scene.axis.toX(scene.position);
  if (x < GUTTER - 1 || x > scene.width + 1) return;
  canvas.fillStyle = scene.palette.accent;
  canvas.fillRect(x - 1, RULER - 12, 2, scene.height);
  canvas.beginPath();
  canvas.arc(x, RULER - 13, 4.5, 0, 2 * Math.PI);
  canvas.fill();
}

export function drawScore(canvas: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, song, axis, palette } = scene;
  const roll = rollOf(scene);
  canvas.clearRect(0, 0, width, height);
  canvas.save();
  canvas.beginPath();
  canvas.rect(0, roll.top, width, height);
  canvas.clip();
  drawKeys(canvas, scene, roll);
  canvas.restore();
  drawBars(canvas, scene, roll);
  for (let i = Math.max(0, indexAt(song.chords, axis.startSec)); i < song.chords.length && song.chords[i].start <= axis.endSec; i++) {
    drawChord(canvas, scene, song.chords[i]);
  }
  canvas.save();
  canvas.beginPath();
  canvas.rect(GUTTER, roll.top, width, height);
  canvas.clip();
  drawNotes(canvas, scene, roll);
  if (song.track) drawPitch(canvas, scene, roll);
  canvas.restore();
  if (!song.range) {
    canvas.font = `400 20px ${palette.serif}`;
    canvas.fillStyle = palette.soft;
    canvas.fillText(song.track ? 'Nobody sings here.' : 'The melody was not asked for.', GUTTER + 24, roll.top + 44);
  }
  drawLoop(canvas, scene);
  drawKeyNames(canvas, scene, roll);
  drawPlayhead(canvas, scene);
}
