// Where songs come in: the large area of the first view, and the options for what is to be made of them.

import { type JobOptions } from '../api/client';
import { toast } from '../lib/ask';
import { h } from '../lib/dom';
import { droppedFiles } from '../lib/dropped';
import { recall, remember } from '../lib/settings';
import { STAGE_TEXTS, STAGES } from './app';
import { staffDrawing } from './staff';

const FORMATS: [JobOptions['stem_format'], string][] = [
  ['mp3', 'MP3, small'],
  ['flac', 'FLAC, exact'],
  ['wav', 'WAV, exact'],
];
const VOCABULARIES: [JobOptions['chord_vocabulary'], string][] = [
  ['submission', 'Common chords'],
  ['ismir2017', 'More chords'],
  ['full', 'Every chord'],
];

function choose<T extends string>(name: string, choices: readonly [T, string][]): HTMLSelectElement {
  const kept = recall(name);
  const select = h('select', { name }, ...choices.map(([value, text]) => h('option', { value, selected: value === kept }, text)));
  select.addEventListener('change', () => remember(name, select.value));
  return select;
}

function makeOptions(): { element: HTMLElement; read: () => JobOptions } {
  const format = choose('stem_format', FORMATS);
  const vocabulary = choose('chord_vocabulary', VOCABULARIES);
  const checks = STAGES.map((stage) => h('input', { type: 'checkbox', value: stage, checked: true }));
  for (const check of checks) {
    check.addEventListener('change', () => {
      if (!checks.some((other) => other.checked)) check.checked = true; // something is to be made
    });
  }
  const texts = { separation: 'Stems', transcription: "The singer's melody", chords: 'Chords' } satisfies Record<keyof typeof STAGE_TEXTS, string>;
  const element = h(
    'details',
    { class: 'options' },
    h('summary', {}, 'Options'),
    h(
      'div',
      { class: 'option-grid' },
      h('label', { class: 'field' }, h('span', { class: 'label' }, 'Stems as'), format),
      h('label', { class: 'field' }, h('span', { class: 'label' }, 'Chords'), vocabulary),
      h(
        'fieldset',
        {},
        h('legend', { class: 'label' }, 'To be made'),
        ...STAGES.map((stage, i) => h('label', { class: 'check' }, checks[i], texts[stage])),
      ),
    ),
  );
  const read = (): JobOptions => ({
    stem_format: format.value as JobOptions['stem_format'],
    chord_vocabulary: vocabulary.value as JobOptions['chord_vocabulary'],
    stages: STAGES.filter((_, i) => checks[i].checked),
  });
  return { element, read };
}

/** Songs may be dropped anywhere on the page while `signal` holds. */
export function makeDrop(onFiles: (files: File[], options: JobOptions) => void, signal: AbortSignal): HTMLElement {
  const { element: options, read } = makeOptions();
  const input = h('input', { type: 'file', multiple: true, accept: 'audio/*,video/mp4,video/webm,.flac,.m4a,.opus,.wma,.aiff', class: 'hidden-text', tabindex: -1, 'aria-label': 'Songs' });
  const take = (files: File[]) => {
    if (files.length > 0) onFiles(files, read());
  };
  const takeDropped = async (transfer: DataTransfer) => {
    const files = await droppedFiles(transfer);
    if (files.length === 0) toast('No songs were found in there.');
    if (!signal.aborted) take(files);
  };
  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    input.value = '';
  });
  const root = document.documentElement;
  let depth = 0; // of elements entered and not left
  const hover = (change: number) => {
    depth = Math.max(0, depth + change);
    root.classList.toggle('dropping', depth > 0);
  };
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => hasFiles(event) && hover(1), { signal });
  addEventListener('dragleave', (event) => hasFiles(event) && hover(-1), { signal });
  addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal });
  addEventListener(
    'drop',
    (event) => {
      event.preventDefault();
      hover(-depth);
      if (event.dataTransfer && hasFiles(event)) void takeDropped(event.dataTransfer);
    },
    { signal },
  );
  signal.addEventListener('abort', () => hover(-depth));
  return h(
    'section',
    { class: 'hero', 'aria-label': 'Add songs' },
    staffDrawing(1000, 400, 56, { class: 'staff', preserveAspectRatio: 'none' }),
    h('h1', {}, 'Drop a song.'),
    h('p', {}, 'Five stems, the singer’s melody, the chords and the beat. Made on this machine, sent nowhere.'),
    h('div', { class: 'actions' }, h('button', { type: 'button', class: 'pill main', on: { click: () => input.click() } }, 'Choose songs'), input),
    options,
  );
}
