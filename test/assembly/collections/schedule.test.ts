import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSchedule, NOWHERE, type Waiting } from '../../../src/assembly/collections/schedule.ts';

const item = (): Waiting => ({ slot: NOWHERE });

/** Takes all, each at the time that the schedule tells. */
function takeAll(schedule: ReturnType<typeof createSchedule<Waiting>>): [item: Waiting, at: number][] {
  const taken: [Waiting, number][] = [];
  for (let at = schedule.next(); at !== undefined; at = schedule.next()) {
    const next = schedule.take(at);
    if (next === undefined) throw new Error('nothing was due when something should have been');
    taken.push([next, at]);
  }
  return taken;
}

describe('a schedule', () => {
  it('brings up nothing before its time', () => {
    const schedule = createSchedule<Waiting>();
    const one = item();
    schedule.set(one, 10);
    expect(schedule.take(9)).toBeUndefined();
    expect(schedule.take(10)).toBe(one);
    expect(schedule.take(10)).toBeUndefined();
  });

  it('moves an appointment to the front, never to the back', () => {
    const schedule = createSchedule<Waiting>();
    const [one, other] = [item(), item()];
    schedule.set(one, 10);
    schedule.set(other, 20);
    schedule.set(other, 5);
    schedule.set(one, 30);
    expect(takeAll(schedule)).toEqual([
      [other, 5],
      [one, 10],
    ]);
  });

  it('holds nothing that waits for something other than time', () => {
    const schedule = createSchedule<Waiting>();
    schedule.set(item(), Number.POSITIVE_INFINITY);
    expect(schedule.next()).toBeUndefined();
  });

  it('takes an item again after it was taken or dropped', () => {
    const schedule = createSchedule<Waiting>();
    const one = item();
    schedule.set(one, 10);
    schedule.drop(one);
    schedule.drop(one);
    expect(schedule.next()).toBeUndefined();
    schedule.set(one, 20);
    expect(schedule.take(20)).toBe(one);
    schedule.set(one, 30);
    expect(takeAll(schedule)).toEqual([[one, 30]]);
  });

  it('brings up what is left in order of time, whatever was set anew or dropped', () => {
    const action = fc.record({ index: fc.nat(20), due: fc.nat(1_000), drops: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), actions => {
        const schedule = createSchedule<Waiting>();
        const items = Array.from({ length: 21 }, item);
        const dues = new Map<number, number>();
        for (const { index, due, drops } of actions) {
          const one = items[index];
          if (one === undefined) continue;
          if (drops) {
            schedule.drop(one);
            dues.delete(index);
          } else {
            schedule.set(one, due);
            dues.set(index, Math.min(due, dues.get(index) ?? due));
          }
        }
        const taken = takeAll(schedule);
        expect(taken.map(([, at]) => at)).toEqual([...dues.values()].sort((a, b) => a - b));
        expect(new Map(taken.map(([one, at]) => [items.indexOf(one), at]))).toEqual(dues);
      }),
    );
  });
});
