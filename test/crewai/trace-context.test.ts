import { expect, test } from 'vitest';
import { readCaller } from '../../src/crewai/trace-context.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

const read = (inputs: object) => readCaller(inputs, 'traceparent');

test('an input that is null names no caller, and is no invalid one', () => {
  expect(read({ traceparent: null })).toBeUndefined();
  expect(read({ traceparent: 7 })).toBe('invalid');
});

test.each([
  ['01', true],
  ['03', true],
  ['00', false],
  ['10', false],
])('of the flags %s only the last bit says that it is sampled', (flags, sampled) => {
  expect(read({ traceparent: `${PARENT}-${flags}` })).toMatchObject({ sampled });
});

test('a tracestate longer than any propagator has to carry is left out, and the caller stays', () => {
  const tracestate = `vendor=${'x'.repeat(505)}`;
  expect(read({ traceparent: `${PARENT}-01`, tracestate })).toMatchObject({ state: tracestate });
  expect(read({ traceparent: `${PARENT}-01`, tracestate: `${tracestate}x` })).toMatchObject({ state: undefined });
});
