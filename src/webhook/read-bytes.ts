/**
 * Reads a request's body, gzip or not, up to a limit that counts the inflated bytes.
 *
 * `pipe` and not `pipeline` on purpose: `pipeline` destroys the request when inflating fails, and with it the
 * connection on which the 400 or 413 should go out.
 */
import type { IncomingMessage } from 'node:http';
import { createGunzip, type Gunzip } from 'node:zlib';
import { BROKEN, type Breakage, breakageOf } from './broken-requests.ts';
import { createStallWatch } from './stall-watch.ts';

export type BytesReading =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `cut_off`: the sender went away before the body's end. */
  | { readonly ok: false; readonly fault: 'too_large' | 'not_gzip' | 'cut_off' | Breakage };

export interface ReadOptions {
  readonly gzip: boolean;
  /** Of the inflated body, in bytes. */
  readonly limit: number;
  /** The longest that nothing may come, in milliseconds: then it is `too_slow`. */
  readonly idleMs: number;
}

export function readBytes(request: IncomingMessage, options: ReadOptions): BytesReading | Promise<BytesReading> {
  // Gone or broken while its turn was waited for: no event would tell of it any more.
  const breakage = breakageOf(request);
  if (breakage !== undefined) return { ok: false, fault: breakage };
  if (request.destroyed) return { ok: false, fault: 'cut_off' };
  const whole = options.gzip ? undefined : takeWhole(request, options.limit);
  return whole === undefined ? collectBytes(request, options) : { ok: true, bytes: whole };
}

function collectBytes(request: IncomingMessage, { gzip, limit, idleMs }: ReadOptions): Promise<BytesReading> {
  return new Promise(resolve => {
    const gunzip = gzip ? createGunzip() : undefined;
    const chunks: Buffer[] = [];
    let received = 0;
    let inflated = 0;
    let finished = false;
    const stall = createStallWatch(idleMs, () => finish({ ok: false, fault: 'too_slow' }));

    /** The listeners stay: the rest of the body is thrown away, so that a sender still sending gets to read its answer. */
    function finish(reading: BytesReading): void {
      if (finished) return;
      finished = true;
      stall.stop();
      chunks.length = 0;
      if (gunzip !== undefined) abandon(request, gunzip);
      resolve(reading);
    }
    function collect(chunk: Buffer): void {
      if (finished) return;
      stall.refresh();
      inflated += chunk.length;
      if (inflated > limit) finish({ ok: false, fault: 'too_large' });
      else chunks.push(chunk);
    }
    /** An endless row of empty gzip members inflates to nothing: the bytes received are limited too. */
    function countReceived(chunk: Buffer): void {
      if (finished) return;
      stall.refresh();
      received += chunk.length;
      if (received > limit) finish({ ok: false, fault: 'too_large' });
    }
    const onEnd = () => finish({ ok: true, bytes: Buffer.concat(chunks, inflated) });
    const onClose = () => {
      if (!request.complete) finish({ ok: false, fault: 'cut_off' });
    };

    request.on('close', onClose).on('error', onClose);
    request.on(BROKEN, (fault: Breakage) => finish({ ok: false, fault }));
    if (gunzip === undefined) {
      request.on('data', collect).on('end', onEnd);
      return;
    }
    gunzip.on('data', collect).on('end', onEnd);
    gunzip.on('error', () => finish({ ok: false, fault: 'not_gzip' }));
    request.on('data', countReceived).pipe(gunzip);
  });
}

/** The body, where all of it came along with the headers, as most of a single event do: there is nothing to watch. */
function takeWhole(request: IncomingMessage, limit: number): Buffer | undefined {
  const announced = Number(request.headers['content-length']);
  if (announced === 0 || announced > limit || announced !== request.readableLength) return undefined;
  const bytes: Buffer | null = request.read();
  request.resume();
  return bytes ?? undefined;
}

/** Stops inflating at once: nobody reads what a bomb still holds. */
function abandon(request: IncomingMessage, gunzip: Gunzip): void {
  request.unpipe(gunzip).resume();
  gunzip.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error');
  gunzip.on('error', ignore).destroy();
}

function ignore(): void {}
