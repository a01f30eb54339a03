/** A whole crewspan in this process, between a sender and a backend of the test's own. */
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type Pipeline, startPipeline } from '../../src/commands/pipeline.ts';
import { type SendResult, send } from '../../src/commands/webhook-client.ts';
import { loadSettings } from '../../src/config.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createLog, type Log } from '../../src/log.ts';
import { recordingPath } from '../support/recordings.ts';

export const TOKEN = 'a-token-of-some-length';

export interface Started extends Pipeline {
  readonly webhook: URL;
  /** Sends events, one JSON text each, as the source that `TOKEN` proves. */
  post(events: readonly string[], batch?: number): Promise<SendResult>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly journal?: Journal;
  readonly log?: Log;
}

/** Settings that are given win; nothing is delivered unless they name a backend. Stops with the test. */
export async function start({ env, log, ...given }: StartOptions = {}): Promise<Started> {
  const settings = loadSettings({
    env: {
      CREWSPAN_PORT: '0',
      CREWSPAN_ADMIN_PORT: '0',
      CREWSPAN_TOKENS: `team:${TOKEN}`,
      CREWSPAN_SETTLE: '100ms',
      ...(env?.['OTEL_EXPORTER_OTLP_ENDPOINT'] === undefined ? { OTEL_TRACES_EXPORTER: 'none' } : {}),
      ...env,
    },
  });
  const pipeline = await startPipeline({ settings, log: log ?? createLog({ level: 'silent' }), ...given });
  onTestFinished(async () => void (await pipeline.stop(0)));
  const webhook = new URL(`${pipeline.address.url}/webhook`);
  return { ...pipeline, webhook, post: (events, batch = 1) => send(events, { url: webhook, token: TOKEN, batch }) };
}

/** The events of a recording, one JSON text each. */
export function eventsOf(name: string, generation = '1.15.30'): readonly string[] {
  return readFileSync(recordingPath(generation, name), 'utf8').trim().split('\n');
}
