import '@fontsource/instrument-serif/latin-400.css';
import '@fontsource/instrument-serif/latin-ext-400.css';
import '@fontsource-variable/instrument-sans/wght.css';
import './style/tokens.css';
import './style/base.css';
import './style/home.css';
import './style/song.css';
import './style/print.css';

import { Api } from './api/client';
import { KeyRing } from './api/key';
import { Uploads } from './api/upload';
import { askForKey, confirmDialog, startToasts } from './lib/ask';
import { button, h, ICONS } from './lib/dom';
import { parseRoute, songHash } from './lib/route';
import { Store } from './lib/store';
import { startTheme, toggleTheme } from './lib/theme';
import { type App } from './views/app';
import { homeView, type HomeView } from './views/home';
import { songView } from './views/song_view';
import { staffDrawing } from './views/staff';

const OFFLINE_AFTER_MS = 1200; // a stream that reconnects at once is nothing to tell

function startOfflineBar(online: Store<boolean>): void {
  const bar = h('div', { class: 'offline', role: 'status', hidden: true }, 'No connection. Trying again …');
  document.body.prepend(bar);
  let timer = 0;
  online.watch((isOnline) => {
    clearTimeout(timer);
    if (isOnline) bar.hidden = true;
    else timer = window.setTimeout(() => (bar.hidden = false), OFFLINE_AFTER_MS);
  });
}

/** For as long as a key is in use: to give it up, as on somebody else's machine, or for another. */
function keyButton(keys: KeyRing): HTMLElement {
  const forget = async () => {
    if (!(await confirmDialog('Forget the API key?', 'It is kept on this device. The service will ask for it again.', 'Forget it'))) return;
    keys.forget();
    location.reload();
  };
  const element = h('button', { type: 'button', class: 'top-link', hidden: true, on: { click: () => void forget() } }, 'Key');
  keys.inUse.watch((key) => (element.hidden = key === null));
  return element;
}

function start(): void {
  startTheme();
  const online = new Store(true);
  const api = new Api(new KeyRing(askForKey));
  let home: HomeView | null = null;
  const uploads = new Uploads(api, (job, upload) => {
    online.set(true);
    home?.songs.add(job);
    // One song is waited for; of many, the list shows how they go.
    if (home && uploads.list.get().length === 0 && !upload.isOneOfMany) location.hash = songHash(job.job_id);
  });
  const app: App = { api, uploads, online };
  const main = h('main', { id: 'main', tabindex: -1 });
  const header = h(
    'header',
    { class: 'top' },
    h('a', { class: 'brand', href: '#/', 'aria-label': 'stemscribe: all songs' }, staffDrawing(32, 32, 5.5), 'stemscribe'),
    h('a', { class: 'top-link', href: api.url('/docs') }, 'API'),
    keyButton(api.keys),
    button('Dark or light', ICONS.theme, toggleTheme, { class: 'plain' }),
  );
  document.body.append(h('a', { class: 'skip', href: '#main', on: { click: (event) => (event.preventDefault(), main.focus()) } }, 'To the content'), header, main);
  startToasts();
  startOfflineBar(online);

  let view = new AbortController();
  const show = () => {
    view.abort();
    view = new AbortController();
    const route = parseRoute(location.hash);
    home = route.view === 'home' ? homeView(app, view.signal) : null;
    main.replaceChildren(route.view === 'home' ? home!.element : songView(app, route, view.signal));
    scrollTo(0, 0);
  };
  addEventListener('hashchange', show);
  show();
  void uploads.restore();
}

start();
