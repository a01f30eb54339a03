import { describe, expect, it } from 'vitest';
import { readDeadLetterTask } from '../../src/commands/dead-letter.ts';
import { deadLetterLine, deadLetterRow } from '../../src/commands/dead-letter-text.ts';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import { makeSpan } from '../delivery/spans.ts';

const PLAIN = { keys: [], all: false, json: false };

describe('the arguments of dead-letter', () => {
  it('are list, or what to retry or drop', () => {
    expect(readDeadLetterTask({ ...PLAIN, action: 'list', json: true })).toMatchObject({ value: { json: true } });
    expect(readDeadLetterTask({ ...PLAIN, action: 'retry', all: true })).toMatchObject({ value: { selection: 'all' } });
    expect(readDeadLetterTask({ ...PLAIN, action: 'drop', keys: ['7', '3', '7'] })).toEqual({
      ok: true,
      value: { action: 'drop', selection: [7, 3] },
    });
  });

  it.each([
    [{ action: 'burn' }],
    [{ action: 'list', all: true }],
    [{ action: 'list', keys: ['1'] }],
    [{ action: 'retry' }],
    [{ action: 'retry', all: true, json: true }],
    [{ action: 'retry', keys: ['1'], all: true }],
    [{ action: 'drop', keys: ['first'] }],
    [{ action: 'drop', keys: ['-1'] }],
    [{ action: 'drop', keys: ['1.5'] }],
  ])('must not be %j', given => {
    expect(readDeadLetterTask({ ...PLAIN, ...given })).toMatchObject({ ok: false, fault: expect.any(String) });
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
