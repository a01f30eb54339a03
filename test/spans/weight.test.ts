import { expect, it } from 'vitest';
import { createAssembly } from '../../src/assembly/assembly.ts';
import { loadSettings } from '../../src/config.ts';
import { createEventReader } from '../../src/read-event.ts';
import { EMPTY_DETAIL } from '../../src/spans/detail.ts';
import { incoming } from '../support/assemble.ts';
import { readRecording } from '../support/recordings.ts';

const OPERATIONS = 20_000;
const AN_EXECUTION = 200;

/** Starts of a recorded run, each read anew so that none shares its texts with another. */
function* starts() {
  const recorded = readRecording('1.15.30', '02_tools').filter(({ type }) =>
    /^(?:task|agent_execution|llm_call|tool_usage)_started$/.test(type),
  );
  const texts = recorded.map(event => JSON.stringify(incoming(event)));
  for (let index = 0; index < OPERATIONS; index++) {
    const event = JSON.parse(texts[index % texts.length] ?? '') as ReturnType<typeof incoming>;
    const parent = index % AN_EXECUTION === 0 ? null : `operation ${index - 1}`;
    const data = {
      ...(event.data as object),
      event_id: `operation ${index}`,
      call_id: undefined,
      parent_event_id: parent,
    };
    yield { ...event, id: `event ${index}`, executionId: `execution ${Math.floor(index / AN_EXECUTION)}`, data };
  }
}

it('weighs events at about what the heap grows by while they are held', () => {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run with --expose-gc');
  const settings = loadSettings({ env: {} });
  const reader = createEventReader(settings);
  const assembly = createAssembly({
    settings: settings.assembly,
    nothing: EMPTY_DETAIL,
    recall: () => undefined,
    recallOpen: () => undefined,
    knows: () => false,
    reread: () => [],
  });
  gc();
  const before = process.memoryUsage().heapUsed;
  let position = 0;
  for (const event of starts()) {
    position += 1;
    assembly.add('default', { ...reader.whole(event, reader.facts(event)), position, arrived: 0 });
  }
  gc();
  const grown = process.memoryUsage().heapUsed - before;
  expect(assembly.open().operations).toBe(OPERATIONS);
  expect(assembly.weight() / grown).toBeGreaterThan(0.7);
  expect(assembly.weight() / grown).toBeLessThan(1.6);
});
