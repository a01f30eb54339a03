/** From assembly to the outbox: the clock that lets operations settle, and the transactions that keep what has settled. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Assembly } from '../assembly/assembly.ts';
import type { AssemblyStep } from '../assembly/keeping/ledger.ts';
import type { SettledOperation } from '../assembly/settled.ts';
import { createSpanEncoder } from '../delivery/encode.ts';
import type { EncodedSpan, ExecutionKey, FinishedSpan, Journal } from '../journal/journal.ts';
import type { RateLimitedLog } from '../log.ts';
import type { EventDetail } from '../spans/detail.ts';

export interface SettlerOptions {
  readonly assembly: Pick<Assembly<EventDetail>, 'advance' | 'next'>;
  readonly build: (operation: SettledOperation<EventDetail>) => ReadableSpan;
  readonly journal: Pick<Journal, 'settle'>;
  /** What goes wrong once goes wrong again and again. */
  readonly say: RateLimitedLog;
  /** The clock of arrival, in milliseconds. */
  readonly now: () => number;
  /** Shown each step once it is durable. */
  readonly onDurable: (step: AssemblyStep<EventDetail>) => void;
}

export interface Settler {
  /** Nothing settles before: what the journal still holds might belong to it. */
  start(): void;
  /** To be called after events were added: they may be due before all else. */
  wake(): void;
  /** Settles what is due now, as much as a turn has time for, and then nothing more; resolves when that is durable. */
  stop(): Promise<void>;
  /** Whether something of the execution has settled that is not yet durable. */
  isWriting(execution: ExecutionKey): boolean;
}

/** Spans settle in groups at most this often, in milliseconds: a transaction each would cost more than it tells. */
const TICK_MS = 50;
/** How long what is due may keep everything else waiting, in milliseconds; what is left has to wait for the next tick. */
const TURN_MS = 50;
/** Built and encoded together. */
const SPANS_AT_ONCE = 64;
/** A Node timer set for longer goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long to wait before a settlement that the journal refused is tried again, in milliseconds. */
const RETRY_MS = 1_000;

export function createSettler({ assembly, build, journal, say, now, onDurable }: SettlerOptions): Settler {
  const encoder = createSpanEncoder();
  /** What the journal is to take next. */
  let writing: AssemblyStep<EventDetail> | undefined;
  let started = false;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  /** When the timer goes off; `Infinity` while there is none. */
  let timerAt = Number.POSITIVE_INFINITY;
  let settling: Promise<void> | undefined;

  /** Sets the timer for the next thing to settle, unless a settlement is under way: it will look again itself. */
  function wake(): void {
    if (settling !== undefined || stopping || !started) return;
    const next = assembly.next();
    if (next === undefined || next >= timerAt) return;
    const at = Math.max(next, now() + TICK_MS);
    if (at >= timerAt) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(onTime, Math.min(at - now(), LONGEST_TIMER_MS));
  }

  function onTime(): void {
    timer = undefined;
    timerAt = Number.POSITIVE_INFINITY;
    settling = settle()
      .catch((err: unknown) => say('settle', { err }, 'what was due has not settled; it stays in the journal', 'error'))
      .finally(() => {
        settling = undefined;
        wake();
      });
  }

  async function settle(): Promise<void> {
    const turn = now();
    const step = assembly.advance(turn, () => now() - turn < TURN_MS);
    if (step !== undefined) await commit(step);
  }

  /** What assembly has let go of is nowhere else: the journal is asked until it takes it. */
  async function commit(step: AssemblyStep<EventDetail>): Promise<void> {
    const { operations, skeletons, open, released } = step;
    writing = step;
    const spans = finishedSpans(operations);
    const settlement = { spans, skeletons, open, released, now: Date.now() };
    for (;;) {
      try {
        await journal.settle(settlement);
        break;
      } catch (error) {
        if (stopping) throw error;
        say('journal', { err: error }, 'the journal did not take what has settled; trying again', 'error');
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
      }
    }
    writing = undefined;
    onDurable(step);
  }

  /** In their order. As objects spans are several times as large as their bytes: only a few of them live at a time. */
  function finishedSpans(operations: readonly SettledOperation<EventDetail>[]): FinishedSpan[] {
    const finished: FinishedSpan[] = [];
    for (let from = 0; from < operations.length; from += SPANS_AT_ONCE) {
      finished.push(...spansOf(operations.slice(from, from + SPANS_AT_ONCE)));
    }
    return finished;
  }

  /** One that no span can be made of costs none but itself: it would be the same after each restart. */
  function spansOf(group: readonly SettledOperation<EventDetail>[]): readonly FinishedSpan[] {
    try {
      return withExecutions(encoder.encode(group.map(build)), group);
    } catch (err) {
      if (group.length > 1) return group.flatMap(operation => spansOf([operation]));
      for (const { source, executionId, id } of group) {
        say(
          'span',
          { err, source, executionId, id },
          'no span can be made of an operation, which is a fault of crewspan; it is left out',
          'error',
        );
      }
      return [];
    }
  }

  return {
    start() {
      started = true;
      wake();
    },
    wake,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      timer = undefined;
      await settling;
      // What the journal did not take holds bodies that a later settlement would release: after a restart all is there.
      if (!started || writing !== undefined) return;
      await settle().catch((err: unknown) => {
        say('stop', { err }, 'what was due has not settled; it stays in the journal', 'error');
      });
    },
    isWriting: ({ source, executionId }) =>
      writing?.skeletons.some(
        ({ execution }) => execution.source === source && execution.executionId === executionId,
      ) ?? false,
  };
}

function withExecutions(spans: readonly EncodedSpan[], executions: readonly ExecutionKey[]): FinishedSpan[] {
  return spans.flatMap(({ preamble, span }, index) => {
    const execution = executions[index];
    return execution === undefined ? [] : { preamble, span, execution };
  });
}
