// The address: "#/" is the list, "#/song/<id>?t=12.3&loop=10.5-20" a song at a time, with what is to be looped.

export interface Span {
  start: number; // seconds
  end: number;
}

export interface SongRoute {
  view: 'song';
  id: string;
  at: number | null;
  loop: Span | null;
}

export type Route = { view: 'home' } | SongRoute;

const SONG = /^#\/song\/([0-9a-f-]{36})(?:\?(.*))?$/i;

export function parseRoute(hash: string): Route {
  const match = SONG.exec(hash);
  if (!match) return { view: 'home' };
  const query = new URLSearchParams(match[2] ?? '');
  const text = query.get('t');
  const at = text === null ? NaN : Number(text);
  const span = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(query.get('loop') ?? '');
  const loop = span && Number(span[1]) < Number(span[2]) ? { start: Number(span[1]), end: Number(span[2]) } : null;
  return { view: 'song', id: match[1].toLowerCase(), at: Number.isFinite(at) && at >= 0 ? at : null, loop };
}

export function songHash(id: string, at = 0, loop: Span | null = null): string {
  const query = [at > 0 && `t=${at.toFixed(1)}`, loop && `loop=${loop.start.toFixed(2)}-${loop.end.toFixed(2)}`].filter(Boolean);
  return `#/song/${id}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}
