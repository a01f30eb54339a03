import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/webhook/read-bytes.ts';

function requestOf(...chunks: readonly Buffer[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const chunk of chunks) request.push(chunk);
  return request;
}

function end(request: IncomingMessage): IncomingMessage {
  request.complete = true;
  request.push(null);
  return request;
}

describe('readBytes', () => {
  it('reads what there is, and nothing', async () => {
    const request = end(requestOf(Buffer.from('ab'), Buffer.from('c')));
    expect(await readBytes(request, { gzip: false, limit: 3, idleMs: 60_000 })).toEqual({
      ok: true,
      bytes: Buffer.from('abc'),
    });
    expect(await readBytes(end(requestOf()), { gzip: false, limit: 0, idleMs: 60_000 })).toEqual({
      ok: true,
      bytes: Buffer.alloc(0),
    });
  });

  it('takes what came whole along with its headers at once, and lets the request come to its end', async () => {
    const request = requestOf(Buffer.from('ab'), Buffer.from('c'));
    request.headers['content-length'] = '3';
    expect(await readBytes(request, { gzip: false, limit: 3, idleMs: 60_000 })).toEqual({
      ok: true,
      bytes: Buffer.from('abc'),
    });
    await new Promise(resolve => end(request).once('end', resolve));
  });

  it('waits for what is announced and has not come', async () => {
    const request = requestOf(Buffer.from('ab'));
    request.headers['content-length'] = '3';
    const reading = readBytes(request, { gzip: false, limit: 3, idleMs: 60_000 });
    request.push(Buffer.from('c'));
    end(request);
    expect(await reading).toEqual({ ok: true, bytes: Buffer.from('abc') });
  });

  it('holds what is announced to the limit', async () => {
    const request = requestOf(Buffer.alloc(10));
    request.headers['content-length'] = '10';
    expect(await readBytes(request, { gzip: false, limit: 9, idleMs: 60_000 })).toEqual({
      ok: false,
      fault: 'too_large',
    });
  });

  it('inflates gzip in several members', async () => {
    const request = end(requestOf(gzipSync('ab'), gzipSync('c')));
    expect(await readBytes(request, { gzip: true, limit: 100, idleMs: 60_000 })).toEqual({
      ok: true,
      bytes: Buffer.from('abc'),
    });
  });

  it('answers at the limit, before the end came, and reads on into nothing', async () => {
    const request = requestOf(Buffer.alloc(10));
    expect(await readBytes(request, { gzip: false, limit: 9, idleMs: 60_000 })).toEqual({
      ok: false,
      fault: 'too_large',
    });
    request.push(Buffer.alloc(100_000));
    await new Promise(resolve => end(request).once('end', resolve));
    expect(request.readableLength).toBe(0);
  });

  it('says of junk that it is no gzip, without taking the connection down', async () => {
    const request = requestOf(Buffer.alloc(100, 65));
    expect(await readBytes(request, { gzip: true, limit: 1000, idleMs: 60_000 })).toEqual({
      ok: false,
      fault: 'not_gzip',
    });
    expect(request.destroyed).toBe(false);
  });

  it('does not wait for a body that has come to a stop', async () => {
    for (const gzip of [false, true]) {
      const request = requestOf(gzipSync('half').subarray(0, 12));
      expect(await readBytes(request, { gzip, limit: 100, idleMs: 5 })).toEqual({ ok: false, fault: 'too_slow' });
      expect(request.destroyed).toBe(false);
    }
  });

  it('knows a sender that went away, before or while it is read', async () => {
    const gone = requestOf(Buffer.from('a')).destroy();
    expect(await readBytes(gone, { gzip: false, limit: 9, idleMs: 60_000 })).toEqual({ ok: false, fault: 'cut_off' });
    for (const gzip of [false, true]) {
      const going = requestOf(Buffer.from('a'));
      const reading = readBytes(going, { gzip, limit: 9, idleMs: 60_000 });
      going.destroy();
      expect(await reading).toEqual({ ok: false, fault: 'cut_off' });
    }
  });
});
