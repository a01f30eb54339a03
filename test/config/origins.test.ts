import { describe, expect, it } from 'vitest';
import { settingOrigins } from '../../src/config.ts';
import { writeTemporary } from './support.ts';

const originOf = (name: string, env: Record<string, string>, configFile?: string) =>
  settingOrigins({ env, configFile }).find(setting => setting.name === name);

describe('the origin of a setting', () => {
  it('is the environment, then the file, then the default', () => {
    const file = writeTemporary('crewspan.yaml', 'CREWSPAN_SETTLE: 3s\nCREWSPAN_IDLE: 4m\n');
    const env = { CREWSPAN_SETTLE: '1s', CREWSPAN_ABANDON: '' };
    const told = { name: 'CREWSPAN_SETTLE', origin: 'environment', value: '1s', overridesFile: true };
    expect(originOf('CREWSPAN_SETTLE', env, file)).toEqual(told);
    expect(originOf('CREWSPAN_IDLE', env, file)).toMatchObject({ origin: 'file', value: '4m', overridesFile: false });
    expect(originOf('CREWSPAN_ABANDON', env, file)).toMatchObject({ origin: 'default', value: '24h' });
    expect(originOf('CREWSPAN_TOKENS', env, file)).toMatchObject({ origin: 'default', value: undefined });
  });

  it('does not fail where the file does', () => {
    expect(originOf('CREWSPAN_SETTLE', {}, '/nowhere.yaml')).toMatchObject({ origin: 'default' });
  });

  it.each([
    ['CREWSPAN_TOKENS', 'ops:hush-hush', '(secret)'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=hush-hush', '(secret)'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'https://me:hush/@hush@h:4318/otlp?key=hush',
      'https://(secret)@h:4318/otlp?(secret)',
    ],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'me:hush@h:4317', '(secret)@h:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4318', 'http://localhost:4318'],
  ])('%s shows no secret', (name, value, shown) => {
    expect(originOf(name, { [name]: value })?.value).toBe(shown);
  });
});
