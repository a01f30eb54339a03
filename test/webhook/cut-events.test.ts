import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutEvents } from '../../src/webhook/cut-events.ts';
import { readBody } from '../../src/webhook/envelope.ts';
import { GOOD } from './support.ts';

/** As long as a piece has to be. */
const LONG = 'x'.repeat(8 * 1024);
const EVENTS = ['a', 'b', 'c'].map(sign => ({
  ...GOOD,
  id: sign.repeat(8),
  data: { text: `"},{${sign} – 好${LONG}` },
}));

/** As `json.dumps` spaces it. */
const pythonText = (value: unknown) =>
  JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/([[{]) | (?=[\]}])/g, '$1');

function pieces(text: string): readonly string[] {
  return [...cutEvents(Buffer.from(text))].map(piece => Buffer.from(piece).toString());
}

describe('a batch', () => {
  it.each([
    ['JSON.stringify', JSON.stringify({ events: EVENTS })],
    ['json.dumps', pythonText({ events: EVENTS })],
    ['a printer that indents', `\r\n${JSON.stringify({ events: EVENTS }, null, '\t')}\n`],
  ])('is cut between its events as %s writes it', (_, text) => {
    expect(pieces(text).map(piece => JSON.parse(piece))).toEqual(EVENTS);
  });

  it('is cut into pieces of several events where these are short', () => {
    const events = Array.from({ length: 200 }, (_, index) => ({ ...GOOD, id: String(1000 + index) }));
    const parts = pieces(JSON.stringify({ events }));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.every((part, index) => index === parts.length - 1 || part.length >= LONG.length)).toBe(true);
    expect(JSON.parse(`[${parts.join()}]`)).toEqual(events);
  });

  it('is not cut before an event that begins otherwise', () => {
    const [first, second, third] = EVENTS;
    const { id, ...others } = second ?? GOOD;
    const events = [first, { ...others, id }, { ...third, id: 'longer than eight' }, first];
    expect(pieces(JSON.stringify({ events })).map(piece => JSON.parse(`[${piece}]`))).toEqual([
      events.slice(0, 3),
      events.slice(3),
    ]);
  });

  it('is not cut before an object that is the first of a list in an event', () => {
    const events = EVENTS.map(event => ({ ...event, data: { text: LONG, calls: [event] } }));
    expect(pieces(JSON.stringify({ events })).map(piece => JSON.parse(piece))).toEqual(events);
  });

  it.each([
    ['a bare list', JSON.stringify(EVENTS)],
    ['a bare event', JSON.stringify(GOOD)],
    ['fields before the events', JSON.stringify({ version: 1, events: EVENTS })],
    ['fields behind the events', JSON.stringify({ events: EVENTS, version: 1 })],
    ['a byte order mark', `\ufeff${JSON.stringify({ events: EVENTS })}`],
    ['no event', `{"events":[${' '.repeat(LONG.length)}]}`],
    ['no object first', `{"events":[null,{"id":"a","type":"${LONG}"}]}`],
    ['blanks that are not of JSON', `{"events":\xa0${JSON.stringify(EVENTS)}}`],
    ['no end', `{"events":[{"id":"a","type":"${LONG}"},{"id":"`],
    ['a single short event', JSON.stringify({ events: [GOOD] })],
  ])('is left whole with %s', (_, text) => {
    expect(pieces(text)).toEqual([]);
  });

  it.each([
    ['where an event ends early', `{"events":[{"id":"a","type":"${LONG}"},{"id":"]}`],
    ['with a comma too many', `{"events":[{"id":"a","type":"${LONG}"},]}`],
    ['with a second list of events', `{"events":[{"id":"a","type":"${LONG}"}],"events":[{"id":"c","type":"d"}]}`],
  ])('has a piece that is no JSON %s', (_, text) => {
    expect(pieces(text).some(piece => !isJson(`[${piece}]`))).toBe(true);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a body that can be cut', () => {
  /** With another field first, it is read as a whole. */
  function readWhole(bytes: Buffer): ReturnType<typeof readBody> {
    return readBody(Buffer.concat([Buffer.from('{"whole":1,'), bytes.subarray(1)]));
  }

  it('gives the events of their list where events lie in its events', () => {
    const inner = EVENTS.map(event => ({ ...event, data: { calls: EVENTS } }));
    const bytes = Buffer.from(JSON.stringify({ events: inner }));
    expect([...cutEvents(bytes)]).toHaveLength(9);
    expect(readBody(bytes)).toMatchObject({ ok: true, rejectedCount: 0, events: EVENTS.map(({ id }) => ({ id })) });
    expect(readBody(bytes)).toEqual(readWhole(bytes));
  });

  it('is read as it is as a whole, whatever it holds', () => {
    const { data: _, ...others } = GOOD;
    const data = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(EVENTS, [EVENTS], { events: EVENTS }, JSON.stringify(EVENTS), Number.NaN, '\ud800', ']}', '\\'),
    );
    const event = fc
      .record({
        id: fc.constantFrom('aaaaaaaa', 'bbbbbbbb', 'c', 7),
        filler: fc.constantFrom('', LONG),
        data,
        late: fc.boolean(),
      })
      .map(({ id, late, data, filler }) => (late ? { data, ...others, id, filler } : { ...GOOD, id, data, filler }));
    const damage = fc.record({
      at: fc.nat(),
      length: fc.nat({ max: 4 }),
      text: fc.constantFrom(
        '',
        ',',
        '"',
        '}',
        ']',
        '{',
        '[',
        ' ',
        '\\',
        'NaN',
        '],"events":[',
        Buffer.from([0xff]),
        '{"id":"',
      ),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 5 }),
        fc.constantFrom(JSON.stringify, pythonText),
        fc.array(damage, { maxLength: 2 }),
        (events, write, damages) => {
          let bytes = Buffer.from(write({ events }).replace(/("data": ?)null/g, '$1NaN'));
          for (const { at, length, text } of damages) {
            const from = 1 + (at % bytes.length);
            bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(from + length)]);
          }
          expect(readBody(bytes)).toEqual(readWhole(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
