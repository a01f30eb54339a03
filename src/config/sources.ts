/** Where settings come from: the environment first, then one YAML file. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { codeOf } from '../thrown.ts';
import type { Fault } from './faults.ts';
import { didYouMean, nearest } from './nearest.ts';

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A YAML file, flat, with the names of the variables as keys. */
  readonly configFile?: string | undefined;
}

export interface Gathered {
  readonly values: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

/**
 * What Kubernetes and Docker put into containers next to a service called `crewspan`: `CREWSPAN_SERVICE_HOST`,
 * `CREWSPAN_PORT=tcp://10.0.0.1:4319`, `CREWSPAN_PORT_4319_TCP_ADDR`. Not meant for us, although it looks so.
 */
const SERVICE_LINK = /^CREWSPAN_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** `names`: of all settings. */
export function gather({ env, configFile }: LoadOptions, names: readonly string[]): Gathered {
  const environment = fromEnvironment(env, names);
  const file = configFile === undefined ? NOTHING : fromFile(configFile, names);
  return {
    values: new Map([...file.values, ...environment.values]),
    faults: [...environment.faults, ...file.faults],
  };
}

const NOTHING: Gathered = { values: new Map(), faults: [] };

function fromEnvironment(env: NodeJS.ProcessEnv, names: readonly string[]): Gathered {
  const known = new Set(names);
  const values = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [name, raw] of Object.entries(env)) {
    const value = raw?.trim() ?? '';
    // OpenTelemetry's rule, applied to all: an empty value counts as unset.
    if (value === '' || isServiceLink(name, value)) continue;
    if (known.has(name)) values.set(name, value);
    else if (name.startsWith('CREWSPAN_')) faults.push(unknown(name, 'is not a crewspan setting', names));
  }
  return { values, faults };
}

function isServiceLink(name: string, value: string): boolean {
  return SERVICE_LINK.test(name) || (/^CREWSPAN_(?:\w+_)?PORT$/.test(name) && SERVICE_ADDRESS.test(value));
}

function fromFile(path: string, names: readonly string[]): Gathered {
  const failed = (expected: string): Gathered => ({ values: new Map(), faults: [{ subject: path, expected }] });
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    return failed(`must be a file that can be read (${codeOf(error) ?? 'unknown reason'})`);
  }
  const content = parseYaml(source);
  if ('fault' in content) return failed(content.fault);

  const values = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [name, entry] of Object.entries(content.entries)) {
    const value = Array.isArray(entry) && entry.every(item => typeof item === 'string') ? entry.join(',') : entry;
    if (!names.includes(name)) faults.push(unknown(name, `is not a crewspan setting (in ${path})`, names));
    else if (typeof value !== 'string') faults.push({ subject: name, expected: `must be a single value (in ${path})` });
    else if (value.trim() !== '') values.set(name, value.trim());
  }
  return { values, faults };
}

/**
 * In YAML's failsafe schema every scalar is text, as in the environment: `0123` stays a token, `no` a word. Only the code
 * and line of an error are reported: its message quotes the file, and the file holds secrets.
 */
function parseYaml(source: string): { readonly entries: object } | { readonly fault: string } {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { schema: 'failsafe', prettyErrors: false, lineCounter });
  const error = document.errors[0];
  if (error !== undefined) {
    return { fault: `must be YAML: line ${lineCounter.linePos(error.pos[0]).line} is not (${error.code})` };
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch {
    return { fault: 'must be YAML without aliases that lead nowhere' };
  }
  return typeof content === 'object' && content !== null && !Array.isArray(content)
    ? { entries: content }
    : { fault: 'must be a map of settings, with the names of the variables as keys' };
}

function unknown(name: string, expected: string, names: readonly string[]): Fault {
  const upper = name.toUpperCase();
  const meant = names.find(known => known === `CREWSPAN_${upper}`) ?? nearest(upper, names);
  return { subject: name, expected: meant === undefined ? expected : didYouMean(expected, meant) };
}
