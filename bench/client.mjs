/** The sender, a process of its own: sends what a message describes, and answers with what it saw. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { bodies } from './workload.mjs';

const TIMEOUT_MS = 60_000;
const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };

function createSender(port, connections) {
  const pool = new Pool(`http://127.0.0.1:${port}`, {
    connections,
    pipelining: 1,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const seen = { events: 0, bytes: 0, latencies: [] };
  return {
    seen,
    close: () => pool.close(),
    async send({ events, bytes }) {
      const begin = performance.now();
      const answer = await pool.request({ path: '/webhook', method: 'POST', headers, body: bytes });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`a webhook was answered ${answer.statusCode}`);
      seen.latencies.push(performance.now() - begin);
      seen.events += events;
      seen.bytes += bytes.length;
    },
  };
}

/** Each connection sends its next request when it has the answer to the one before. */
async function sendAsAnswered(sender, requests, connections) {
  const worker = async () => {
    for (let next = requests.next(); !next.done; next = requests.next()) await sender.send(next.value);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/**
 * So many requests a second, whatever the answers do: a server that stands still is not spared the requests that come
 * meanwhile. Sleeps between them: on few cores a sender that spins takes the time of the server that it measures.
 */
async function sendAtRate(sender, requests, perSecond) {
  const under = new Set();
  const begin = performance.now();
  let failure;
  let number = 0;
  for (;;) {
    const early = begin + (number * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early);
    if (failure) throw failure;
    const next = requests.next();
    if (next.done) break;
    number++;
    const sending = sender.send(next.value).then(
      () => under.delete(sending),
      error => {
        failure = error;
      },
    );
    under.add(sending);
  }
  await Promise.all(under);
  if (failure) throw failure;
}

async function run({ port, connections, perSecond, prepared, workload }) {
  const requests = prepared ? Array.from(bodies(workload)).values() : bodies(workload);
  const sender = createSender(port, connections);
  process.send({ type: 'ready' });
  await once(process, 'message');
  const begin = performance.now();
  if (perSecond === undefined) await sendAsAnswered(sender, requests, connections);
  else await sendAtRate(sender, requests, perSecond);
  const seconds = (performance.now() - begin) / 1_000;
  await sender.close();
  return { ...sender.seen, latencies: sender.seen.latencies.sort((a, b) => a - b), seconds };
}

process.on('message', async task => {
  if (task === 'go') return;
  try {
    process.send({ type: 'done', seen: await run(task) });
  } catch (error) {
    process.send({ type: 'failed', message: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
