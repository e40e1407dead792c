// What was dropped on the page: files, and the songs in folders.

const SONG_NAME = /\.(mp3|wav|wave|flac|m4a|mp4|aac|ogg|oga|opus|wma|aiff?|aifc|webm|w64|caf|alac|mka)$/i;

function toFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** All of a folder: browsers tell it in parts. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  while (true) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    entries.push(...part);
  }
}

async function songsIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.name.startsWith('.')) return [];
  if (entry.isDirectory) return (await Promise.all((await entriesOf(entry as FileSystemDirectoryEntry)).map(songsIn))).flat();
  return SONG_NAME.test(entry.name) ? [await toFile(entry as FileSystemFileEntry)] : [];
}

/** To be called while the drop is handled: afterwards the browser has forgotten it. Files that can't be read are left out. */
export async function droppedFiles({ items }: DataTransfer): Promise<File[]> {
  const found = [...items].map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry?.isDirectory ? songsIn(entry).catch(() => []) : item.getAsFile();
  });
  return (await Promise.all(found)).flat().filter((file) => file !== null);
}
