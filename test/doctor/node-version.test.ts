import { describe, expect, it } from 'vitest';
import { checkNode } from '../../src/doctor/node-version.ts';

describe('the version of Node', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('%s will do', version => {
    expect(checkNode(version, '>=20.19')).toMatchObject({ status: 'ok', code: 'node.version' });
  });

  it.each(['20.18.9', '18.20.0', '9.0.0'])('%s is too old', version => {
    expect(checkNode(version, '>=20.19')).toMatchObject({ status: 'fault', code: 'node.old' });
  });
});
