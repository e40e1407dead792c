// The songs that are on their way to the service.

import { explain, OfflineError } from '../api/errors';
import { type Upload, type Uploads } from '../api/upload';
import { button, h, ICONS, replace } from '../lib/dom';
import { fileSize } from '../lib/format';

function stateText(upload: Upload): (Node | string)[] {
  const { sentBytes, file } = upload;
  switch (upload.state) {
    case 'waiting':
      return ['Waits for the others'];
    case 'sending':
      return [`${fileSize(sentBytes)} of ${fileSize(file.size)}`];
    case 'checking':
      return ['Sent. The service has a look at it …'];
    case 'paused':
      return [`Paused at ${fileSize(sentBytes)} of ${fileSize(file.size)}`];
    case 'done':
      return ['Done'];
    case 'failed': {
      const { title, advice } = explain(upload.error);
      const plan = upload.error instanceof OfflineError ? ' It will be tried again.' : '';
      return [h('strong', {}, `${title}.`), ` ${advice}${plan}`];
    }
  }
}

interface Row {
  element: HTMLElement;
  update(): void;
}

function makeRow(uploads: Uploads, upload: Upload): Row {
  const state = h('div', { class: 'state' });
  const bar = h('progress', { class: 'thread', max: Math.max(1, upload.file.size), value: 0, 'aria-label': `Upload of ${upload.file.name}` });
  const pause = button(`Pause ${upload.file.name}`, ICONS.pause, () => uploads.pause(upload), { class: 'plain' });
  const resume = button(`Upload ${upload.file.name} again`, ICONS.retry, () => uploads.resume(upload), { class: 'plain' });
  const remove = button(`Do not upload ${upload.file.name}`, ICONS.close, () => uploads.remove(upload), { class: 'plain' });
  const element = h('li', { class: 'upload' }, h('div', { class: 'name' }, upload.file.name), state, h('div', { class: 'buttons' }, pause, resume, remove), bar);
  let shown = '';
  const update = () => {
    const active = upload.state === 'sending' || upload.state === 'waiting';
    pause.hidden = !active;
    const again = upload.state === 'paused' ? `Go on with ${upload.file.name}` : `Upload ${upload.file.name} again`;
    resume.setAttribute('aria-label', again);
    resume.title = again;
    resume.hidden = upload.state !== 'paused' && !(upload.state === 'failed' && explain(upload.error).canRetry);
    bar.hidden = upload.state === 'failed';
    bar.value = upload.sentBytes;
    element.classList.toggle('failed', upload.state === 'failed');
    element.dataset.state = upload.state;
    const content = stateText(upload);
    const text = content.map((part) => (typeof part === 'string' ? part : part.textContent)).join('');
    if (text !== shown) replace(state, ...content);
    shown = text;
    if (upload.state === 'failed') state.setAttribute('role', 'alert');
    else state.removeAttribute('role');
  };
  return { element, update };
}

export function makeUploadList(uploads: Uploads, signal: AbortSignal): HTMLElement {
  const list = h('ul', { class: 'uploads', 'aria-label': 'Uploads' });
  const rows = new Map<Upload, Row>();
  uploads.list.watch((current) => {
    for (const [upload, row] of rows) {
      if (current.includes(upload)) continue;
      row.element.remove();
      rows.delete(upload);
    }
    for (const upload of current) {
      let row = rows.get(upload);
      if (!row) {
        row = makeRow(uploads, upload);
        rows.set(upload, row);
        list.append(row.element);
      }
      row.update();
    }
    list.hidden = current.length === 0;
  }, signal);
  return list;
}
