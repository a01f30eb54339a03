/** What the headers of a request say of its body, checked before a byte of it is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, refusal } from './answer.ts';

export type BodyHead =
  | {
      readonly ok: true;
      readonly gzip: boolean;
      /** The most that the body can come to once inflated, in bytes. */
      readonly atMost: number;
    }
  | { readonly ok: false; readonly answer: Answer };

/** What deflate can make of one byte, at the very most (zlib's technical notes: 1032 to 1). */
const MAX_INFLATION = 1032;

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)"?/i;
/** ASCII is UTF-8 too. */
const UTF8 = /^(?:utf-?8|us-ascii|ascii)$/i;

export function readBodyHead(headers: IncomingHttpHeaders, limit: number): BodyHead {
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json') {
    if (!JSON_TYPE.test(type.split(';', 1)[0]?.trim() ?? '')) {
      return refused(415, 'the content type must be application/json', { accept: 'application/json' });
    }
    const charset = CHARSET.exec(type)?.[1];
    if (charset !== undefined && !UTF8.test(charset)) return refused(415, 'the charset must be utf-8');
  }

  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const gzip = encoding === 'gzip' || encoding === 'x-gzip';
  if (!gzip && encoding !== 'identity') {
    // RFC 9110 §12.5.3: a 415 for the coding says which codings would do.
    return refused(415, 'the content encoding must be gzip or none', { 'accept-encoding': 'gzip, identity' });
  }

  const announced = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (announced !== undefined && announced > limit) return { ok: false, answer: tooLarge(limit) };
  const most = announced === undefined ? limit : announced * (gzip ? MAX_INFLATION : 1);
  return { ok: true, gzip, atMost: Math.min(limit, most) };
}

export function tooLarge(limit: number): Answer {
  return refusal(413, `the body is over the limit of ${limit} bytes (CREWSPAN_MAX_BODY), inflated`);
}

function refused(status: number, error: string, headers?: Readonly<Record<string, string>>): BodyHead {
  return { ok: false, answer: refusal(status, error, headers) };
}
