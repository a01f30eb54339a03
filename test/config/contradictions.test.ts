import { expect, it } from 'vitest';
import { load } from './support.ts';

it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['IDLE below SETTLE', { CREWSPAN_IDLE: '1s' }, ['CREWSPAN_IDLE is less than CREWSPAN_SETTLE']],
  ['SETTLE above IDLE', { CREWSPAN_SETTLE: '1h' }, ['CREWSPAN_IDLE is less than CREWSPAN_SETTLE']],
  ['ABANDON below IDLE', { CREWSPAN_ABANDON: '4m' }, ['CREWSPAN_ABANDON is less than CREWSPAN_IDLE']],
  ['MAX_BODY above MAX_DISK', { CREWSPAN_MAX_DISK: '15MiB' }, ['CREWSPAN_MAX_BODY is more than']],
  [
    'MAX_BODY above a share',
    { CREWSPAN_MAX_DISK: '31MiB', CREWSPAN_TOKENS: 'a:x,b:y' },
    ['CREWSPAN_MAX_BODY is more than'],
  ],
  [
    'all that are as small as they may be',
    {
      CREWSPAN_SETTLE: '5m',
      CREWSPAN_ABANDON: '5m',
      CREWSPAN_MAX_DISK: '32MiB',
      CREWSPAN_TOKENS: 'a:x,a:z,b:y',
    },
    [],
  ],
])('of %s, the log is told what it makes of them', (_, env, expected) => {
  expect(load(env).warnings.map(warning => warning.split(/:| a source/)[0])).toEqual(expected);
});
