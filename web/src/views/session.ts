// What was set for a song, kept on this device: the desk, speed, key, loop and count-in.

import { recall, remember } from '../lib/settings';
import { type Store } from '../lib/store';
import { type Mix, neutralMix, type StripName, STRIPS } from '../player/mix';
import { type LoopRegion, type Player } from '../player/player';
import { type ChordView } from '../score/song_data';

interface Session {
  mix: Mix;
  speed: number;
  loop: LoopRegion | null;
  countsIn: boolean;
  view: ChordView;
}

const NAME = 'songs';
const MOST_SONGS = 200; // that are remembered; the one that was not opened for longest goes
const SAVE_MS = 300;

function readAll(): Record<string, Partial<Session>> {
  try {
    return (JSON.parse(recall(NAME) ?? '{}') as Record<string, Partial<Session>> | null) ?? {};
  } catch {
    return {};
  }
}

function write(id: string, session: Session | null): void {
  const { [id]: _, ...others } = readAll();
  const kept = Object.entries(others).slice(1 - MOST_SONGS);
  remember(NAME, JSON.stringify(Object.fromEntries(session ? [...kept, [id, session]] : kept)));
}

export function forgetSession(id: string): void {
  write(id, null);
}

/** `loop`, of the address, goes before the one that is remembered. */
export function keepSession(id: string, player: Player, view: Store<ChordView>, loop: LoopRegion | null, signal: AbortSignal): void {
  const kept = readAll()[id] ?? {};
  const strips = neutralMix();
  for (const name of STRIPS) Object.assign(strips[name], kept.mix?.[name as StripName]);
  player.mix.set(strips);
  if (kept.speed) player.setSpeed(kept.speed);
  player.setLoop(loop ?? kept.loop ?? null);
  player.countsIn.set(kept.countsIn ?? false);
  view.update((now) => ({ ...now, ...kept.view }));

  let timer = 0;
  let isFirst = true; // each watcher calls at once: nothing has changed by then
  const save = () => {
    if (isFirst) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const [mix, speed] = [player.mix.get(), player.speed.get()];
      write(id, { mix, speed, loop: player.loop.get(), countsIn: player.countsIn.get(), view: view.get() });
    }, SAVE_MS);
  };
  for (const store of [player.mix, player.speed, player.loop, player.countsIn, view]) (store as Store<unknown>).watch(save, signal);
  isFirst = false;
}
