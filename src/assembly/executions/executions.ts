/** The executions in flight: those on the heap, and those at rest, which come back when something is due or comes. */
import type { ExecutionKey } from '../../journal/journal.ts';
import { countOf, each } from '../collections/few.ts';
import { createRecency } from '../collections/recency.ts';
import type { Schedule } from '../collections/schedule.ts';
import { createExecution } from '../execution.ts';
import type { Ledger } from '../keeping/ledger.ts';
import type { Execution, Item, Operation } from '../operation.ts';
import type { AssemblySettings } from '../settings.ts';
import { dueOf } from '../timing.ts';
import { type Dormant, itemsOf, putToRest } from './dormant.ts';

export interface ExecutionsParts<D> {
  readonly settings: AssemblySettings;
  readonly schedule: Schedule<Item<D> | Dormant>;
  readonly ledger: Pick<Ledger<D>, 'weight' | 'putAway'>;
  /** Whether anything of an execution was ever let go. */
  readonly knows: (key: ExecutionKey) => boolean;
  /** Something outside its execution looks at the operation: it cannot leave the heap. */
  readonly isBound: (operation: Operation<D>) => boolean;
  /** The operation leaves the heap. */
  readonly resting: (operation: Operation<D>, dormant: Dormant) => void;
  /** Reads the events of `dormant` again, into an execution that knows none yet. */
  readonly readAgain: (execution: Execution<D>, dormant: Dormant) => void;
}

export interface Executions<D> {
  /** Whether anything of it is in flight, on the heap or at rest. */
  has(source: string, executionId: string): boolean;
  /** `undefined`: nothing of it is in flight. */
  find(source: string, executionId: string): Execution<D> | undefined;
  /** A new one, of which nothing is in flight yet. */
  begin(source: string, executionId: string): Execution<D>;
  /** An event has come for it, at `now` by the clock of arrival. */
  touch(execution: Execution<D>, now: number): void;
  /** Of an execution that holds no event any more. Answers whether it was there. */
  drop(execution: Execution<D>): boolean;
  wake(dormant: Dormant): void;
  /** Puts to rest what nothing has come for in a while, and more where the heap is short. */
  rest(now: number): void;
  /** When `rest` may next have something to do, by the clock of arrival; `undefined` while nothing is on the heap. */
  nextRest(): number | undefined;
  open(): OpenWork;
}

/** What is in flight, on the heap or at rest. */
export interface OpenWork {
  readonly executions: number;
  readonly operations: number;
}

/** Shorter pauses are those of a model that thinks, in milliseconds. */
const REST_AFTER_MS = 30_000;
/** Not for something that is due sooner than this, in milliseconds. */
const WORTHWHILE_MS = 1_000;
/** What nothing has come for so long may leave a heap that is short: this, in milliseconds, and for each of its events. */
const SHORT_PAUSE_MS = 2_000;
const REREADING_MS = 0.2;
/** Executions that cannot be put to rest are passed over, so many at once. */
const MAX_PASSED_OVER = 64;

