/** Bearer authentication (RFC 6750): several sources, several tokens each, so that a token can be rotated. */
import { timingSafeEqual } from 'node:crypto';
import { type Answer, refusal } from './answer.ts';
import { DEFAULT_SOURCE, isSourceName } from './source.ts';

export type Authentication =
  /** Who sent it, proven by its token. */
  { readonly ok: true; readonly source: string } | { readonly ok: false; readonly answer: Answer };

export interface Credentials {
  readonly authorization: string | undefined;
  /** The source named by the path, if any. */
  readonly named: string | undefined;
}

const SCHEME = 'bearer ';
const CHALLENGE = 'Bearer realm="crewspan"';

/** To be asked before the body of a request is read. */
export function createAuthenticator(
  tokens: ReadonlyMap<string, readonly string[]>,
): (credentials: Credentials) => Authentication {
  const pairs = [...tokens].flatMap(([source, list]) => list.map(token => ({ source, token })));
  if (pairs.length === 0) return anonymous;
  const sourceOf = createTokenTable(pairs);

  return ({ authorization, named }) => {
    const token = bearerToken(authorization);
    // RFC 6750 §3.1: no error code for a request that brought no bearer credentials at all.
    if (token === undefined) return unauthorized('a bearer token is needed', CHALLENGE);
    const source = sourceOf(token);
    return source !== undefined && (named === undefined || named === source)
      ? { ok: true, source }
      : unauthorized('the bearer token is not valid here', `${CHALLENGE}, error="invalid_token"`);
  };
}

function bearerToken(authorization = ''): string | undefined {
  if (authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined;
  return authorization.slice(SCHEME.length).trim() || undefined;
}

function anonymous({ named }: Credentials): Authentication {
  const source = named ?? DEFAULT_SOURCE;
  return isSourceName(source) ? { ok: true, source } : { ok: false, answer: refusal(404, 'there is no such source') };
}

/** No byte of UTF-8: what is filled up with it is no other token. */
const FILLER = 0xff;
/** Bytes of a character, at most: so much of a token that is too long is written that it is none of those known. */
const LONGEST_CHARACTER = 4;
/** Bytes that every token is filled up to: longer than those that people make up. */
const FILLED_LENGTH = 256;

/**
 * Tokens filled up to one length, because `timingSafeEqual` wants equal lengths; all of them compared, so that the time
 * taken tells neither how much of a token was right, nor which one it was, nor how long one is up to {@link FILLED_LENGTH}.
 * Digests would hide longer ones too, and cost each request more than all else that is done for its token.
 */
function createTokenTable(
  pairs: readonly { readonly source: string; readonly token: string }[],
): (token: string) => string | undefined {
  const longest = Math.max(...pairs.map(({ token }) => Buffer.byteLength(token)));
  const length = Math.max(longest + LONGEST_CHARACTER, FILLED_LENGTH);
  const known = pairs.map(({ source, token }) => ({ source, bytes: filledUp(token, Buffer.alloc(length)) }));
  const given = Buffer.alloc(length);
  return token => {
    filledUp(token, given);
    let found: string | undefined;
    for (const { source, bytes } of known) if (timingSafeEqual(bytes, given)) found = source;
    return found;
  };
}

function filledUp(token: string, bytes: Buffer): Buffer {
  return bytes.fill(FILLER, bytes.write(token));
}

function unauthorized(error: string, challenge: string): Authentication {
  return { ok: false, answer: refusal(401, error, { 'www-authenticate': challenge }) };
}
