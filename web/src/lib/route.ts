// The address: "#/" is the list, "#/song/<id>?t=12.3" a song at a time.

export type Route = { view: 'home' } | { view: 'song'; id: string; at: number | null };

const SONG = /^#\/song\/([0-9a-f-]{36})(?:\?(.*))?$/i;

export function parseRoute(hash: string): Route {
  const match = SONG.exec(hash);
  if (!match) return { view: 'home' };
  const text = new URLSearchParams(match[2] ?? '').get('t');
  const at = text === null ? NaN : Number(text);
  return { view: 'song', id: match[1].toLowerCase(), at: Number.isFinite(at) && at >= 0 ? at : null };
}

export function songHash(id: string, at = 0): string {
  return `#/song/${id}${at > 0 ? `?t=${at.toFixed(1)}` : ''}`;
}
