import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanIdOf, traceIdOf } from '../../src/spans/ids.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('a trace id', () => {
  test.each([
    ['0b6f3b0e-6f0e-4d0e-8f6e-0a4b1c2d3e4f', '0b6f3b0e6f0e4d0e8f6e0a4b1c2d3e4f'],
    ['0B6F3B0E-6F0E-4D0E-8F6E-0A4B1C2D3E4F', '0b6f3b0e6f0e4d0e8f6e0a4b1c2d3e4f'],
    ['01932c07-9c4e-7d0e-8f6e-0a4b1c2d3e4f', '01932c079c4e7d0e8f6e0a4b1c2d3e4f'],
  ])('of the UUID %s is its digits', (executionId, expected) => {
    expect(traceIdOf(executionId)).toBe(expected);
  });

  test.each([
    ['a UUID of version 1', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'],
    ['a UUID of another variant', '0b6f3b0e-6f0e-4d0e-cf6e-0a4b1c2d3e4f'],
    ['a UUID with text around it', 'x0b6f3b0e-6f0e-4d0e-8f6e-0a4b1c2d3e4f'],
    ['the UUID of zeros', '00000000-0000-0000-0000-000000000000'],
    ['a name', 'run 7'],
    ['nothing', ''],
  ])('of %s is a hash', (_, executionId) => {
    expect(traceIdOf(executionId)).toBe(sha256(executionId).slice(0, 32));
  });
});

test('a span id is the first eight bytes of the SHA-256 of the operation', () => {
  expect(spanIdOf('event-1')).toBe(sha256('event-1').slice(0, 16));
});

test('ids are hex of the right length and never all zero, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), id => {
      expect(traceIdOf(id)).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
      expect(spanIdOf(id)).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
    }),
  );
});
