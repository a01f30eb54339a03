/**
 * Descriptions of what is to be sent → webhook bodies. A description is a plain object, since it goes from process to
 * process: `{ from, batch, … }`, with what the generator named by `from` needs.
 */
import { calls, crew, interleaved, kickoffs } from './made-up.mjs';
import { recordedTexts } from './recorded.mjs';

const GENERATORS = {
  recorded: ({ size, events, copy }) => recordedTexts(size, events, copy),
  /** `executions` crews of `operations` each, `atOnce` of them side by side. */
  *crews({ name, executions, operations, atOnce = 1, padding = 0 }) {
    const options = { padding: text(padding) };
    for (let first = 0; first < executions; first += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, executions - first) }, (_, index) =>
        crew(`${name}-${first + index}`, operations, options),
      );
      yield* texts(interleaved(some));
    }
  },
  kickoffs: ({ name, count }) => texts(kickoffs(name, count)),
  calls: ({ name, padding = 0, ...rest }) => texts(calls(name, { ...rest, padding: text(padding) })),
};

/** `{ events, bytes }` for each request. */
export function* bodies({ from, batch, ...rest }) {
  let waiting = [];
  for (const event of GENERATORS[from](rest)) {
    waiting.push(event);
    if (waiting.length < batch) continue;
    yield body(waiting);
    waiting = [];
  }
  if (waiting.length > 0) yield body(waiting);
}

const body = events => ({ events: events.length, bytes: Buffer.from(`{"events":[${events.join(',')}]}`) });

function* texts(events) {
  for (const { id, executionId, type, time, data } of events) {
    const timestamp = new Date(time / 1_000).toISOString();
    yield JSON.stringify({ id, execution_id: executionId, timestamp, type, data });
  }
}

const text = length => ' and so on'.repeat(Math.ceil(length / 10));
