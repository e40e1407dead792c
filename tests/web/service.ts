// Runs the real service for the tests, as tests/api/api_service.py does: with the real tool, or with the fake one.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const programs = process.env.STEMSCRIBE_BIN ?? join(root, 'build/bin');
const models = process.env.STEMSCRIBE_MODELS ?? join(programs, '../share/stemscribe/models');
export const EXAMPLE_SONG = join(models, 'example.mp3');
const INHERITED = ['PATH', 'HOME', 'LANG', 'STEMSCRIBE_MODELS', 'STEMSCRIBE_WEB'];

export interface Job {
  job_id: string;
  status: string;
}

export class Service {
  readonly folder = mkdtempSync(join(tmpdir(), 'stemscribe-web-'));
  url = '';
  private process: ChildProcess | null = null;
  private port = 0;

  constructor(private readonly settings: Record<string, string> = {}) {}

  /** With tests/api/fake_tool.py in place of the tool. */
  static withFakeTool(settings: Record<string, string> = {}): Service {
    const service = new Service(settings);
    const program = join(service.folder, 'stemscribe');
    writeFileSync(program, `#!/bin/sh\nexec python3 -IS ${join(root, 'tests/api/fake_tool.py')} "$@"\n`);
    chmodSync(program, 0o755);
    service.settings.STEMSCRIBE_BIN = program;
    return service;
  }

  /** At the port that it had before, if it ran before. */
  async start(): Promise<this> {
    const inherited = Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : [])));
    const env = {
      ...inherited,
      API_HOST: '127.0.0.1',
      API_PORT: String(this.port),
      STORAGE_PATH: join(this.folder, 'storage'),
      DATABASE_URL: `sqlite:///${join(this.folder, 'api.db')}`,
      LOG_FILE: '',
      REUSE_RESULTS: 'false',
      LOW_DISK_MB: '0',
      DRAIN_SEC: '0',
      ...this.settings,
    };
    const log = openSync(join(this.folder, 'log.txt'), 'a');
    this.process = spawn(join(programs, 'stemscribed'), ['serve'], { env, cwd: this.folder, stdio: ['ignore', 'pipe', log] });
    for await (const line of createInterface({ input: this.process.stdout! })) {
      const address = /listens at (http:\/\/\S+):(\d+)$/.exec(line);
      if (!address) continue;
      this.port = Number(address[2]);
      this.url = `${address[1]}:${this.port}`;
      return this;
    }
    throw new Error(`the service did not start:\n${readFileSync(join(this.folder, 'log.txt'), 'utf8')}`);
  }

  /** Another command of the program with the same folder: what it prints. */
  run(...command: string[]): string {
    const env = { ...process.env, DATABASE_URL: `sqlite:///${join(this.folder, 'api.db')}`, LOG_FILE: '' };
    return execFileSync(join(programs, 'stemscribed'), command, { env, cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }

  async stop(): Promise<void> {
    const running = this.process;
    this.process = null;
    if (!running || running.exitCode !== null) return;
    running.kill('SIGTERM');
    await once(running, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async upload(song: Buffer, filename: string): Promise<Job> {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(song)]), filename);
    const response = await fetch(`${this.url}/api/v1/transcribe`, { method: 'POST', body: form });
    if (response.status !== 202) throw new Error(await response.text());
    return (await response.json()) as Job;
  }

  async job(id: string): Promise<Job | null> {
    const response = await fetch(`${this.url}/api/v1/jobs/${id}`);
    return response.ok ? ((await response.json()) as Job) : null;
  }

  async clear(): Promise<void> {
    const { jobs } = (await (await fetch(`${this.url}/api/v1/jobs?limit=100`)).json()) as { jobs: Job[] };
    for (const { job_id } of jobs) await fetch(`${this.url}/api/v1/jobs/${job_id}`, { method: 'DELETE' });
  }
}

/** A WAV file that tells the fake tool what to do, padded to `sizeBytes`. */
export function fakeSong(what: Record<string, unknown> = {}, sizeBytes = 0): Buffer {
  const text = Buffer.from(JSON.stringify(what));
  const padding = Buffer.alloc(Math.max(text.length % 2, sizeBytes - 44 - text.length));
  const data = Buffer.concat([text, padding]);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
