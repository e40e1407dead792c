// A finished song: the player, the score, the desk and the downloads, on one clock.

import { type Job, type Results, type StemName } from '../api/client';
import { stepper } from '../lib/controls';
import { button, h, ICONS } from '../lib/dom';
import { clock } from '../lib/format';
import { songHash } from '../lib/route';
import { recall, remember } from '../lib/settings';
import { Store } from '../lib/store';
import { keyName } from '../music/key';
import { LONGEST_SEC, loadStems } from '../player/load';
import { PARTS } from '../player/mix';
import { RATE_HZ } from '../player/pcm';
import { Player } from '../player/player';
import { ScoreView } from '../score/score_view';
import { type ChordView, makeSongData, MAX_CAPO, MAX_TRANSPOSE, shownKey, type SongData } from '../score/song_data';
import { type App, report } from './app';
import { Chart } from './chart';
import { makeDownloads } from './downloads';
import { Mixer } from './mixer';
import { NowChord } from './now_chord';
import { listenForShortcuts, showShortcuts } from './shortcuts';
import { Transport } from './transport';

export interface Studio {
  element: HTMLElement;
  facts: Node[];
  position(): number;
}

function semitonesText(value: number): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value)}`;
}

/** Tempo, key and the like, in the order in which a musician asks. */
// By beats to the bar. In 6/8 a beat is a dotted quarter.
const METERS: Record<number, string> = { 2: '2/4 or 6/8', 3: '3/4', 4: '4/4' };

function makeFacts(song: SongData, view: Store<ChordView>, signal: AbortSignal): Node[] {
  const key = h('span', { hidden: !song.key });
  view.watch((now) => {
    const shown = shownKey(song, now);
    if (shown) key.textContent = keyName(shown);
  }, signal);
  const { beats, beatsPerBar, isTold } = song.meter;
  const meter = beats.length > 0 && isTold ? METERS[beatsPerBar] : '';
  const facts = [song.tempoBpm > 0 ? `${Math.round(song.tempoBpm)} bpm` : '', meter && `likely ${meter}`, clock(song.durationSec)];
  if (Math.abs(song.tuningCents) >= 5) facts.push(`${semitonesText(Math.round(song.tuningCents))} cents`);
  return [key, ...facts.filter(Boolean).map((text) => h('span', {}, text))];
}

/** The score and the lead sheet share a place. */
function makeScorePanel(score: ScoreView, chart: Chart, view: Store<ChordView>, hasChords: boolean, signal: AbortSignal): HTMLElement {
  const follow = h('button', { type: 'button', class: 'pill small follow', hidden: true, on: { click: () => score.follow() } }, 'Follow the music');
  score.onFollow = (isFollowing) => (follow.hidden = isFollowing);
  const zoom = h('div', { class: 'zoom' }, button('Zoom out', ICONS.minus, () => score.zoom(1 / 1.4), { class: 'plain' }), button('Zoom in', ICONS.plus, () => score.zoom(1.4), { class: 'plain' }));
  const transpose = stepper('Transpose', -MAX_TRANSPOSE, MAX_TRANSPOSE, 1, 0, (value) => view.update((now) => ({ ...now, transpose: value })), semitonesText);
  const capo = stepper('Capo', 0, MAX_CAPO, 1, 0, (value) => view.update((now) => ({ ...now, capo: value })), (value) => (value === 0 ? 'none' : String(value)));
  view.watch((now) => {
    transpose.put(now.transpose);
    capo.put(now.capo);
    score.setChordView(now);
  }, signal);
  const tabs = ['Score', 'Chart'].map((name) => h('button', { type: 'button', class: 'tab', 'aria-pressed': 'false' }, name));
  const show = (name: string) => {
    const isChart = name === 'Chart';
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.textContent === name)));
    chart.element.hidden = !isChart;
    score.element.hidden = zoom.hidden = isChart;
    remember('panel', name);
  };
  tabs.forEach((tab) => tab.addEventListener('click', () => show(tab.textContent!)));
  show(hasChords && recall('panel') === 'Chart' ? 'Chart' : 'Score');
  const chordTools = hasChords && h('div', { class: 'chord-tools' }, transpose.element, capo.element);
  return h(
    'section',
    { class: 'score-panel', 'aria-label': 'Score' },
    h('div', { class: 'score-tools' }, hasChords && h('div', { class: 'tabs', role: 'group', 'aria-label': 'View' }, ...tabs), chordTools, zoom),
    h('div', { class: 'sheet' }, score.element, chart.element, follow),
  );
}

/** Stems where there are any; silence to scroll by where there are none. */
async function loadSound(app: App, job: Job, results: Results, player: Player, mixer: Mixer, status: HTMLElement, signal: AbortSignal): Promise<void> {
  const names = Object.keys(results.stems) as StemName[];
  if (names.length === 0) {
    const silence = new Int16Array(Math.round((player.durationSec * RATE_HZ) / 10));
    return player.load({ parts: new Map([['other', { left: silence, right: silence, scale: 0 }]]), rateHz: RATE_HZ / 10 });
  }
  if (player.durationSec > LONGEST_SEC) {
    status.textContent = 'This song is too long to be played here. All else works, and the stems can be downloaded.';
    return;
  }
  const listener = {
    onProgress: (share: number) => status.style.setProperty('--share', `${Math.round(100 * share)}%`),
    onPeaks: mixer.setPeaks.bind(mixer),
  };
  const stems = await loadStems(app.api, job.job_id, names, player.durationSec, listener, signal);
  await player.load(stems);
  status.remove();
}

/** The address always names the place where the music rests. */
function keepAddress(job: Job, player: Player, signal: AbortSignal): void {
  player.onMove = () => {
    if (!signal.aborted && !player.playing.get()) history.replaceState(null, '', songHash(job.job_id, player.position));
  };
}

export async function makeStudio(app: App, job: Job, at: number | null, signal: AbortSignal): Promise<Studio> {
  const results = await app.api.getResults(job.job_id, signal);
  const [chords, frames] = await Promise.all([results.chords ? app.api.getChords(job.job_id, signal) : null, results.processed_frames ? app.api.getFrames(job.job_id, signal) : null]);
  const song = makeSongData(results.metadata, chords, frames);
  const view = new Store<ChordView>({ transpose: 0, capo: 0 });
  const parts = PARTS.filter((part) => results.stems[part]);
  const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: 'interactive' });
  const player = new Player(context, parts.length > 0 ? parts : ['other'], song.durationSec);
  signal.addEventListener('abort', () => player.close());
  player.seek(at ?? 0);

  const score = new ScoreView(song, player, signal);
  const chart = new Chart(song, player, view, signal);
  const now = new NowChord(song, view);
  const mixer = new Mixer(player, signal);
  const transport = new Transport(song, player, signal);
  const status = h('p', { class: 'loading', role: 'status' }, parts.length > 0 ? 'Loading the stems …' : '');
  const hasChords = song.chords.some(({ chord }) => chord !== null);
  const element = h(
    'div',
    { class: 'studio' },
    makeScorePanel(score, chart, view, hasChords, signal),
    hasChords && now.element,
    status,
    parts.length > 0 && mixer.element,
    makeDownloads(app, job, results, player),
    h('p', { class: 'hint' }, h('button', { type: 'button', class: 'quiet', on: { click: showShortcuts } }, 'Keyboard shortcuts')),
    transport.element,
  );
  listenForShortcuts(song, player, score, view, signal);
  keepAddress(job, player, signal);
  window.stemscribe = player;

  const frame = () => {
    if (signal.aborted) return;
    const position = player.position;
    if (!score.element.hidden) score.frame();
    else chart.frame(position);
    now.frame(position);
    mixer.frame(position);
    transport.frame(position);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  loadSound(app, job, results, player, mixer, status, signal).catch((error: unknown) => {
    if (signal.aborted) return;
    status.textContent = 'The stems could not be loaded.';
    report(app, error);
  });
  return { element, facts: makeFacts(song, view, signal), position: () => player.position };
}

declare global {
  interface Window {
    /** The player of the song in view: for the console, and for tests. */
    stemscribe?: Player;
  }
}
