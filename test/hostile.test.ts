/** Hostile `data` through the whole service, with content let out: it costs nothing but itself. */
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startPipeline } from '../src/commands/pipeline.ts';
import { send } from '../src/commands/webhook-client.ts';
import { loadSettings } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { startHttpBackend } from './delivery/backends.ts';
import { type RecordedEvent, readRecording, recordingNames, recordingPath } from './support/recordings.ts';

const GENERATION = '1.15.30';
const DEPTH = 10_000;

/** JSON texts, for some have no value that `JSON.stringify` would write. */
const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  // Blanks, because a body of brackets alone is refused before it is read.
  ['lists within lists', `[${' '.repeat(15)}`.repeat(DEPTH) + ']'.repeat(DEPTH)],
  ['objects within objects', `${'{"content":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`],
  ['messages within messages', `${'[{"role":"user","content":'.repeat(DEPTH / 2)}1${'}]'.repeat(DEPTH / 2)}`],
  ['JSON within text', JSON.stringify('['.repeat(DEPTH) + ']'.repeat(DEPTH))],
  ['Python within text', JSON.stringify("{'a':".repeat(DEPTH))],
  ['prototypes', '{"__proto__":{"name":"x","toString":1},"constructor":{"prototype":1},"toString":null,"then":1}'],
  ['lone surrogates', '"\\ud800\\udc00\\ud800"'],
  ['numbers beyond all', '[1e999,-1e999,NaN,9007199254740993,1e-999]'],
  ['a list of everything', '[null,true,0,"",[],{},[[]],{"id":null},{"role":[]},{"function":[]}]'],
];

/** The first event of each type, whose fields are then replaced, but for those that make up the tree. */
function specimens(): readonly RecordedEvent[] {
  const events = recordingNames(GENERATION).flatMap(name => readRecording(GENERATION, name));
  return [...new Map(events.reverse().map(event => [event.type, event])).values()];
}

const KEPT = new Set(['event_id', 'parent_event_id', 'started_event_id', 'type']);

function spoiled({ data, ...envelope }: RecordedEvent, text: string): string {
  const fields = Object.entries(data).map(
    ([key, value]) => `${JSON.stringify(key)}:${KEPT.has(key) ? JSON.stringify(value) : text}`,
  );
  return `${JSON.stringify(envelope).slice(0, -1)},"data":{${fields.join()}}}`;
}

it.each(HOSTILE)('%s in every field of every type are taken, and a good run after them', async (_name, text) => {
  const backend = await startHttpBackend(() => ({}));
  onTestFinished(() => backend.close());
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const settings = loadSettings({
    env: {
      CREWSPAN_PORT: '0',
      CREWSPAN_ADMIN_PORT: 'off',
      CREWSPAN_SETTLE: '100ms',
      CREWSPAN_IDLE: '200ms',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY',
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin,
    },
  });
  const pipeline = await startPipeline({ settings, log: createLog({ level: 'error', destination }) });
  onTestFinished(async () => void (await pipeline.stop(0)));

  const url = new URL(`${pipeline.address.url}/webhook`);
  const events = specimens().map(event => spoiled(event, text));
  expect(await send(events, { url, token: undefined, batch: 1 })).toMatchObject({
    accepted: events.length,
    rejected: [],
  });
  const before = backend.taken.length;
  await vi.waitFor(() => expect(backend.taken.length).toBeGreaterThan(before), { timeout: 10_000 });

  const good = readFileSync(recordingPath(GENERATION, '01_simple'), 'utf8').trim().split('\n');
  const renamed = good.map(line => line.replaceAll(/"(?:event_|parent_event_|started_event_)?id": "/g, '$&good-'));
  const fresh = renamed.map(line => line.replace(/"execution_id": "[^"]+"/, '"execution_id": "good"'));
  expect(await send(fresh, { url, token: undefined, batch: 1 })).toMatchObject({ accepted: good.length });
  await vi.waitFor(() => expect(backend.taken).toContain('execute_task'), { timeout: 10_000 });
  expect(lines).toEqual([]);
});
