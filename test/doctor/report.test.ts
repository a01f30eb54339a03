import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { exitCodeOf, renderJson, renderReport } from '../../src/doctor/report.ts';

const fine: Finding = { check: 'node', code: 'node.version', status: 'ok', summary: 'Node 20', details: ['more'] };
const odd: Finding = { check: 'flush', code: 'flush.slow', status: 'warning', summary: 'slow', advice: 'Buy one.' };
const wrong: Finding = {
  check: 'backend',
  code: 'backend.connect',
  status: 'fault',
  summary: `${'word '.repeat(40).trim()}`,
  advice: 'Start it.',
};
const invalid: Finding = { ...wrong, check: 'settings', code: 'settings.invalid' };

const examined = (...findings: Finding[]) => ({ findings, settings: [] });

describe('the report', () => {
  it('for people has a line each, and what to do beneath', () => {
    expect(renderReport(examined(fine, odd), { colour: false }).split('\n')).toEqual([
      'ok  node      Node 20',
      '                more',
      '??  flush     slow',
      '                Buy one.',
      '',
      '1 warning (??), 1 ok. crewspan works like this; see what is marked.',
      '',
    ]);
  });

  it('breaks lines that are long between words', () => {
    const lines = renderReport(examined(wrong), { colour: false }).split('\n');
    expect(lines.every(line => line.length <= 110)).toBe(true);
    expect(lines.join(' ').match(/word/g)).toHaveLength(40);
  });

  it('for programs counts, and keeps all', () => {
    const report: unknown = JSON.parse(renderJson(examined(fine, odd, wrong)));
    expect(report).toMatchObject({
      schema: 1,
      status: 'fault',
      counts: { ok: 1, warning: 1, fault: 1 },
      findings: [fine, odd, wrong],
    });
  });

  it('ends with what is worst', () => {
    expect(exitCodeOf(examined(fine, odd))).toBe(0);
    expect(exitCodeOf(examined(fine, wrong))).toBe(1);
    expect(exitCodeOf(examined(wrong, invalid))).toBe(2);
  });
});
