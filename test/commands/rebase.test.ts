import { describe, expect, it } from 'vitest';
import { rebase } from '../../src/commands/rebase.ts';

const events = [
  { id: 'a', execution_id: 'one', timestamp: '2026-01-01T00:00:00.000123Z', type: 't', data: { event_id: 'a' } },
  { id: 'b', execution_id: 'two', timestamp: '2026-01-01T00:00:01.500Z', type: 't', data: {} },
  { id: 'c', execution_id: 'one', timestamp: '2026-01-01T00:00:02Z', type: 't', data: {} },
].map(event => JSON.stringify(event));

interface Event {
  readonly id: string;
  readonly execution_id: string;
  readonly timestamp: string;
}

describe('rebase', () => {
  const now = Date.UTC(2026, 5, 1);
  const { events: texts, executions } = rebase(events, now);
  const rebased = texts.map(text => JSON.parse(text) as Event);

  it('gives each execution one new id, and leaves the ids of events alone', () => {
    const [a, b, c] = rebased.map(event => event.execution_id);
    expect(a).toMatch(/^[0-9a-f-]{36}$/);
    expect(c).toBe(a);
    expect(b).not.toBe(a);
    expect([...executions]).toEqual([
      ['one', a],
      ['two', b],
    ]);
    expect(rebased.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('moves all times alike, to the microsecond, so that the last is now', () => {
    expect(rebased.map(({ timestamp }) => timestamp)).toEqual([
      '2026-05-31T23:59:58.000123Z',
      '2026-05-31T23:59:59.500Z',
      '2026-06-01T00:00:00.000Z',
    ]);
  });

  it.each(['null', '7', '[]', '{}', '{"execution_id":7,"timestamp":7}'])('leaves %s as it is', text => {
    expect(rebase([text], now)).toEqual({ events: [text], executions: new Map() });
  });
});
