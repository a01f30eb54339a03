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

/** The function sees to what is due at `now`, milliseconds by the clock of arrival, and to what falls due by that. */
export function createAttending<D>(parts: AttendingParts<D>): (now: number) => void {
  const { settings, schedule, executions, placing, deciding, loose, settle } = parts;

  function takeDue(now: number): Item<D>[] {
    const items: Item<D>[] = [];
    for (let item = schedule.take(now); item !== undefined; item = schedule.take(now)) {
      if (item.is === 'dormant') {
        executions.wake(item);
        continue;
      }
      const due = dueOf(item, settings);
      if (due > now) schedule.set(item, due);
      else items.push(item);
    }
    return items;
  }

  /**
   * What ids leave open is decided before anything is finished: what goes must not be missing as a place for what
   * stays. In order of events, whatever the order of arrival was.
   */
  function attend(due: readonly Item<D>[], now: number): void {
    const operations = due.filter(item => item.is === 'operation').sort(compareItems);
    const isDue = (item: Item<D>): boolean => dueOf(item, settings) <= now;
    for (const item of due) sweepUpTo(item.execution.sweep, eventBy(item)?.facts.time ?? 0, deciding.findings);
    for (const item of due) if (item.is === 'end') loose.attendEnd(item, isDue(item));
    for (const one of operations) if (one.root === undefined && isDue(one)) deciding.settleForLess(one);
    loose.attendMarks(
      due.filter(item => item.is === 'mark'),
      now,
    );
    for (const one of operations) {
      if (!isDue(one)) placing.review(one);
      else if (one.root !== undefined) settle(one);
    }
  }

  return now => {
    for (let due = takeDue(now); due.length > 0; due = takeDue(now)) attend(due, now);
  };
}
