import { describe, expect, it } from 'vitest';
import { readDeadLetterTask } from '../../src/commands/dead-letter.ts';
import { deadLetterLine, deadLetterRow } from '../../src/commands/dead-letter-text.ts';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import { makeSpan } from '../delivery/spans.ts';

describe('the arguments of dead-letter', () => {
  it('are list, or what to retry or drop', () => {
    expect(readDeadLetterTask(['list'], { json: true })).toMatchObject({ value: { json: true } });
    expect(readDeadLetterTask(['retry'], { all: true })).toMatchObject({ value: { selection: 'all' } });
    expect(readDeadLetterTask(['drop', '7', '3', '7'], {})).toEqual({
      ok: true,
      value: { action: 'drop', selection: [7, 3] },
    });
  });

  it.each([
    ['burn', {}],
    ['list', { all: true }],
    ['list 1', {}],
    ['retry', {}],
    ['retry', { all: true, json: true }],
    ['retry 1', { all: true }],
    ['drop first', {}],
    ['drop -1', {}],
    ['drop 1.5', {}],
  ])('must not be %s with %j', (operands, flags) => {
    expect(readDeadLetterTask(operands.split(' '), flags)).toMatchObject({ ok: false, fault: expect.any(String) });
  });
});

describe('a dead letter as text', () => {
  const [span = { preamble: new Uint8Array(), span: new Uint8Array() }] = createSpanEncoder().encode([
    makeSpan({ name: 'chat \u001b[31mred' }),
  ]);
  const letter = {
    ...span,
    key: 7,
    putAt: 0,
    buriedAt: 1_000,
    reason: 'HTTP_400: two\nlines',
    execution: { source: 'a', executionId: 'x' },
  };

  it('is one line without control characters', () => {
    const row = ['7', '1970-01-01T00:00:01.000Z', 'a', 'x', 'chat  [31mred', 'HTTP_400: two lines'];
    expect(deadLetterRow(letter)).toEqual(row);
  });

  it('is a request of OTLP/JSON, and what is known of it beside', () => {
    const line = deadLetterLine(letter);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'chat \u001b[31mred', spanId: '0000000000000001' }] }] }],
      crewspan: { key: 7, source: 'a', executionId: 'x', refusedAt: '1970-01-01T00:00:01.000Z' },
    });
  });

  it('tells of bytes that are no span', () => {
    const broken = { ...letter, span: Uint8Array.of(255, 255) };
    expect(deadLetterRow(broken)[4]).toBe('(unreadable)');
    expect(JSON.parse(deadLetterLine(broken))).toMatchObject({ resourceSpans: [], crewspan: { key: 7 } });
  });
});
