/** Sees to all that is due: what has no place gets one or is given up, and what has settled is let go. */
import type { Schedule } from './collections/schedule.ts';
import type { Dormant } from './executions/dormant.ts';
import type { Executions } from './executions/executions.ts';
import { sweepUpTo } from './inference/sweep.ts';
import { compareItems, eventBy, type Item } from './operation.ts';
import type { Deciding } from './placing/deciding.ts';
import type { Placing } from './placing/placing.ts';
import type { AssemblySettings } from './settings.ts';
import type { Loose } from './settling/loose.ts';
import type { Settle } from './settling/settling.ts';
import { dueOf } from './timing.ts';

export interface AttendingParts<D> {
  readonly settings: AssemblySettings;
  readonly schedule: Schedule<Item<D> | Dormant>;
  readonly executions: Pick<Executions<D>, 'wake'>;
  readonly placing: Pick<Placing<D>, 'review'>;
  readonly deciding: Deciding<D>;
  readonly loose: Loose<D>;
  readonly settle: Settle<D>;
}

export interface Attending {
  /**
   * Sees to what is due at `now`, milliseconds by the clock of arrival, and to what falls due by that. After each thing
   * `mayGoOn` is asked whether there is time for another; what there is none for is gone on with the next time.
   */
  attend(now: number, mayGoOn: () => boolean): void;
  /** Whether there was no time for something that is due. */
  isBehind(): boolean;
}

export function createAttending<D>(parts: AttendingParts<D>): Attending {
  const { settings, schedule, executions, placing, deciding, loose, settle } = parts;
  let now = Number.NEGATIVE_INFINITY;
  let mayGoOn = (): boolean => true;
  /** What has been begun and not finished. */
  let underWay: Iterator<void> | undefined;

  const isDue = (item: Item<D>): boolean => dueOf(item, settings) <= now;

  function takeDue(): Item<D>[] {
    const items: Item<D>[] = [];
    for (let item = schedule.take(now); item !== undefined; item = schedule.take(now)) {
      if (item.is === 'dormant') executions.wake(item);
      else if (isDue(item)) items.push(item);
      else placing.review(item);
    }
    return items;
  }

  /**
   * What ids leave open is decided before anything is finished: what goes must not be missing as a place for what
   * stays. In order of events, whatever the order of arrival was. Yields whenever time is up.
   */
  function* seeTo(due: readonly Item<D>[]): Generator<void> {
    const operations = due.filter(item => item.is === 'operation').sort(compareItems);
    for (const item of due) {
      const time = eventBy(item)?.facts.time ?? 0;
      while (!sweepUpTo(item.execution.sweep, time, deciding.findings, mayGoOn)) yield;
    }
    for (const item of due) {
      if (item.is !== 'end') continue;
      loose.attendEnd(item, isDue(item));
      if (!mayGoOn()) yield;
    }
    for (const one of operations) {
      if (one.root !== undefined || !isDue(one)) continue;
      deciding.settleForLess(one);
      if (!mayGoOn()) yield;
    }
    loose.attendMarks(
      due.filter(item => item.is === 'mark'),
      now,
    );
    for (const one of operations) {
      while (one.root !== undefined && isDue(one) && !settle(one, mayGoOn)) yield;
      if (!isDue(one)) placing.review(one);
      if (!mayGoOn()) yield;
    }
  }

  function* seeToAll(): Generator<void> {
    for (let due = takeDue(); due.length > 0; due = takeDue()) yield* seeTo(due);
  }

  return {
    isBehind: () => underWay !== undefined,
    attend(at, mayStillGoOn) {
      now = at;
      mayGoOn = mayStillGoOn;
      underWay ??= seeToAll();
      if (underWay.next().done) underWay = undefined;
    },
  };
}
