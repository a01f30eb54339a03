import { describe, expect, it } from 'vitest';
import { createLabelled, MAX_VALUE, OTHER } from '../../src/telemetry/labels.ts';

describe('what is kept by labels', () => {
  it('lets so many sets through, and folds all values of further ones', () => {
    const labelled = createLabelled(2, labels => labels);
    expect(labelled({ crew: 'a', role: 'x' })).toEqual({ crew: 'a', role: 'x' });
    expect(labelled({ crew: 'a', role: 'y' })).toEqual({ crew: 'a', role: 'y' });
    expect(labelled({ crew: 'b', role: 'x' })).toEqual({ crew: OTHER, role: OTHER });
    expect(labelled({ crew: 'a', role: 'y' })).toEqual({ crew: 'a', role: 'y' });
  });

  it('is made once for each set, and once for all further ones', () => {
    const counts: string[] = [];
    const labelled = createLabelled(1, ({ crew = '' }) => counts.push(crew));
    expect(['a', 'b', 'a ', 'c', 'a', 'b'].map(crew => labelled({ crew }))).toEqual([1, 2, 1, 2, 1, 2]);
    expect(counts).toEqual(['a', OTHER]);
  });

  it('tells sets apart whatever stands in them', () => {
    const labelled = createLabelled(1, labels => labels);
    labelled({ a: 'x","b":"', b: 'y' });
    expect(labelled({ a: 'x', b: '","b":"y' })).toEqual({ a: OTHER, b: OTHER });
  });

  it('cuts long values, and takes what is on several lines for one', () => {
    const labelled = createLabelled(10, labels => labels);
    expect(labelled({ role: '  Senior\n  Writer \u0000\n' })).toEqual({ role: 'Senior Writer' });
    expect(labelled({ role: 'x'.repeat(10_000) })).toEqual({ role: 'x'.repeat(MAX_VALUE) });
    expect(labelled({ role: undefined })).toEqual({ role: '' });
  });

  it('makes no two series of values that are one once they are written', () => {
    const labelled = createLabelled(10, labels => labels);
    expect(labelled({ role: 'a\ud800' })).toEqual(labelled({ role: 'a\ud801' }));
    const { role = '' } = labelled({ role: `${'x'.repeat(MAX_VALUE - 1)}😀` });
    expect(role).toBe('x'.repeat(MAX_VALUE - 1));
  });
});
