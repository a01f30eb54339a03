import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasMoreContainersThan } from '../../src/webhook/containers.ts';
import { readBody } from '../../src/webhook/envelope.ts';
import { nullifyNonFinite, parsePythonJson } from '../../src/webhook/python-json.ts';
import { GOOD } from './support.ts';

/** JSON as Python writes it: as `JSON.stringify` does, with the three words bare. Numbers that are not finite stay. */
function pythonDumps(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(pythonDumps).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonDumps(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** Text with what the scan must not trip over: quotes, backslashes, the words themselves. */
const trickyText = fc
  .array(fc.constantFrom('NaN', 'Infinity', '-Infinity', '"', '\\', '\\"', ' ', 'x', ':', ',', '\u2028', '\ud800'))
  .map(parts => parts.join(''));

const pythonValue = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    trickyText,
    fc.constantFrom(null, true, Number.NaN, Infinity, -Infinity),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(trickyText, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('readBody', () => {
  it('never throws on bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(typeof readBody(bytes).ok).toBe('boolean');
      }),
    );
  });

  it('never throws on JSON of any kind, and places every entry once', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(GOOD)));
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.record({ id: field, execution_id: field, timestamp: field, type: field, data: field }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(fc.array(entry), events => {
        const reading = readBody(Buffer.from(JSON.stringify({ events })));
        if (!reading.ok) throw new Error(reading.error);
        const rejected = new Set(reading.rejected.map(({ index }) => index));
        const others = events.filter((_, index) => !rejected.has(index)) as Partial<typeof GOOD>[];
        expect(reading.rejectedCount).toBe(rejected.size);
        expect(reading.events.map(({ id }) => id)).toEqual(others.map(({ id }) => id?.toWellFormed()));
      }),
    );
  });
});

describe('a list of rejections that is full', () => {
  it('changes nothing about which events are taken', () => {
    const filler = '0,'.repeat(1000);
    const text = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('x'.repeat(512), 'x'.repeat(513), '\ud800'));
    const field = fc.oneof(text, fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(...Object.values(GOOD)));
    const entry = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.record({ id: field, execution_id: field, timestamp: field, type: field }, { requiredKeys: [] }),
      fc.tuple(fc.constantFrom('id', 'execution_id', 'timestamp', 'type'), field).map(([key, value]) => ({
        ...GOOD,
        [key]: value,
      })),
    );
    fc.assert(
      fc.property(fc.array(entry), events => {
        const list = JSON.stringify(events);
        const alone = readBody(Buffer.from(list));
        const behind = readBody(Buffer.from(`[${filler}${list.slice(1)}`.replace(',]', ']')));
        if (!alone.ok || !behind.ok) throw new Error('a list is a body');
        expect(behind.events).toEqual(alone.events);
        expect(behind.rejectedCount).toBe(alone.rejectedCount + 1000);
        expect(behind.rejected).toHaveLength(1000);
      }),
    );
  });
});

describe('the lists and objects of JSON', () => {
  function containersOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0;
    return Object.values(value).reduce((sum: number, inner) => sum + containersOf(inner), 1);
  }

  it('are counted from its bytes', () => {
    const value = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('[', '{"', '\\"]', '\\', 'ü[', 7),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', '[', '"{', '\\'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(value, given => {
        const count = containersOf(given);
        const bytes = Buffer.from(JSON.stringify(given));
        expect(hasMoreContainersThan(bytes, count)).toBe(false);
        expect(count === 0 || hasMoreContainersThan(bytes, count - 1)).toBe(true);
      }),
    );
  });

  it('are never a reason to throw', () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('["\\{]}a')), { maxLength: 40 });
    fc.assert(fc.property(bytes, given => typeof hasMoreContainersThan(Uint8Array.from(given), 3) === 'boolean'));
  });
});

describe('the words of Python', () => {
  it('are read as null, and nothing else is changed', () => {
    fc.assert(
      fc.property(pythonValue, value => {
        // `JSON.stringify` writes null for what is not finite: the reference.
        expect(parsePythonJson(pythonDumps(value))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });

  it('leave JSON as it is', () => {
    fc.assert(fc.property(fc.json(), text => nullifyNonFinite(text) === text));
  });

  it.each(['nullNaN', '1Infinity', 'NaNNaN', '[NaN', '"NaN', '--Infinity', 'nan', '\\"NaN', '{NaN: 1}'])(
    'do not make JSON of %s',
    text => {
      expect(parsePythonJson(text)).toEqual({ ok: false });
    },
  );
});
