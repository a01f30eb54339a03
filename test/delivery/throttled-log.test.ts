import { describe, expect, it } from 'vitest';
import { createThrottledLog } from '../../src/delivery/throttled-log.ts';
import { recordLog } from '../webhook/support.ts';
import { createManualClock } from './manual-clock.ts';

function messages(lines: readonly string[]): string[] {
  return lines.map(line => (JSON.parse(line) as { readonly msg: string }).msg);
}

describe('the log of delivery', () => {
  it('writes each cause once in a while, with how many it held back', async () => {
    const { log, lines } = recordLog();
    const clock = createManualClock();
    const throttled = createThrottledLog(log, clock);
    for (let n = 0; n < 5; n += 1) throttled.write('warn', 'HTTP_503', {}, 'down');
    throttled.write('warn', 'HTTP_401', {}, 'refused');
    await clock.advance(30_000);
    throttled.write('warn', 'HTTP_503', {}, 'down');
    expect(messages(lines)).toEqual(['down', 'refused', 'down']);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ cause: 'HTTP_503', suppressed: 4 });
  });

  it('writes a cause anew after things have changed', () => {
    const { log, lines } = recordLog();
    const throttled = createThrottledLog(log, createManualClock());
    throttled.write('warn', 'HTTP_503', {}, 'down');
    throttled.reset();
    throttled.write('warn', 'HTTP_503', {}, 'down again');
    expect(messages(lines)).toEqual(['down', 'down again']);
  });

  it('is not flooded by things that change all the time', async () => {
    const { log, lines } = recordLog();
    const clock = createManualClock();
    const throttled = createThrottledLog(log, clock);
    for (let n = 0; n < 1_000; n += 1) {
      throttled.write('warn', 'HTTP_503', {}, 'down');
      throttled.write('info', 'RECOVERED', {}, 'up');
      throttled.reset();
      await clock.advance(50);
    }
    expect(lines.length).toBeLessThan(10);
  });
});
