// What the page remembers on this device. Storage may be forbidden: then it forgets.

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`stemscribe.${name}`);
    else localStorage.setItem(`stemscribe.${name}`, value);
  } catch {
    // Nothing depends on it.
  }
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`stemscribe.${name}`);
  } catch {
    return null;
  }
}
