// Keeps the screen lit while music plays: hands are on an instrument. Browsers allow it over HTTPS only.

import { type Store } from './store';

export function keepAwake(playing: Store<boolean>, signal: AbortSignal): void {
  let lock: Promise<WakeLockSentinel | null> = Promise.resolve(null);
  const update = () => {
    const wanted = playing.get() && !signal.aborted && document.visibilityState === 'visible';
    lock = lock.then(async (held) => {
      if (!wanted) await held?.release();
      if (!wanted) return null;
      return held && !held.released ? held : ((await navigator.wakeLock?.request('screen').catch(() => null)) ?? null);
    });
  };
  playing.watch(update, signal);
  document.addEventListener('visibilitychange', update, { signal }); // a hidden page loses it
  signal.addEventListener('abort', update);
}
