/** What a backend was given, span by span: how often, and with which contents. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { HttpBehaviour, Received } from '../../delivery/backends.ts';

export interface SpanLedger {
  /** Contents that came under each span id, with trace, parent, resource and scope; of requests answered with success. */
  readonly taken: Map<string, Set<string>>;
  /** The same of all requests, whatever became of them. */
  readonly seen: Map<string, Set<string>>;
  /** Spans that came once more although they had been taken. */
  repeated: number;
  /** Has the backend write down what it is given. */
  watch(behave: HttpBehaviour): HttpBehaviour;
}

export interface LedgerOptions {
  /** Keep a hash for each content: for many spans. */
  readonly hashed?: boolean;
}

export function createLedger({ hashed = false }: LedgerOptions = {}): SpanLedger {
  const ledger: SpanLedger = {
    taken: new Map(),
    seen: new Map(),
    repeated: 0,
    watch: behave => received => {
      const answer = behave(received);
      const isTaken = typeof answer === 'object' && (answer.status ?? 200) < 300;
      for (const [id, content] of contentsOf(received)) {
        const kept = hashed ? createHash('sha1').update(content).digest('base64') : content;
        note(ledger.seen, id, kept);
        if (!isTaken) continue;
        if (ledger.taken.has(id)) ledger.repeated += 1;
        note(ledger.taken, id, kept);
      }
      return answer;
    },
  };
  return ledger;
}

function* contentsOf({ resourceSpans }: Received): Iterable<[id: string, content: string]> {
  for (const { resource, scopeSpans } of resourceSpans) {
    for (const { scope, spans } of scopeSpans) {
      for (const span of spans) yield [span.spanId, JSON.stringify({ resource, scope, span })];
    }
  }
}

function note(contents: Map<string, Set<string>>, id: string, content: string): void {
  const known = contents.get(id);
  if (known === undefined) contents.set(id, new Set([content]));
  else known.add(content);
}

/** Ids that came with more than one content. */
export function contradictions({ seen }: SpanLedger): Record<string, string[]> {
  return Object.fromEntries([...seen].filter(([, contents]) => contents.size > 1).map(([id, set]) => [id, [...set]]));
}

export interface Difference {
  readonly id: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Spans that one backend was given and the other was not, or not like that. */
export function differences(expected: SpanLedger, actual: SpanLedger): Difference[] {
  const ids = new Set([...expected.taken.keys(), ...actual.taken.keys()]);
  return [...ids]
    .map(id => ({ id, expected: contentOf(expected, id), actual: contentOf(actual, id) }))
    .filter(each => !isDeepStrictEqual(each.expected, each.actual));
}

/** Where there are several contents, all of them. */
function contentOf({ taken }: SpanLedger, id: string): unknown {
  return [...(taken.get(id) ?? [])].map((content): unknown => JSON.parse(content));
}
