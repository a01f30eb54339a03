/** Makes a recorded run look as if it had just happened: so that it can be sent again and found by its time. */
import { randomUUID } from 'node:crypto';

interface RecordedEvent {
  execution_id: string;
  timestamp: string;
}

/**
 * Gives every execution in `events` (JSON texts) a new id, and moves all times so that the last event happened `now`
 * (milliseconds since the Unix epoch). Nothing else is touched.
 */
export function rebase(events: readonly string[], now: number): string[] {
  const recorded = events.map(text => JSON.parse(text) as RecordedEvent);
  const times = recorded.map(({ timestamp }) => Date.parse(timestamp)).filter(time => !Number.isNaN(time));
  const last = times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  const ids = new Map<string, string>();
  return recorded.map(event => {
    const id = ids.get(event.execution_id) ?? randomUUID();
    ids.set(event.execution_id, id);
    return JSON.stringify({ ...event, execution_id: id, timestamp: later(event.timestamp, now - last) });
  });
}

/** Keeps the microseconds, which Date does not. What is no time is left as it is: its validity is the receiver's business. */
function later(timestamp: string, byMs: number): string {
  if (Number.isNaN(Date.parse(timestamp))) return timestamp;
  const micros = /\.\d{3}(\d{1,3})/.exec(timestamp)?.[1] ?? '';
  return new Date(Date.parse(timestamp) + byMs).toISOString().replace('Z', `${micros}Z`);
}
