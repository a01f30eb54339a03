/** One source cannot fill the disk for the others: over real sockets, on a real store. */
import { expect, it } from 'vitest';
import { quotaOf, startPipeline } from '../src/commands/pipeline.ts';
import { loadSettings } from '../src/config.ts';
import { openLmdbJournal } from '../src/journal/lmdb/open.ts';
import { createLog } from '../src/log.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const settings = loadSettings({
  env: {
    CREWSPAN_PORT: '0',
    CREWSPAN_ADMIN_PORT: 'off',
    CREWSPAN_TOKENS: 'loud:token-of-loud,quiet:token-of-quiet',
    CREWSPAN_MAX_DISK: '4MiB',
    CREWSPAN_SETTLE: '1h',
    OTEL_TRACES_EXPORTER: 'none',
  },
});
const BODY_BYTES = 100_000;

async function start(directory: string) {
  const log = createLog({ level: 'silent' });
  const journal = await openLmdbJournal({ directory, log, ...quotaOf(settings) });
  return startPipeline({ settings, log, journal });
}

let count = 0;
function post(url: string, source: string): Promise<Response> {
  count += 1;
  const event = {
    id: `event-${count}`,
    execution_id: `execution-${count}`,
    timestamp: '2026-11-23T10:00:00Z',
    type: 'crew_kickoff_started',
    data: { filler: 'x'.repeat(BODY_BYTES) },
  };
  const headers = { authorization: `Bearer token-of-${source}`, 'content-type': 'application/json' };
  return fetch(`${url}/webhook`, { method: 'POST', headers, body: JSON.stringify({ events: [event] }) });
}

it('a source that has its share is told to come again, also after a restart; the others are served', async () => {
  const directory = temporaryDirectory();
  const first = await start(directory);
  let taken = 0;
  let answer = await post(first.address.url, 'loud');
  for (; answer.status === 200; answer = await post(first.address.url, 'loud')) taken += 1;
  expect(taken).toBeGreaterThanOrEqual(15);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await answer.json()).toEqual({ error: expect.stringMatching(/^The source loud uses \d+ bytes .* its share/) });
  expect((await post(first.address.url, 'quiet')).status).toBe(200);
  await first.stop(0);

  const second = await start(directory);
  expect((await post(second.address.url, 'loud')).status).toBe(503);
  for (let index = 1; index < 15; index += 1) expect((await post(second.address.url, 'quiet')).status).toBe(200);
  await second.stop(0);
});
