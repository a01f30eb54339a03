/**
 * Every setting of crewspan. The environment comes first, then one YAML file; what is wrong is reported all at once.
 * `OTEL_*` variables mean what the OpenTelemetry specification says.
 */
import type { AssemblySettings } from './assembly/settings.ts';
import { contradictionsIn } from './config/contradictions.ts';
import { deliveryOf } from './config/delivery.ts';
import { settingNames, settingsTable } from './config/describe.ts';
import { configError, type Fault, hasFault, type Remarks } from './config/faults.ts';
import { memoryForHeap } from './config/memory.ts';
import { misspeltTypes, misspeltVariables } from './config/misspelt.ts';
import { schema, type Values } from './config/schema.ts';
import { gather, type LoadOptions } from './config/sources.ts';
import { spansOf } from './config/spans.ts';
import { webhookOf } from './config/webhook.ts';
import type { InputNames } from './crewai/read-facts.ts';
import type { DeliverySettings } from './delivery/settings.ts';
import type { LogLevel } from './log.ts';
import type { SpanSettings } from './spans/settings.ts';
import type { WebhookSettings } from './webhook/settings.ts';

export { describeSettings, settingsTable } from './config/describe.ts';
export { type SettingOrigin, settingOrigins } from './config/origins.ts';
export type { LoadOptions } from './config/sources.ts';

export interface Settings {
  readonly webhook: WebhookSettings;
  readonly assembly: AssemblySettings;
  readonly spans: SpanSettings;
  /** `undefined`: spans are finished and kept, but not delivered (`OTEL_TRACES_EXPORTER=none`). */
  readonly delivery: DeliverySettings | undefined;
  /** `CREWSPAN_TRACE_CONTEXT_INPUT` and `CREWSPAN_CONVERSATION_INPUT`. */
  readonly inputs: InputNames;
  /** The directory of the store, as written: relative to the working directory. */
  readonly dataDir: string;
  /** Of the store, in bytes. */
  readonly maxDiskBytes: number;
  /** How long the store remembers what was finished, in milliseconds. */
  readonly retentionMs: number;
  /** Of the whole process, in bytes. */
  readonly maxMemoryBytes: number;
  /** From the signal to the end of the process, in milliseconds. */
  readonly shutdownTimeoutMs: number;
  readonly log: { readonly level: LogLevel };
  /** What is allowed but hardly meant; for the log, once, at the start. */
  readonly warnings: readonly string[];
}

/** Of the memory, what events in hand may take up before they leave the heap: V8 takes about as much again in reserve. */
const HELD_EVENTS_SHARE = 1 / 4;

export type SettingsReading =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Throws `CREWSPAN_CONFIG` with every fault, each with its variable and what it should be. */
export function loadSettings(options: LoadOptions): Settings {
  const reading = readSettings(options);
  if (!reading.ok) throw configError(reading.faults);
  return reading.settings;
}

/** The settings, or every fault that they have. */
export function readSettings(options: LoadOptions): SettingsReading {
  const names = settingNames();
  const gathered = gather(options, names);
  const faults = [...gathered.faults];
  const values = readValues(gathered.values, faults);
  const warnings = [
    ...misspeltVariables(options.env, names),
    ...contradictionsIn(values),
    ...misspeltTypes(values.CREWSPAN_EVENTS),
  ];
  const remarks: Remarks = { faults, warnings };
  const settings: Settings = {
    webhook: webhookOf(values, remarks),
    assembly: {
      settleMs: values.CREWSPAN_SETTLE,
      idleMs: values.CREWSPAN_IDLE,
      abandonMs: values.CREWSPAN_ABANDON,
      heapBytes: Math.floor(memoryForHeap(values.CREWSPAN_MAX_MEMORY, remarks) * HELD_EVENTS_SHARE),
      subscribed: values.CREWSPAN_EVENTS,
    },
    spans: spansOf(values),
    delivery: deliveryOf(values, remarks),
    inputs: { caller: values.CREWSPAN_TRACE_CONTEXT_INPUT, conversation: values.CREWSPAN_CONVERSATION_INPUT },
    dataDir: values.CREWSPAN_DATA_DIR,
    maxDiskBytes: values.CREWSPAN_MAX_DISK,
    retentionMs: values.CREWSPAN_RETENTION,
    maxMemoryBytes: values.CREWSPAN_MAX_MEMORY,
    shutdownTimeoutMs: values.CREWSPAN_SHUTDOWN_TIMEOUT,
    log: { level: values.CREWSPAN_LOG_LEVEL },
    warnings,
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings };
}

/**
 * A value that is faulty is left out after it was reported, so that its default takes its place and what depends on
 * several settings can still be checked in the same run.
 */
function readValues(written: ReadonlyMap<string, string>, faults: Fault[]): Values {
  const reading = schema.safeParse(Object.fromEntries(written));
  if (reading.success) return reading.data;

  const secrets = new Set<string>(settingsTable().flatMap(({ name, secret }) => (secret ? [name] : [])));
  for (const { path, message } of reading.error.issues) {
    const name = String(path[0]);
    const value = secrets.has(name) ? undefined : written.get(name);
    faults.push({ subject: name, expected: message, ...(value === undefined ? {} : { value }) });
  }
  return schema.parse(Object.fromEntries([...written].filter(([name]) => !hasFault(faults, name))));
}
