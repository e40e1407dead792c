// All that can be taken home.

import { type Job, type Results, type StemName } from '../api/client';
import { download, saveBlob } from '../api/download';
import { toast } from '../lib/ask';
import { h, icon, ICONS } from '../lib/dom';
import { day, titleOf } from '../lib/format';
import { type Store } from '../lib/store';
import { isNeutral, STEMS } from '../player/mix';
import { type Player } from '../player/player';
import { renderMix } from '../player/render';
import { leadSheetText } from '../score/lead_sheet';
import { type ChordView, type SongData } from '../score/song_data';
import { type App, report } from './app';
import { STRIP_TITLES } from './mixer';

interface Item {
  title: string;
  kind: string; // of file, in capitals
  run: () => Promise<void>;
}

function itemButton(app: App, { title, kind, run }: Item): HTMLElement {
  const element = h('button', { type: 'button', class: 'download' }, icon(...ICONS.download), h('span', {}, title), h('span', { class: 'kind' }, kind));
  element.addEventListener('click', () => {
    element.setAttribute('aria-busy', 'true');
    element.disabled = true;
    run()
      .catch((error: unknown) => report(app, error))
      .finally(() => {
        element.removeAttribute('aria-busy');
        element.disabled = false;
      });
  });
  return element;
}

export function makeDownloads(app: App, job: Job, results: Results, song: SongData, player: Player, view: Store<ChordView>): HTMLElement {
  const title = titleOf(job);
  const format = job.options.stem_format;
  const base = `/api/v1/jobs/${job.job_id}`;
  const stems = STEMS.filter((name) => results.stems[name]).map(
    (name: StemName): Item => ({
      title: STRIP_TITLES[name],
      kind: format.toUpperCase(),
      run: () => download(app.api, `${base}/stems/${name}?redirect=false`, `${title} - ${name}.${format}`),
    }),
  );
  const saveMix = async (): Promise<void> => {
    if (!player.loaded) return toast('The stems are not loaded yet');
    const [mix, speed, semitones] = [player.mix.get(), player.speed.get(), player.semitones.get()];
    const { file, loweredDb } = await renderMix({ stems: player.loaded.parts, rateHz: player.loaded.rateHz, mix, speed, semitones, beats: player.clickBeats });
    const isPlain = isNeutral(mix) && speed === 1 && semitones === 0;
    saveBlob(file, `${title} - ${isPlain ? 'mix' : 'my mix'}.wav`);
    if (loweredDb > 0) toast(`The mix was turned down by ${loweredDb.toFixed(1)} dB, so that nothing clips`);
  };
  const rest: Item[] = [];
  if (stems.length > 0) rest.push({ title: 'Your mix', kind: 'WAV', run: saveMix });
  if (results.chords) {
    rest.push({ title: 'Chords', kind: 'LAB', run: () => download(app.api, `${base}/chords?format=lab`, `${title} - chords.lab`) });
    rest.push({ title: 'Chords', kind: 'JSON', run: () => download(app.api, `${base}/chords`, `${title} - chords.json`) });
  }
  if (results.chords) {
    const text = () => new Blob([leadSheetText(title, song, view.get())], { type: 'text/plain' });
    rest.push({ title: 'Lead sheet', kind: 'PRINT', run: async () => print() });
    rest.push({ title: 'Lead sheet', kind: 'TXT', run: async () => saveBlob(text(), `${title} - lead sheet.txt`) });
  }
  if (results.processed_frames) rest.push({ title: 'Pitch curve', kind: 'JSON', run: () => download(app.api, `${base}/frames`, `${title} - frames.json`) });
  if (results.notes) rest.push({ title: 'Notes', kind: 'JSON', run: () => download(app.api, `${base}/notes`, `${title} - notes.json`) });
  if (results.notes) rest.push({ title: 'Notes', kind: 'MIDI', run: () => download(app.api, `${base}/notes?format=midi`, `${title} - vocals.mid`) });
  rest.push({ title: 'Everything', kind: 'ZIP', run: () => download(app.api, `${base}/archive`, `${title}.zip`) });
  return h(
    'section',
    { class: 'downloads', 'aria-label': 'Downloads' },
    h('h2', {}, 'Take it with you'),
    h('div', { class: 'download-grid' }, ...[...stems, ...rest].map((item) => itemButton(app, item))),
    job.expires_at !== null && h('p', { class: 'hint' }, `This song is kept here until ${day(job.expires_at)}.`),
  );
}
