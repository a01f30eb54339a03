/** Settings that are lists. Faults name an entry by its position, since entries may be secret. */
import { DEFAULT_SOURCE, isSourceName } from '../webhook/source.ts';
import type { Reader, Reading } from './reading.ts';

const entriesOf = (text: string) =>
  text
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '');

/** `source:token` split at the first colon, or a bare token of the source `default`. */
export const tokens: Reader<ReadonlyMap<string, readonly string[]>> = text => {
  const bySource = new Map<string, string[]>();
  const owners = new Map<string, string>();
  for (const [index, entry] of entriesOf(text).entries()) {
    const colon = entry.indexOf(':');
    const source = colon < 0 ? DEFAULT_SOURCE : entry.slice(0, colon);
    const token = entry.slice(colon + 1);
    const fault = tokenFault(source, token, owners.get(token));
    if (fault !== undefined)
      return { fault: `must be source:token or token, comma-separated: entry ${index + 1} ${fault}` };
    owners.set(token, source);
    bySource.set(source, [...(bySource.get(source) ?? []), token]);
  }
  return bySource.size > 0 ? { value: bySource } : { fault: 'must hold at least one token' };
};

function tokenFault(source: string, token: string, owner: string | undefined): string | undefined {
  if (!isSourceName(source)) return 'has a source that is not letters, digits, ".", "_", "-" (64 at most)';
  if (token === '') return 'has an empty token';
  // A header value safely carries nothing else; a space inside means a list with the wrong separator.
  if (!/^[\x21-\x7e]+$/.test(token)) return 'has a token with spaces, or with characters that are not ASCII';
  if (owner !== undefined && owner !== source) return 'has a token that another source has, too';
  return undefined;
}

/** Event types, as in the kickoff's `webhooks.events`; `all` for every one. */
export const eventTypes: Reader<ReadonlySet<string> | undefined> = text => {
  if (text.toLowerCase() === 'all') return { value: undefined };
  const types = entriesOf(text);
  const odd = types.findIndex(type => !/^[\w.:-]+$/.test(type));
  return odd < 0 && types.length > 0
    ? { value: new Set(types) }
    : { fault: `must be event types, comma-separated, or all${odd < 0 ? '' : `: entry ${odd + 1} is not a type`}` };
};

/** `key1=value1,key2=value2`, percent-decoded, as the OpenTelemetry specification has it for resource attributes. */
export const attributes: Reader<Readonly<Record<string, string>>> = text => readPairs(text, () => undefined);

/**
 * The same for the headers of exports ("Specifying headers via environment variables"); names in lower case. Checked
 * here, since HTTP clients throw on a bad one, at each export.
 */
export const headers: Reader<Readonly<Record<string, string>>> = text => {
  const reading = readPairs(text, (name, value) => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'has a name that is not a header name';
    return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : 'has a value that a header cannot hold';
  });
  if ('fault' in reading) return reading;
  return {
    value: Object.fromEntries(Object.entries(reading.value).map(([name, value]) => [name.toLowerCase(), value])),
  };
};

function readPairs(
  text: string,
  check: (key: string, value: string) => string | undefined,
): Reading<Readonly<Record<string, string>>> {
  const pairs: [string, string][] = [];
  for (const [index, entry] of entriesOf(text).entries()) {
    const pair = decodePair(entry);
    const fault = typeof pair === 'string' ? pair : check(...pair);
    if (fault !== undefined) return { fault: `must be key=value pairs, comma-separated: pair ${index + 1} ${fault}` };
    if (typeof pair !== 'string') pairs.push(pair);
  }
  return { value: Object.fromEntries(pairs) };
}

function decodePair(entry: string): [string, string] | string {
  const equals = entry.indexOf('=');
  if (equals < 0) return 'has no "="';
  try {
    const key = decodeURIComponent(entry.slice(0, equals).trim());
    return key === '' ? 'has an empty key' : [key, decodeURIComponent(entry.slice(equals + 1).trim())];
  } catch {
    return 'has a "%" that does not start a percent-encoding: write it as %25';
  }
}
