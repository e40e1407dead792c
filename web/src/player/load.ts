// Fetches a job's stems and decodes them, one after another: decoded sound is large while it is made.

import { type Api, type StemName } from '../api/client';
import { GROUP, type Part, PARTS } from './mix';
import { type Pcm, type Peaks, peaksOf, RATE_HZ, toPcm } from './pcm';

export interface Stems {
  parts: Map<Part, Pcm>;
  rateHz: number;
}

export interface LoadListener {
  onProgress(share: number): void; // 0 to 1
  onPeaks(name: Part | typeof GROUP, peaks: Peaks): void;
}

const LONG_SEC = 20 * 60; // from here on at half the rate, as a phone has only so much memory
export const LONGEST_SEC = 60 * 60;

async function readAll(response: Response, onBytes: (count: number) => void): Promise<ArrayBuffer> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body!.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value as Uint8Array<ArrayBuffer>);
    onBytes(piece.value.length);
  }
  return new Blob(pieces).arrayBuffer();
}

async function decode(data: ArrayBuffer, rateHz: number): Promise<Pcm> {
  const decoder = new OfflineAudioContext(2, 1, rateHz); // decodes to its rate, and needs no permission to sound
  const buffer = await decoder.decodeAudioData(data);
  return toPcm(Array.from({ length: Math.min(2, buffer.numberOfChannels) }, (_, channel) => buffer.getChannelData(channel)));
}

/** What the group sounds like as a whole, near enough for a picture. */
function addPeaks(all: readonly Peaks[]): Peaks {
  const values = new Float32Array(Math.max(...all.map((peaks) => peaks.values.length)));
  for (const peaks of all) peaks.values.forEach((value, i) => (values[i] = Math.hypot(values[i], value)));
  return { perSec: all[0].perSec, values };
}

/** `names`: the stems that the job has. Those of PARTS among them are loaded. */
export async function loadStems(api: Api, jobId: string, names: readonly StemName[], durationSec: number, listener: LoadListener, signal: AbortSignal): Promise<Stems> {
  const rateHz = durationSec > LONG_SEC ? RATE_HZ / 2 : RATE_HZ;
  const wanted = PARTS.filter((part) => names.includes(part));
  const parts = new Map<Part, Pcm>();
  const groupPeaks: Peaks[] = [];
  let done = 0;
  for (const part of wanted) {
    const response = await api.get(`/api/v1/jobs/${jobId}/stems/${part}?redirect=false`, signal);
    const total = Number(response.headers.get('Content-Length')) || Infinity;
    let received = 0;
    const data = await readAll(response, (count) => {
      received += count;
      listener.onProgress((done + 0.6 * Math.min(1, received / total)) / wanted.length);
    });
    const pcm = { ...(await decode(data, rateHz)), isUnpitched: part === 'drums' };
    signal.throwIfAborted();
    parts.set(part, pcm);
    listener.onProgress(++done / wanted.length);
    const peaks = peaksOf(pcm, rateHz);
    listener.onPeaks(part, peaks);
    if (part !== 'vocals') groupPeaks.push(peaks);
  }
  if (groupPeaks.length > 0) listener.onPeaks(GROUP, addPeaks(groupPeaks));
  return { parts, rateHz };
}
