import { describe, expect, it } from 'vitest';
import { createSetAside } from '../../src/delivery/set-aside.ts';
import { type Work, workOf } from '../../src/delivery/work.ts';
import type { OutboxEntry, OutboxKey } from '../../src/journal/journal.ts';

/** Spans of 10 bytes in an outbox; a request holds three of them, or `maxBytes`. */
function setAsideOf(keys: readonly OutboxKey[], maxBytes = 1000) {
  const outbox = new Map<OutboxKey, OutboxEntry>(
    keys.map(key => [
      key,
      {
        key,
        putAt: 0,
        preamble: new Uint8Array(),
        span: new Uint8Array(10),
        execution: { source: 'default', executionId: 'run' },
      },
    ]),
  );
  const aside = createSetAside({ find: key => outbox.get(key), limits: { maxSpans: 3, maxBytes }, workOf });
  return { aside, outbox };
}

const keysOf = (work: Work | undefined) => work?.pieces.map(({ entries }) => entries.map(({ key }) => key));

describe('spans that were set aside', () => {
  it('are not judged while the backend has taken nothing since', () => {
    const { aside } = setAsideOf([1]);
    aside.add(1, 5);
    expect(aside.judgeable(5)).toBeUndefined();
    expect(keysOf(aside.judgeable(6))).toEqual([[1]]);
  });

  it('are judged by what was taken since the last of them was refused', () => {
    const { aside } = setAsideOf([1, 2]);
    aside.add(1, 3);
    aside.add(2, 4);
    expect(aside.judgeable(9)?.pieces).toMatchObject([{ refusedAt: 4 }]);
  });

  it('come in requests no larger than any other, in the order in which they were set aside', () => {
    const { aside } = setAsideOf([1, 2, 3, 4]);
    for (const key of [4, 3, 2, 1]) aside.add(key, 0);
    expect(keysOf(aside.judgeable(1))).toEqual([[4, 3, 2]]);
    expect(keysOf(aside.judgeable(1))).toEqual([[1]]);
    expect(aside.judgeable(1)).toBeUndefined();
  });

  it('come in requests of no more bytes either, but for one that is larger by itself', () => {
    const fitting = setAsideOf([1, 2, 3], 20);
    for (const key of [1, 2, 3]) fitting.aside.add(key, 0);
    expect(keysOf(fitting.aside.judgeable(1))).toEqual([[1, 2]]);
    const larger = setAsideOf([1, 2], 5);
    for (const key of [1, 2]) larger.aside.add(key, 0);
    expect(keysOf(larger.aside.judgeable(1))).toEqual([[1]]);
  });

  it('are tried one at a time, the one that waits longest first, to see whether the backend takes anything', () => {
    const { aside } = setAsideOf([1, 2]);
    aside.add(1, 7);
    aside.add(2, 7);
    expect(keysOf(aside.probe())).toEqual([[1]]);
    aside.add(1, 7);
    expect(keysOf(aside.probe())).toEqual([[2]]);
  });

  it('are counted until they are taken or buried, and wait unless they are tried right now', () => {
    const { aside } = setAsideOf([1, 2]);
    aside.add(1, 0);
    aside.add(2, 0);
    aside.probe();
    expect(aside).toMatchObject({ size: 2, waiting: 1 });
    aside.add(1, 0);
    expect(aside).toMatchObject({ size: 2, waiting: 2 });
    aside.judgeable(1);
    aside.clear([1]);
    expect(aside).toMatchObject({ size: 1, waiting: 0 });
  });

  it('are forgotten when they have left the outbox in another way, as by a purge', () => {
    const { aside, outbox } = setAsideOf([1, 2]);
    aside.add(1, 0);
    aside.add(2, 0);
    outbox.delete(1);
    expect(keysOf(aside.judgeable(1))).toEqual([[2]]);
    expect(aside).toMatchObject({ size: 1, waiting: 0 });
  });
});
