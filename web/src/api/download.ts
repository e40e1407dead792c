// Files for the user to keep.

import { type Api } from './client';

/** Gives the browser a file to save. */
export function saveBlob(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  saveUrl(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function saveUrl(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** By the browser itself where it can; a request that needs a key has to be made here. */
export async function download(api: Api, path: string, name: string): Promise<void> {
  if (!api.keys.key) return saveUrl(api.url(path), name);
  const response = await api.get(path);
  saveBlob(await response.blob(), name);
}
