// What all views share.

import { type Api } from '../api/client';
import { type Uploads } from '../api/upload';
import { explain, OfflineError } from '../api/errors';
import { toast } from '../lib/ask';
import { Store } from '../lib/store';

export interface App {
  api: Api;
  uploads: Uploads;
  /** Whether the service answers, as far as is known. */
  online: Store<boolean>;
}

export function report(app: App, error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  if (error instanceof OfflineError) app.online.set(false);
  const { title, advice } = explain(error);
  toast(`${title}. ${advice}`);
}

export const STAGES = ['separation', 'transcription', 'chords'] as const;
export const STAGE_TEXTS: Record<(typeof STAGES)[number], string> = {
  separation: 'Separating the stems',
  transcription: 'Following the singer',
  chords: 'Hearing the chords',
};
