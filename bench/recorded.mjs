/** Real events, in as many copies as are asked for. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../test/recordings/1.15.30/', import.meta.url);
const LARGE_BYTES = 100_000;
const UUID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/g;
/** Odd, so that as many copies as there are numbers of 32 bits have ids of their own. */
const STRIDE = 0x9e3779b1;

/**
 * What the recordings are made into. A third of their bytes is `data.agent`, a dump of an agent that some events carry:
 * `recorded` as it is (3.8 KB an event), `small` without it (2.6 KB), `large` with one of 100 KB on each event.
 */
const SIZES = {
  recorded: events => events,
  small: events => events.map(({ data: { agent: _, ...data }, ...event }) => ({ ...event, data })),
  large(events) {
    const { agent } = events.find(({ data }) => typeof data.agent === 'object').data;
    const copies = Math.round(LARGE_BYTES / JSON.stringify(agent).length);
    // Of many small parts, as real ones are: a single long text would cost far less to parse.
    const large = { ...agent, tools: Array.from({ length: copies - 1 }, () => agent) };
    return events.map(event => ({ ...event, data: { ...event.data, agent: large } }));
  },
};

/**
 * JSON texts of events, `count` of them, a whole set of recordings after the other; from copy number `first` on. Every
 * UUID of a copy is moved by the same number, so the ids of a copy fit together and are no other copy's.
 */
export function* recordedTexts(size, count, first) {
  const texts = SIZES[size](readEvents()).map(event => JSON.stringify(event));
  let made = 0;
  for (let copy = first; made < count; copy++) {
    const move = digits => ((Number.parseInt(digits, 16) + copy * STRIDE) >>> 0).toString(16).padStart(8, '0');
    for (const text of texts) {
      if (made++ === count) return;
      yield text.replace(UUID, move);
    }
  }
}

function readEvents() {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.jsonl'))
    .sort()
    .flatMap(name => readFileSync(new URL(name, FOLDER), 'utf8').trimEnd().split('\n'))
    .map(line => JSON.parse(line));
}
