// The lock files serve every system: `npm ci` fails where one lacks a package that another system needs.

import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

interface Package {
  version: string;
  integrity?: string;
  resolved?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const read = (path: string) => (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { packages: Record<string, Package> }).packages;

const SYSTEMS = [
  ['linux', 'x64', 'glibc'],
  ['linux', 'x64', 'musl'],
  ['linux', 'arm64', 'glibc'],
  ['linux', 'arm64', 'musl'],
  ['darwin', 'x64', null],
  ['darwin', 'arm64', null],
  ['win32', 'x64', null],
  ['win32', 'arm64', null],
] as const;

for (const [name, path] of Object.entries({ page: '../package-lock.json', tests: '../../tests/web/package-lock.json' })) {
  describe(`the lock file of the ${name}`, () => {
    const packages = read(path);

    it('holds what is needed on any system', () => {
      const missing = Object.entries(packages).flatMap(([place, { optionalDependencies }]) =>
        Object.keys(optionalDependencies ?? {}).filter((wanted) => !packages[`node_modules/${wanted}`] && !packages[`${place}/node_modules/${wanted}`]),
      );
      expect(missing).toEqual([]);
    });

    it('names a sum of everything, and no host', () => {
      const entries = Object.entries(packages).filter(([place]) => place !== '');
      expect(entries.length).toBeGreaterThan(5);
      expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
      expect(entries.filter(([, { resolved }]) => resolved)).toEqual([]);
    });
  });
}

describe.each(SYSTEMS)('on %s, %s, %s', (os, cpu, libc) => {
  it.each(['@esbuild/', '@rollup/rollup-'])('there is a binary of %s', (prefix) => {
    const fits = (wanted: string[] | undefined, have: string | null) => !wanted || (have !== null && wanted.includes(have));
    const binaries = Object.entries(read('../package-lock.json')).filter(
      ([place, entry]) => place.startsWith(`node_modules/${prefix}`) && fits(entry.os, os) && fits(entry.cpu, cpu) && fits(entry.libc, libc),
    );
    expect(binaries.length).toBeGreaterThan(0);
  });
});
