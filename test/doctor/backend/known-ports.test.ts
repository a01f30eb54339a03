import { describe, expect, it } from 'vitest';
import { knownPort } from '../../../src/doctor/backend/known-ports.ts';

describe('ports', () => {
  it('of well-known programs that take no OTLP are known', () => {
    expect(knownPort('16686')).toMatchObject({
      name: 'the web page of Jaeger',
      instead: expect.stringContaining('4318'),
    });
  });

  it.each(['4317', '4318', '443', '80'])('%s may well take it', port => {
    expect(knownPort(port)).toBeUndefined();
  });
});
