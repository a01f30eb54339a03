/** All checks, one after the other, in the order in which one would look oneself. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadOptions, readSettings, type SettingOrigin, type Settings, settingOrigins } from '../config.ts';
import { CrewspanError } from '../errors.ts';
import { isLocked } from '../journal/lmdb/lock.ts';
import { STORE_FILE } from '../journal/lmdb/open.ts';
import { NEEDED_NODE } from '../version.ts';
import { checkBackend } from './backend/backend.ts';
import type { BackendContext } from './backend/context.ts';
import { checkCertificate } from './certificate.ts';
import { checkDirectory, type DirectoryCheck } from './data-directory.ts';
import { checkDisk } from './disk.ts';
import { type Finding, fault, warning } from './finding.ts';
import { judgeFlushes, measureFlushes } from './flush.ts';
import { checkNode } from './node-version.ts';
import { checkPort } from './ports.ts';
import { type Address, type PortState, probePort } from './running.ts';
import { checkSettings, settingFaults } from './settings.ts';
import { checkStore } from './store.ts';
import { checkTokens } from './tokens.ts';

export interface Examination {
  readonly findings: readonly Finding[];
  readonly settings: readonly SettingOrigin[];
}

/** Changes nothing: what it writes to measure the disk, it removes. Sends one span to the backend. */
export async function examine(options: LoadOptions): Promise<Examination> {
  const origins = settingOrigins(options);
  const reading = readSettings(options);
  const node = checkNode(process.versions.node, NEEDED_NODE);
  if (!reading.ok) return { findings: [...settingFaults(reading.faults), node], settings: origins };
  const { settings } = reading;
  const findings = [
    node,
    ...checkSettings(origins, settings.warnings),
    ...checkTokens(settings.webhook),
    ...listenerCertificate(settings),
    ...(await checkHere(settings)),
    ...(await checkThere(settings, origins, options.env)),
  ];
  return { findings, settings: origins };
}

function listenerCertificate({ webhook: { tls } }: Settings): Finding[] {
  return tls === undefined ? [] : [checkCertificate(tls.pair.certificate, 'CREWSPAN_TLS_CERT', Date.now())];
}

interface Listener {
  readonly address: Address;
  readonly names: { readonly host: string; readonly port: string };
}

function listenersOf({ webhook: { host, port, admin } }: Settings): readonly Listener[] {
  const publicly = { address: { host, port }, names: { host: 'CREWSPAN_HOST', port: 'CREWSPAN_PORT' } };
  if (admin === 'off') return [publicly];
  return [publicly, { address: admin, names: { host: 'CREWSPAN_ADMIN_HOST', port: 'CREWSPAN_ADMIN_PORT' } }];
}

/** Ports and disk: what a crewspan that runs already holds. */
async function checkHere(settings: Settings): Promise<Finding[]> {
  const place = checkDirectory(settings.dataDir, process.getuid?.());
  const held = place.exists && place.writable ? await lockOf(place.directory) : false;
  if (typeof held !== 'boolean') return [held];
  const listeners = listenersOf(settings);
  const states: PortState[] = [];
  for (const { address } of listeners) states.push(await probePort(address));
  const ports = listeners.map((listener, index) =>
    checkPort({ ...listener, state: states[index] ?? { kind: 'free' }, storeHeld: held }),
  );
  const answering = states.some(({ kind }) => kind === 'crewspan') || (anyFree(listeners) ? 'unknown' : false);
  return [...ports, ...place.findings, ...(await checkPlace(place, settings, { held, answering }))];
}

function anyFree(listeners: readonly Listener[]): boolean {
  return listeners.every(({ address }) => address.port === 0);
}

async function lockOf(directory: string): Promise<boolean | Finding> {
  try {
    return await isLocked(directory);
  } catch (error) {
    if (!(error instanceof CrewspanError)) throw error;
    const advice = 'Set CREWSPAN_DATA_DIR to a directory with a shorter path, on a local disk.';
    return fault('data.unwritable', error.message, advice);
  }
}

async function checkPlace(
  { directory, exists, nearest, writable }: DirectoryCheck,
  { maxDiskBytes: maxBytes }: Settings,
  { held, answering }: { readonly held: boolean; readonly answering: boolean | 'unknown' },
): Promise<Finding[]> {
  // Where no store can be kept, this user may not even see how large one is.
  if (!writable) return [];
  const usedBytes = statSync(join(directory, STORE_FILE), { throwIfNoEntry: false })?.size ?? 0;
  const disk = checkDisk({ disk: statfsSync(nearest), platform: process.platform, usedBytes, maxBytes });
  const store = exists ? [await checkStore({ directory, held, answering })] : [];
  const full = disk.some(({ code }) => code === 'disk.full');
  const flush = full ? [] : [judgeFlushes(await measureFlushes(nearest, () => performance.now()))];
  return [...store, ...disk, ...flush];
}

async function checkThere(
  settings: Settings,
  origins: readonly SettingOrigin[],
  environment: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  if (settings.delivery === undefined) {
    const summary = 'none: OTEL_TRACES_EXPORTER=none, spans are finished and kept, but not delivered';
    const advice = 'Leave it out to have them delivered. The store fills up to CREWSPAN_MAX_DISK otherwise.';
    return [warning('backend.none', summary, advice, {})];
  }
  const own = origins.some(({ name, origin }) => name === 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' && origin !== 'default');
  const context: BackendContext = {
    settings: settings.delivery,
    resourceAttributes: settings.spans.resourceAttributes,
    variable: own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT',
    environment,
    inContainer: isContainer(environment),
  };
  return checkBackend(context);
}

/** By the marks that Docker, Podman and Kubernetes leave. */
function isContainer(environment: NodeJS.ProcessEnv): boolean {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    environment['KUBERNETES_SERVICE_HOST'] !== undefined
  );
}
