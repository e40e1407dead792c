// A value that can be watched.

export class Store<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value));
  }

  /** Calls at once and at each change, until `until` aborts. */
  watch(watcher: (value: T) => void, until?: AbortSignal): void {
    this.watchers.add(watcher);
    until?.addEventListener('abort', () => this.watchers.delete(watcher), { once: true });
    watcher(this.value);
  }
}
