/** Words for an operator: short, on one line, and free of secrets. */
import type { DeliverySettings } from './settings.ts';

/** Characters of a backend's own words that are passed on. */
const MAX_QUOTED = 300;
/** Shorter pieces of a header stand in ordinary text by chance. */
const MIN_SECRET = 6;

/**
 * Makes a text of foreign origin fit for a log: a backend may well repeat the token it refused, or the URL it was asked
 * for.
 */
export type Quote = (text: string) => string;

/** `headers`: all that are sent. */
export function createQuote({ headers, endpoint }: Pick<DeliverySettings, 'headers' | 'endpoint'>): Quote {
  const { username, password, search, searchParams } = endpoint;
  const ofEndpoint = [decodedPart(username), decodedPart(password), search.slice(1), ...searchParams.values()];
  const values = [...Object.values(headers), ...ofEndpoint];
  const secrets = values
    .flatMap(value => [value, ...value.split(/\s+/)])
    .filter(({ length }) => length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length);
  return text => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]');
    clean = clean.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
    return clean.length <= MAX_QUOTED ? clean : `${clean.slice(0, MAX_QUOTED)}…`;
  };
}

/** An endpoint without what may be secret in it: user, password, query. */
export function shownEndpoint({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

export function withQuote(statement: string, quoted: string): string {
  return quoted === '' ? statement : `${statement}: ${quoted}`;
}

/** A user or password of a URL as it is meant, or as it stands where it is not well percent-encoded. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
