/**
 * The floor: the least that any durable webhook-to-OTLP service must do, on the packages that crewspan uses. It reads a
 * request, parses it, keeps its bytes on disk before it answers, makes one span of each pair of events, and sends it. It
 * knows no tokens, checks nothing, nests nothing, recognises no repeat, keeps no outbox, and tries nothing again.
 */
import { createHash } from 'node:crypto';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fastify from 'fastify';
import { open } from 'lmdb';
import { Pool } from 'undici';

const { CREWSPAN_PORT, CREWSPAN_DATA_DIR, OTEL_EXPORTER_OTLP_ENDPOINT } = process.env;
const SEND_EVERY_MS = 200;
const SPANS_A_REQUEST = 512;
const END = /_(completed|finished|failed|error)$/;

const store = open({ path: CREWSPAN_DATA_DIR, encoding: 'binary' });
const backend = new Pool(OTEL_EXPORTER_OTLP_ENDPOINT, { connections: 4 });
const resource = resourceFromAttributes({ 'service.name': 'floor' });
const instrumentationScope = { name: 'floor' };
let waiting = [];
let position = 0;

async function send() {
  if (waiting.length === 0) return;
  const body = ProtobufTraceSerializer.serializeRequest(waiting);
  waiting = [];
  const headers = { 'content-type': 'application/x-protobuf' };
  const answer = await backend.request({ path: '/v1/traces', method: 'POST', headers, body });
  await answer.body.dump();
}

const idOf = text => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The span of a pair, by its end: as many attributes as crewspan's have, about. */
function spanOf({ id, type, execution_id: executionId, timestamp, data }) {
  const ms = Date.parse(timestamp);
  const time = [Math.floor(ms / 1_000), (ms % 1_000) * 1e6];
  const context = { traceId: executionId.replaceAll('-', ''), spanId: idOf(id), traceFlags: 1 };
  return {
    name: type,
    kind: 0,
    spanContext: () => context,
    parentSpanContext: { ...context, spanId: idOf(data.parent_event_id ?? '') },
    startTime: time,
    endTime: time,
    duration: [0, 0],
    ended: true,
    status: { code: 0 },
    links: [],
    events: [],
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    attributes: {
      'crewai.execution_uuid': executionId,
      'crewai.event.id': id,
      'crewai.event_name': type,
      'crewai.task.id': data.task_id ?? '',
      'crewai.task.name': data.task_name ?? '',
      'crewai.agent.id': data.agent_id ?? '',
      'crewai.agent.role': data.agent_role ?? '',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': data.model ?? '',
      'gen_ai.tool.name': data.tool_name ?? '',
      'gen_ai.usage.input_tokens': 1,
      'gen_ai.usage.output_tokens': 1,
    },
  };
}

const app = fastify({ bodyLimit: 2 ** 24 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, bytes, done) => done(null, bytes));
app.get('/readyz', () => 'ready');
app.post('/webhook', async ({ body }) => {
  const { events } = JSON.parse(body.toString());
  await store.put(position++, body);
  await store.flushed;
  for (const event of events) if (END.test(event.type)) waiting.push(spanOf(event));
  if (waiting.length >= SPANS_A_REQUEST) void send();
  return { accepted: events.length };
});
setInterval(send, SEND_EVERY_MS);
await app.listen({ port: Number(CREWSPAN_PORT), host: '127.0.0.1' });
