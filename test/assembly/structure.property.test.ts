/** Whatever is missing, what comes out is a forest of its own operations. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleOf } from '../../src/crewai/catalogue.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { assembleAll, incoming, type Operation } from '../support/assemble.ts';
import { readRecording, recordings } from '../support/recordings.ts';

const RUNS = 30;

function parents(operations: readonly Operation[]): ReadonlyMap<string, string | undefined> {
  return new Map(operations.map(({ id, parentId }) => [id, parentId]));
}

function expectForest(operations: readonly Operation[]): void {
  const known = parents(operations);
  expect(known.size).toBe(operations.length);
  for (const { id } of operations) {
    const met = new Set<string>();
    for (let here: string | undefined = id; here !== undefined; here = known.get(here)) {
      expect(met).not.toContain(here);
      expect(known.has(here)).toBe(true);
      met.add(here);
    }
  }
}

function expectMarked(operations: readonly Operation[]): void {
  for (const { start, end, incomplete, startTime, endTime } of operations) {
    const missing = start === undefined ? 'no_start' : end === undefined ? 'no_end' : undefined;
    expect(incomplete).toBe(missing);
    expect(endTime).toBeGreaterThanOrEqual(startTime);
  }
}

describe.each(recordings())('recording %s/%s', (generation, name) => {
  const events = readRecording(generation, name).map(incoming);

  it('gives a forest whatever events are missing, whatever there is time for', () => {
    fc.assert(
      fc.property(fc.subarray([...events]), fc.boolean(), (some, isBusy) => {
        const operations = assembleAll(some, { isBusy });
        expectForest(operations);
        expectMarked(operations);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives a forest whatever types are not subscribed, declared or not', () => {
    const types = [...new Set(events.map(({ type }) => type))];
    fc.assert(
      fc.property(fc.subarray(types), fc.boolean(), (kept, declared) => {
        const subscribed = new Set(kept);
        const delivered = events.filter(({ type }) => subscribed.has(type));
        expectForest(assembleAll(delivered, declared ? { subscribed } : {}));
      }),
      { numRuns: RUNS },
    );
  });
});

/** Families whose events all carry ids, so that nothing needs to be inferred where all of them are delivered. */
const EXACT = ['01_simple', '02_tools', '03_tool_failure', '07_knowledge', '08_guardrail', '15_lite_agent'];

describe.each(EXACT)('recording 1.15.30/%s', name => {
  const events = readRecording('1.15.30', name).map(incoming);
  const whole = assembleAll(events);
  const families = [...new Set(whole.map(({ kind }) => kind.family))];

  it('loses only the spans of a family that is not sent, and lifts their children', () => {
    fc.assert(
      fc.property(fc.constantFrom(...families), dropped => {
        const some = assembleAll(events.filter(event => familyOf(event) !== dropped));
        expect(liftedPlaces(some)).toEqual(liftedPlaces(whole, dropped));
      }),
      { numRuns: families.length * 2 },
    );
  });
});

function familyOf({ type, data }: IncomingEvent): string | undefined {
  const role = roleOf(type);
  const isInfrastructure = (data as { flow_name?: unknown }).flow_name === 'AgentExecutor';
  return role.is === 'start' || role.is === 'end' ? (isInfrastructure ? undefined : role.kind.family) : undefined;
}

/** Each operation with the nearest one above it that is not of the family left out. */
function liftedPlaces(operations: readonly Operation[], dropped?: string): ReadonlyMap<string, string | undefined> {
  const byId = new Map(operations.map(operation => [operation.id, operation]));
  const lifted = (id: string | undefined): string | undefined => {
    let parent = id === undefined ? undefined : byId.get(id);
    while (parent?.kind.family === dropped && parent !== undefined) {
      parent = parent.parentId === undefined ? undefined : byId.get(parent.parentId);
    }
    return parent?.id;
  };
  const left = operations.filter(({ kind }) => kind.family !== dropped);
  return new Map(left.map(({ id, parentId }): [string, string | undefined] => [id, lifted(parentId)]).sort());
}
