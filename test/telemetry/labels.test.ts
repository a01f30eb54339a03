import { describe, expect, it } from 'vitest';
import { createLabelCap, MAX_VALUE, OTHER } from '../../src/telemetry/labels.ts';

describe('a cap on labels', () => {
  it('lets so many sets through, and folds all values of further ones', () => {
    const cap = createLabelCap(2);
    expect(cap({ crew: 'a', role: 'x' })).toEqual({ crew: 'a', role: 'x' });
    expect(cap({ crew: 'a', role: 'y' })).toEqual({ crew: 'a', role: 'y' });
    expect(cap({ crew: 'b', role: 'x' })).toEqual({ crew: OTHER, role: OTHER });
    expect(cap({ crew: 'a', role: 'y' })).toEqual({ crew: 'a', role: 'y' });
  });

  it('tells sets apart whatever stands in them', () => {
    const cap = createLabelCap(1);
    cap({ a: 'x","b":"', b: 'y' });
    expect(cap({ a: 'x', b: '","b":"y' })).toEqual({ a: OTHER, b: OTHER });
  });

  it('cuts long values, and takes what is on several lines for one', () => {
    const cap = createLabelCap(10);
    expect(cap({ role: '  Senior\n  Writer \u0000\n' })).toEqual({ role: 'Senior Writer' });
    expect(cap({ role: 'x'.repeat(10_000) })).toEqual({ role: 'x'.repeat(MAX_VALUE) });
    expect(cap({ role: undefined })).toEqual({ role: '' });
  });

  it('makes no two series of values that are one once they are written', () => {
    const cap = createLabelCap(10);
    expect(cap({ role: 'a\ud800' })).toEqual(cap({ role: 'a\ud801' }));
    const { role = '' } = cap({ role: `${'x'.repeat(MAX_VALUE - 1)}😀` });
    expect(role).toBe('x'.repeat(MAX_VALUE - 1));
  });
});
