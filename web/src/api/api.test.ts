import { describe, expect, it } from 'vitest';

import { clock, clockTenths, fileSize, timeLeft, titleOf } from '../lib/format';
import { parseRoute, songHash } from '../lib/route';
import { ApiError, explain, OfflineError, toApiError } from './errors';
import { EventParser } from './event_stream';

describe('server-sent events', () => {
  const stream = ': hello\n\nid: 1\nevent: progress\ndata: {"a":1}\n\nid: 2\nevent: progress\ndata: x\ndata: y\n\nid: 3\nda';

  it('come whole out of any pieces', () => {
    for (const size of [1, 3, 7, 1000]) {
      const parser = new EventParser();
      const events = [];
      for (let i = 0; i < stream.length; i += size) events.push(...parser.push(stream.slice(i, i + size)));
      expect(events).toEqual([
        { id: '1', event: 'progress', data: '{"a":1}' },
        { id: '2', event: 'progress', data: 'x\ny' },
      ]);
    }
  });
});

describe('errors in words', () => {
  it('tell what the service said', () => {
    const body = { error: { code: 'invalid_argument', message: 'the request is not valid', details: [{ field: 'file', message: 'is empty' }], request_id: 'x' } };
    expect(explain(toApiError(422, body, null))).toEqual({ title: 'The service did not accept this', advice: 'The file is empty.', canRetry: false });
  });

  it('tell when to try again', () => {
    expect(explain(toApiError(429, null, '7'))).toMatchObject({ title: 'Too many requests', canRetry: true, advice: expect.stringContaining('7 seconds') });
    expect(explain(new OfflineError('x'))).toMatchObject({ title: 'No connection', canRetry: true });
    expect(explain(toApiError(500, 'html', null))).toMatchObject({ canRetry: true });
    expect(explain(new ApiError(507, 'storage_limit_exceeded', 'the storage is full'))).toEqual({ title: 'The service is full', advice: 'The storage is full.', canRetry: true });
  });
});

describe('addresses', () => {
  const id = '019ab0c2-5d2e-7cc0-8a51-0d3c2b7d9e11';

  it('name a song and a time', () => {
    expect(parseRoute(songHash(id))).toEqual({ view: 'song', id, at: null, loop: null });
    expect(parseRoute(songHash(id, 61.26))).toEqual({ view: 'song', id, at: 61.3, loop: null });
    const loop = { start: 60.25, end: 68 };
    expect(parseRoute(songHash(id, 61.26, loop))).toEqual({ view: 'song', id, at: 61.3, loop });
    expect(parseRoute(`#/song/${id}?loop=9-3`)).toMatchObject({ at: null, loop: null });
  });

  it('lead home from anywhere else', () => {
    for (const hash of ['', '#', '#/', '#/song/1', '#/songs', `#/song/${id}/x`]) expect(parseRoute(hash)).toEqual({ view: 'home' });
    for (const time of ['x', '-1', '']) expect(parseRoute(`#/song/${id}?t=${time}`)).toMatchObject({ at: time === '' ? 0 : null });
  });
});

describe('formats', () => {
  it('are short', () => {
    expect([clock(0), clock(61.9), clock(3661), clock(-1)]).toEqual(['0:00', '1:01', '1:01:01', '0:00']);
    expect([clockTenths(61.25), clockTenths(59.99), clockTenths(0.3)]).toEqual(['1:01.2', '0:59.9', '0:00.3']);
    expect([fileSize(12), fileSize(5242880), fileSize(50e6)]).toEqual(['12 B', '5.2 MB', '50 MB']);
    expect([timeLeft(0.4), timeLeft(12.2), timeLeft(60), timeLeft(200)]).toEqual(['almost done', '13 s left', '1 minute left', '3 minutes left']);
    expect(titleOf({ name: null, input_filename: 'My Song.mp3' })).toBe('My Song');
    expect(titleOf({ name: 'Named', input_filename: 'x.mp3' })).toBe('Named');
  });
});
