// The first view: a place to drop songs, those on their way, and those that are here.

import { h } from '../lib/dom';
import { type App } from './app';
import { makeDrop } from './drop';
import { SongList } from './song_list';
import { makeUploadList } from './upload_list';

export interface HomeView {
  element: HTMLElement;
  songs: SongList;
}

export function homeView(app: App, signal: AbortSignal): HomeView {
  document.title = 'stemscribe';
  const element = h('div', { class: 'home' });
  const songs = new SongList(app, signal, (hasSongs) => element.classList.toggle('has-songs', hasSongs));
  element.append(
    makeDrop((files, options) => app.uploads.add(files, options), signal),
    makeUploadList(app.uploads, signal),
    songs.element,
  );
  return { element, songs };
}
