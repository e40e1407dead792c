// Uploads that outlive the page: their files are kept by the browser until the service has them. Where that is forbidden,
// as in private windows, a reload loses them.

import { type JobOptions } from './client';

export interface KeptUpload {
  key: string;
  file: File;
  options: JobOptions;
  id: string | null; // at the service
  isPaused: boolean;
}

const STORE = 'uploads';

function toPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no storage'));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('stemscribe', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
  return toPromise(request);
}

export class UploadStore {
  private database: Promise<IDBDatabase> | null = null;
  private last: Promise<unknown> = Promise.resolve(); // changes are made one after another

  put(upload: KeptUpload): void {
    void this.use('readwrite', (store) => store.put(upload));
  }

  remove(key: string): void {
    void this.use('readwrite', (store) => store.delete(key));
  }

  /** Those that an earlier page left and no other page goes on with. Each is this page's from then on. */
  async takeOver(): Promise<KeptUpload[]> {
    const kept = (await this.use('readonly', (store) => store.getAll() as IDBRequest<KeptUpload[]>)) ?? [];
    const mine = await Promise.all(kept.map(({ key }) => this.claim(key)));
    return kept.filter((_, i) => mine[i]);
  }

  /** Whether this page has the upload now; it has, where browsers know no locks (over plain HTTP): two would do no harm. */
  claim(key: string): Promise<boolean> {
    const { locks } = navigator as Partial<Navigator>;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const hold = (lock: Lock | null) => {
        resolve(lock !== null);
        return lock ? new Promise<void>(() => {}) : undefined; // until the page is gone
      };
      locks.request(`stemscribe.upload.${key}`, { ifAvailable: true }, hold).catch(() => resolve(true));
    });
  }

  private use<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    const result = this.last.then(async () => {
      try {
        this.database ??= open();
        return await toPromise(act((await this.database).transaction(STORE, mode).objectStore(STORE)));
      } catch {
        return null;
      }
    });
    this.last = result;
    return result;
  }
}