export function createExecutions<D>(parts: ExecutionsParts<D>): Executions<D> {
  const { settings, schedule, ledger } = parts;
  /** By source and id. In maps within maps: a key made of both would be a new string for each event. */
  const bySource = new Map<string, Map<string, Execution<D> | Dormant>>();
  /** In the order in which something last came for them, as far as it matters here. */
  const awake = createRecency<Execution<D>>();
  const dormant = new Set<Dormant>();
  const afterMs = Math.max(REST_AFTER_MS, 3 * settings.settleMs);

  function moveToEnd(execution: Execution<D>): void {
    awake.remove(execution);
    awake.add(execution);
  }

  function enter(one: Execution<D> | Dormant): void {
    const { source, executionId } = one.key;
    let executions = bySource.get(source);
    if (executions === undefined) {
      executions = new Map();
      bySource.set(source, executions);
    }
    executions.set(executionId, one);
  }

  function create(key: ExecutionKey): Execution<D> {
    const execution = createExecution<D>(key);
    awake.add(execution);
    enter(execution);
    return execution;
  }

  function wake(sleeper: Dormant): void {
    const { key, touched, endsSeen } = sleeper;
    // Awake by now, or being read again: one that comes back twice would settle twice.
    if (!dormant.delete(sleeper)) return;
    schedule.drop(sleeper);
    const execution = create(key);
    Object.assign(execution, { touched, ordered: touched, endsSeen });
    parts.readAgain(execution, sleeper);
  }

  function find(source: string, executionId: string): Execution<D> | undefined {
    const known = bySource.get(source)?.get(executionId);
    if (known?.is !== 'dormant') return known;
    wake(known);
    // Nothing, where its events could not be read any more.
    const awake = bySource.get(source)?.get(executionId);
    return awake?.is === 'execution' ? awake : undefined;
  }

  /**
   * When something in it will next be due; `undefined` where it has to stay on the heap. What has no place yet will find
   * the best one among all that went by, of which nothing is left after a rest: only want of room is a reason for that.
   */
  function dueIfFree(execution: Execution<D>): number | undefined {
    let due = Number.POSITIVE_INFINITY;
    for (const item of itemsOf(execution)) {
      if (!isShort() && (item.is !== 'operation' || item.root === undefined)) return undefined;
      if (item.is === 'operation' && parts.isBound(item)) return undefined;
      due = Math.min(due, dueOf(item, settings));
    }
    return due;
  }

  /** The larger it is, the longer it takes to come back: one that is at work would be read again and again. */
  function isWorthwhile({ seen, touched }: Execution<D>, now: number): boolean {
    return now - touched >= SHORT_PAUSE_MS + countOf(seen) * REREADING_MS;
  }

  function putAway(execution: Execution<D>, due: number): void {
    const sleeper = putToRest(execution);
    for (const item of itemsOf(execution)) schedule.drop(item);
    for (const operation of each(execution.operations)) parts.resting(operation, sleeper);
    ledger.putAway(execution);
    execution.atRest = true;
    awake.remove(execution);
    dormant.add(sleeper);
    enter(sleeper);
    if (due < Number.POSITIVE_INFINITY) schedule.set(sleeper, due);
  }

  const isShort = (): boolean => ledger.weight > settings.heapBytes;

  return {
    has: (source, executionId) => bySource.get(source)?.has(executionId) ?? false,
    find,
    wake,
    begin(source, executionId) {
      const execution = create({ source, executionId });
      execution.isFresh = !parts.knows(execution.key);
      return execution;
    },
    touch(execution, now) {
      execution.touched = Math.max(execution.touched, now);
      // Once a second is exact enough, and spares most events the reordering.
      if (now - execution.ordered < WORTHWHILE_MS) return;
      execution.ordered = now;
      moveToEnd(execution);
    },
    drop(execution) {
      if (!awake.remove(execution)) return false;
      const { source, executionId } = execution.key;
      const executions = bySource.get(source);
      executions?.delete(executionId);
      if (executions?.size === 0) bySource.delete(source);
      return true;
    },
    rest(now) {
      let passedOver = 0;
      // Those that are passed over go to the end, where they are met again with a pause that has just begun.
      for (let execution = awake.oldest; execution !== undefined; execution = awake.oldest) {
        if (execution.ordered + (isShort() ? SHORT_PAUSE_MS : afterMs) > now) return;
        const due = isWorthwhile(execution, now) ? dueIfFree(execution) : undefined;
        if (due !== undefined && due > now + WORTHWHILE_MS) {
          putAway(execution, due);
          continue;
        }
        execution.ordered = now;
        moveToEnd(execution);
        passedOver++;
        if (passedOver === MAX_PASSED_OVER) return;
      }
    },
    nextRest() {
      const { oldest } = awake;
      return oldest && oldest.ordered + (isShort() ? SHORT_PAUSE_MS : afterMs);
    },
    open() {
      let operations = 0;
      for (const execution of awake) operations += countOf(execution.operations);
      for (const sleeper of dormant) operations += sleeper.operations;
      return { executions: awake.size + dormant.size, operations };
    },
  };
}
