/** Runs events through assembly alone, with a clock of its own. */
import { type Addition, createAssembly } from '../../src/assembly/assembly.ts';
import type { Leftover } from '../../src/assembly/keeping/ledger.ts';
import type { AssemblySettings } from '../../src/assembly/settings.ts';
import type { SettledOperation } from '../../src/assembly/settled.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';
import type { Skeleton } from '../../src/journal/journal.ts';
import type { RecordedEvent } from './recordings.ts';

const SETTINGS: AssemblySettings = {
  settleMs: 2_000,
  idleMs: 300_000,
  abandonMs: 86_400_000,
  heapBytes: Number.POSITIVE_INFINITY,
  subscribed: undefined,
};

/** All events weigh the same. */
const WEIGHT = 1_000;

export type Operation = SettledOperation<IncomingEvent>;

export interface Bench {
  readonly operations: Operation[];
  readonly leftovers: Leftover[];
  readonly released: number[];
  add(event: IncomingEvent, options?: { readonly source?: string; readonly position?: number }): Addition;
  /** Lets time pass; what is due on the way comes out at its time. */
  pass(ms: number): void;
  /** Lets so much time pass that nothing is left in flight. */
  drain(): readonly Operation[];
  /** The process ends, and another one takes up what the journal holds. */
  restart(): void;
  open(): { readonly executions: number; readonly operations: number };
  /** Of the events on the heap; an execution at rest has none there. */
  weight(): number;
  recognise(event: IncomingEvent): Addition | undefined;
}

const NOTHING: IncomingEvent = { id: '', executionId: '', type: '', time: 0, data: null };

export interface BenchSettings extends Partial<AssemblySettings> {
  /** There is never time for more than one thing in a step. */
  readonly isBusy?: boolean;
}

/** An assembly over a journal of skeletons that is a plain map. */
export function createBench({ isBusy = false, ...settings }: BenchSettings = {}): Bench {
  const skeletons = new Map<string, Skeleton>();
  const key = (source: string, executionId: string, eventId: string, beside = ''): string =>
    `${source}\n${executionId}\n${eventId}\n${beside}`;
  const open = new Map<string, Uint8Array | undefined>();
  const bodies = new Map<number, IncomingEvent[] & { readonly source: string }>();
  const readAll = (event: IncomingEvent) => ({ facts: readFacts(event), detail: event, weight: WEIGHT });
  const all = { ...SETTINGS, ...settings };
  const start = () =>
    createAssembly<IncomingEvent>({
      settings: all,
      nothing: NOTHING,
      recall: ({ source, executionId }, eventId, beside) => skeletons.get(key(source, executionId, eventId, beside)),
      knows: ({ source, executionId }) =>
        [...skeletons.keys()].some(id => id.startsWith(`${source}\n${executionId}\n`)),
      recallOpen: ({ source, executionId }, id) => open.get(key(source, executionId, id)),
      reread: ({ executionId }, position) =>
        (bodies.get(position) ?? []).filter(event => event.executionId === executionId).map(readAll),
    });
  let assembly = start();
  let now = 0;
  let position = 0;
  const operations: Operation[] = [];
  const leftovers: Leftover[] = [];
  const released: number[] = [];

  function advance(): void {
    const step = assembly.advance(now, () => !isBusy);
    if (step === undefined) return;
    for (const operation of step.operations) operations.push(operation);
    for (const leftover of step.leftovers) leftovers.push(leftover);
    for (const position of step.released) {
      released.push(position);
      bodies.delete(position);
    }
    for (const { execution, operationId, content } of step.open) {
      open.set(key(execution.source, execution.executionId, operationId), content);
    }
    for (const skeleton of step.skeletons) {
      const { execution, eventId, beside } = skeleton;
      skeletons.set(key(execution.source, execution.executionId, eventId, beside), skeleton);
    }
  }

  function pass(ms: number): void {
    const until = now + ms;
    for (let next = assembly.next(); next !== undefined && next <= until; next = assembly.next()) {
      now = Math.max(now, next);
      advance();
    }
    now = until;
    advance();
  }

  return {
    operations,
    leftovers,
    released,
    add(event, options = {}) {
      const at = options.position ?? position++;
      const { source = 'default' } = options;
      const body = bodies.get(at) ?? Object.assign([], { source });
      body.push(event);
      bodies.set(at, body);
      return assembly.add(source, { ...readAll(event), position: at, arrived: now });
    },
    pass,
    drain() {
      pass(all.settleMs + all.idleMs + 3 * all.abandonMs);
      return operations;
    },
    restart() {
      assembly = start();
      for (const [position, body] of [...bodies].sort(([a], [b]) => a - b)) {
        for (const event of body) assembly.add(body.source, { ...readAll(event), position, arrived: now }, true);
      }
    },
    open: () => assembly.open(),
    weight: () => assembly.weight(),
    recognise: event => assembly.recognise('default', readFacts(event)),
  };
}

export function incoming(event: RecordedEvent): IncomingEvent {
  const { id, execution_id: executionId, type, data } = event;
  return { id, executionId, type, time: microseconds(event.timestamp), data };
}

/** Exact to the microsecond, which Date is not. */
export function microseconds(timestamp: string): number {
  const [, seconds = '', fraction = ''] = /^([^.]+?)(?:\.(\d+))?Z$/.exec(timestamp) ?? [];
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

export function assembleAll(events: readonly IncomingEvent[], settings: BenchSettings = {}): readonly Operation[] {
  const bench = createBench(settings);
  for (const event of events) bench.add(event);
  return bench.drain();
}
