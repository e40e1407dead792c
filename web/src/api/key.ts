// The API key, for services that want one. The page asks for it once a request is refused.

import { recall, remember } from '../lib/settings';
import { Store } from '../lib/store';

/** Asks the user; null if they'd rather not. `wasWrong`: a key was sent, and refused. */
export type KeyPrompt = (wasWrong: boolean) => Promise<string | null>;

export const KEY_HEADER = 'X-API-Key';

export class KeyRing {
  readonly inUse = new Store(recall('key'));
  private asking: Promise<string | null> | null = null;

  constructor(private readonly prompt: KeyPrompt) {}

  get key(): string | null {
    return this.inUse.get();
  }

  forget(): void {
    this.inUse.set(null);
    remember('key', null);
  }

  /** All requests that are refused at once wait for one answer. `refused` is the key that they sent. */
  async renew(refused: string | null): Promise<string | null> {
    if (this.key !== refused) return this.key; // another request has a new one already
    this.asking ??= this.prompt(refused !== null).finally(() => (this.asking = null));
    const key = await this.asking;
    if (key) {
      this.inUse.set(key);
      remember('key', key);
    }
    return key;
  }
}
