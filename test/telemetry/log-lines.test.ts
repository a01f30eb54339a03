/** The log of a running service: what must never stand in it, and what it says only once in a while. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CrewspanError } from '../../src/errors.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { startHttpBackend } from '../delivery/backends.ts';
import { recordLog } from '../webhook/support.ts';
import { eventsOf, start, TOKEN } from './pipeline.ts';
import { scrape } from './scrape.ts';

const HEADER = 'header-secret-0123456789';
const API_KEY = 'api-key-secret-9876543210';
const WRONG_TOKEN = 'a-wrong-token-that-somebody-tried';
const SECRETS = [TOKEN, HEADER, API_KEY, WRONG_TOKEN];

/** Prompts, answers, results: pieces of every longer text in the events. */
function contentOf(events: readonly string[]): readonly string[] {
  const pieces = new Set<string>();
  function gather(value: unknown): void {
    if (typeof value === 'string') {
      const piece = /[\w,.'-]+(?: [\w,.'-]+){4,}/.exec(value)?.[0];
      if (piece !== undefined) pieces.add(piece);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather);
  }
  for (const event of events) gather(JSON.parse(event));
  return [...pieces];
}

/** What a sender may do wrong, with content and secrets in every place. Answers what it was told. */
async function misbehave(webhook: URL, events: readonly string[]): Promise<string> {
  const [prompt = ''] = contentOf(events);
  const event = JSON.parse(events[0] ?? '') as Record<string, unknown>;
  const send = async (path: string, body: string, headers: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(new URL(path, webhook), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
      body,
    });
    return `${response.status} ${[...response.headers].join()} ${await response.text()}`;
  };
  const answers = [
    await send('/webhook', `{"events":[{"data":"${prompt}`),
    await send('/webhook', JSON.stringify({ events: prompt })),
    await send(
      '/webhook',
      JSON.stringify([
        { ...event, timestamp: prompt },
        { ...event, type: [prompt] },
      ]),
    ),
    await send('/webhook', JSON.stringify({ ...event, type: 'crew_kickoff_failed' })),
    await send('/webhook', JSON.stringify({ ...event, data: prompt.repeat(Math.ceil(5e6 / prompt.length)) })),
    await send('/webhook', JSON.stringify(event), { authorization: `Bearer ${WRONG_TOKEN}` }),
    await send('/webhook', JSON.stringify(event), { 'content-type': `text/plain; note="${prompt}"` }),
    await send('/webhook', JSON.stringify(event), { 'content-encoding': 'gzip' }),
    await send(`/webhook/other?token=${TOKEN}`, JSON.stringify(event)),
    await send(`/nowhere/${TOKEN}?token=${TOKEN}`, JSON.stringify(event)),
  ];
  return answers.join('\n');
}

describe('no secret and no content of a run', () => {
  it('stands in the log at its most talkative, in an answer, in the metrics, or in readyz', async () => {
    const { log, lines } = recordLog('trace');
    let isUp = false;
    const backend = await startHttpBackend(() =>
      isUp ? {} : { status: 401, body: `not with authorization: Bearer ${HEADER} or x-api-key ${API_KEY}` },
    );
    onTestFinished(() => backend.close());
    const pipeline = await start({
      log,
      env: {
        CREWSPAN_MAX_BODY: '4MiB',
        CREWSPAN_IDLE: '300ms',
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${HEADER},x-api-key=${API_KEY}`,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY',
      },
    });
    const events = [
      ...['03_tool_failure', '04a_llm_500', '08_guardrail', '11_hierarchical', '17_human_input'].flatMap(name =>
        eventsOf(name),
      ),
      ...eventsOf('05_streaming', '0.148.0'),
    ];
    await pipeline.post(events, 10);
    const answers = await misbehave(pipeline.webhook, events);
    await vi.waitFor(() => expect(backend.received.length).toBeGreaterThan(1), { timeout: 10_000 });
    const admin = pipeline.adminAddress?.url;
    const readyz = await (await fetch(`${admin}/readyz`)).text();
    const { text: metrics, ...read } = await scrape(pipeline.adminAddress);
    isUp = true;
    await vi.waitFor(() => expect(pipeline.service.open().operations).toBe(0), { timeout: 15_000 });
    expect(await pipeline.flush(15_000)).toBe(true);

    const content = contentOf(events);
    const leaked = (text: string) => [...SECRETS, ...content].filter(secret => text.includes(secret));
    const said = lines.join('\n');
    expect(leaked(said)).toEqual([]);
    expect(leaked(answers)).toEqual([]);
    expect(leaked(metrics)).toEqual([]);
    expect(leaked(readyz)).toEqual([]);
    // All of that was there to be leaked, and what was looked at is what it should be.
    expect(content.length).toBeGreaterThan(30);
    expect(leaked(JSON.stringify(backend.received)).length).toBeGreaterThan(20);
    expect(said).toContain('"status":401');
    expect(said).toContain('not delivered yet');
    expect(answers.match(/^\d{3}/gm)).toEqual(['400', '400', '400', '200', '413', '401', '415', '400', '401', '404']);
    expect(readyz).toContain('HTTP_401');
    expect(read.value('crewspan_events_accepted_total', { source: 'team' })).toBe(events.length);
  });
});

describe('what happens again and again', () => {
  it('is said once in a while: a journal that does not take what has settled', async () => {
    const { log, lines } = recordLog('warn');
    let refusals = 0;
    const memory = createMemoryJournal();
    const pipeline = await start({
      log,
      journal: {
        ...memory,
        settle(settlement) {
          refusals += 1;
          return refusals < 4
            ? Promise.reject(new CrewspanError('CREWSPAN_JOURNAL_FULL', 'The disk is full.'))
            : memory.settle(settlement);
        },
      },
    });
    await pipeline.post(eventsOf('15_lite_agent'), 100);
    await vi.waitFor(() => expect(refusals).toBeGreaterThanOrEqual(4), { timeout: 15_000 });
    expect(lines.filter(line => line.includes('did not take what has settled'))).toHaveLength(1);
  });
});
