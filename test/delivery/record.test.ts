import { describe, expect, it } from 'vitest';
import { createRecorder, type Recorder } from '../../src/delivery/record.ts';
import { recordLog } from '../webhook/support.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

function record(): { readonly recorder: Recorder; readonly clock: ManualClock; readonly lines: readonly string[] } {
  const { log, lines } = recordLog();
  const clock = createManualClock();
  return { recorder: createRecorder({ log, clock, observe: () => {} }), clock, lines };
}

const fail = (recorder: Recorder, cause: string): void =>
  recorder.failed({ kind: 'backend', cause, message: 'down' }, 1, 100);

function causes(lines: readonly string[]): string[] {
  return lines.map(line => (JSON.parse(line) as { readonly cause: string }).cause);
}

describe('the log of delivery', () => {
  it('writes each cause once in a while, with how many it held back', async () => {
    const { recorder, clock, lines } = record();
    for (let n = 0; n < 5; n += 1) fail(recorder, 'HTTP_503');
    fail(recorder, 'HTTP_401');
    await clock.advance(30_000);
    fail(recorder, 'HTTP_503');
    expect(causes(lines)).toEqual(['HTTP_503', 'HTTP_401', 'HTTP_503']);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ suppressed: 4 });
  });

  it('writes a cause anew after the backend took something', () => {
    const { recorder, lines } = record();
    fail(recorder, 'HTTP_503');
    recorder.delivered(1);
    fail(recorder, 'HTTP_503');
    expect(lines.map(line => (JSON.parse(line) as { readonly level: string }).level)).toEqual(['warn', 'info', 'warn']);
  });

  it('is not flooded by a backend that takes every other request', async () => {
    const { recorder, clock, lines } = record();
    for (let n = 0; n < 1_000; n += 1) {
      fail(recorder, 'HTTP_503');
      recorder.delivered(1);
      await clock.advance(50);
    }
    expect(lines.length).toBeLessThan(10);
  });
});
