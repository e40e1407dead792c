// A finished song: the player, the score, the desk and the downloads, on one clock.

import { type Job, type Results, type StemName } from '../api/client';
import { h, replace } from '../lib/dom';
import { clock } from '../lib/format';
import { songHash, type SongRoute } from '../lib/route';
import { recall, remember } from '../lib/settings';
import { Store } from '../lib/store';
import { keepAwake } from '../lib/wake';
import { keyName } from '../music/key';
import { LONGEST_SEC, loadStems } from '../player/load';
import { PARTS } from '../player/mix';
import { RATE_HZ } from '../player/pcm';
import { Player } from '../player/player';
import { ScoreView } from '../score/score_view';
import { type ChordView, heardShift, makeSongData, shownKey, type SongData } from '../score/song_data';
import { type App, report } from './app';
import { Chart } from './chart';
import { makeDownloads } from './downloads';
import { Mixer } from './mixer';
import { NowChord } from './now_chord';
import { makeScorePanel, semitonesText } from './score_panel';
import { keepSession } from './session';
import { listenForShortcuts, showShortcuts } from './shortcuts';
import { Transport } from './transport';

const ADDRESS_PAUSE_MS = 300; // browsers allow some hundred changes a minute

export interface Studio {
  element: HTMLElement;
  facts: Node[];
  position(): number;
  /** The address of the song as it stands. */
  hash(): string;
}

// By beats to the bar. In 6/8 a beat is a dotted quarter.
const METERS: Record<number, string> = { 2: '2/4 or 6/8', 3: '3/4', 4: '4/4' };

/** Key, tempo and the like, in the order in which a musician asks. */
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

/** Stems where there are any; silence to scroll by where there are none. */
async function loadSound(app: App, job: Job, results: Results, player: Player, mixer: Mixer, status: HTMLElement, signal: AbortSignal): Promise<void> {
  const names = Object.keys(results.stems) as StemName[];
  status.textContent = names.length > 0 ? 'Loading the stems …' : '';
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
  let timer = 0;
  player.onMove = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (!signal.aborted && !player.playing.get()) history.replaceState(null, '', songHash(job.job_id, player.position));
    }, ADDRESS_PAUSE_MS);
  };
}

/** Seen and heard are the same, unless the user wants it otherwise; of that, the device remembers. */
function makeView(player: Player, signal: AbortSignal): Store<ChordView> {
  const view = new Store<ChordView>({ transpose: 0, capo: 0, isHeard: recall('transpose') !== 'seen' });
  view.watch((now) => {
    if (heardShift(now) !== player.semitones.get()) player.setPitch(heardShift(now));
    remember('transpose', now.isHeard ? null : 'seen');
  }, signal);
  return view;
}

async function fetchSong(app: App, job: Job, results: Results, signal: AbortSignal): Promise<SongData> {
  const { api } = app;
  const [chords, frames, notes] = await Promise.all([
    results.chords ? api.getChords(job.job_id, signal) : null,
    results.processed_frames ? api.getFrames(job.job_id, signal) : null,
    results.notes ? api.getNotes(job.job_id, signal) : null,
  ]);
  return makeSongData(results.metadata, chords, frames, notes);
}

export async function makeStudio(app: App, job: Job, { at, loop }: SongRoute, signal: AbortSignal): Promise<Studio> {
  const results = await app.api.getResults(job.job_id, signal);
  const song = await fetchSong(app, job, results, signal);
  const parts = PARTS.filter((part) => results.stems[part]);
  const hasStems = parts.length > 0;
  const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: 'interactive' });
  const player = new Player(context, hasStems ? parts : ['other'], song.durationSec, song.meter.beats, song.meter.beatsPerBar);
  signal.addEventListener('abort', () => player.close());
  player.seek(at ?? loop?.start ?? 0);
  const view = makeView(player, signal);
  keepSession(job.job_id, player, view, loop, signal);
  keepAwake(player.playing, signal);

  const score = new ScoreView(song, player, signal);
  const chart = new Chart(song, player, view, signal);
  const now = new NowChord(song, view);
  const mixer = new Mixer(song, player, signal);
  const transport = new Transport(song, player, signal);
  const status = h('p', { class: 'loading', role: 'status' });
  const hasChords = song.chords.some(({ chord }) => chord !== null);
  const element = h(
    'div',
    { class: 'studio' },
    makeScorePanel(score, chart, view, hasChords, hasStems, signal),
    hasChords && now.element,
    status,
    hasStems && mixer.element,
    makeDownloads(app, job, results, song, player, view),
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
  const load = () => {
    loadSound(app, job, results, player, mixer, status, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      const again = h('button', { type: 'button', class: 'quiet', on: { click: load } }, 'Try again');
      replace(status, 'The stems could not be loaded. ', again);
      report(app, error);
    });
  };
  load();
  const position = () => player.position;
  return { element, facts: makeFacts(song, view, signal), position, hash: () => songHash(job.job_id, player.position, player.loop.get()) };
}

declare global {
  interface Window {
    /** The player of the song in view: for the console, and for tests. */
    stemscribe?: Player;
  }
}
