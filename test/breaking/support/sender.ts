/** A sender that knows what it was promised: it sends again what got no 2xx, and nothing else. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

export interface SenderReport {
  /** Requests that were answered with 2xx. */
  acknowledged: number;
  /** Of those, events that were new. */
  accepted: number;
  /** Requests that broke off. */
  broken: number;
  /** Answers other than 2xx, by status. */
  readonly refused: Map<number, number>;
  /** The `Retry-After` of each 503. */
  readonly retryAfter: Set<string | null>;
}

export interface SenderOptions {
  readonly url: URL;
  /** Waited for before each request that is sent for the first time. */
  readonly admit?: () => Promise<void>;
  /** Before a request is sent again, in milliseconds. */
  readonly retryMs?: number;
  /** To be told of before it is complete. */
  readonly report?: SenderReport;
}

const RETRY_MS = 20;
const STRAIGHT_AWAY = Promise.resolve();

export function createReport(): SenderReport {
  return { acknowledged: 0, accepted: 0, broken: 0, refused: new Map(), retryAfter: new Set() };
}

/** Sends bodies, one connection a lane, each lane in its order. Resolves when every one of them got its 2xx. */
export async function sendAll(
  lanes: readonly Iterable<string>[],
  { url, admit = () => STRAIGHT_AWAY, retryMs = RETRY_MS, report = createReport() }: SenderOptions,
): Promise<SenderReport> {
  await Promise.all(
    lanes.map(async lane => {
      for (const body of lane) {
        await admit();
        while (!(await post(url, body, report))) await sleep(retryMs);
      }
    }),
  );
  return report;
}

async function post(url: URL, body: string, report: SenderReport): Promise<boolean> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    text = await answer.text();
  } catch {
    report.broken += 1;
    return false;
  }
  if (!answer.ok) {
    report.refused.set(answer.status, (report.refused.get(answer.status) ?? 0) + 1);
    if (answer.status === 503) report.retryAfter.add(answer.headers.get('retry-after'));
    return false;
  }
  report.acknowledged += 1;
  report.accepted += (JSON.parse(text) as { accepted: number }).accepted;
  return true;
}

/** Bodies of `batch` events each. */
export function bodiesOf(events: readonly string[], batch = 1): string[] {
  const bodies: string[] = [];
  for (let from = 0; from < events.length; from += batch) {
    bodies.push(`{"events":[${events.slice(from, from + batch).join(',')}]}`);
  }
  return bodies;
}

const REPEATED_WITHIN = 12;

/** Every fifth event, as chance has it, comes once more, somewhat later. */
export function withRepeats(events: readonly string[], random: Random): string[] {
  const repeated = [...events];
  for (const event of events) {
    if (random.next() >= 0.2) continue;
    const at = repeated.indexOf(event);
    repeated.splice(at + 1 + random.below(REPEATED_WITHIN), 0, event);
  }
  return repeated;
}
