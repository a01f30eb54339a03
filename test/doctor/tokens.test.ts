import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkTokens, estimateBits } from '../../src/doctor/tokens.ts';

const LOCAL = '127.0.0.1';
const EVERYWHERE = '0.0.0.0';
const strong = (): string => randomBytes(32).toString('hex');
const check = (token: string, host = LOCAL) => checkTokens({ tokens: new Map([['default', [token]]]), host });

describe('tokens', () => {
  it('as the advice makes them are strong', () => {
    for (let round = 0; round < 200; round += 1) {
      expect(check(strong())).toMatchObject([{ status: 'ok', code: 'tokens.strong' }]);
    }
    expect(check(randomBytes(24).toString('base64url'))).toMatchObject([{ status: 'ok' }]);
  });

  it.each([
    'my-secret-token',
    'changeme',
    'change-me',
    'token-1',
    'YOUR_TOKEN_HERE',
    '<token>',
    '$TOKEN',
    'password123',
  ])('%s stands in documentation', token => {
    expect(check(token)).toMatchObject([{ status: 'warning', code: 'tokens.example' }]);
    expect(check(token, EVERYWHERE)).toMatchObject([{ status: 'fault', code: 'tokens.example' }]);
  });

  it.each(['hunting-ducks', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '20261124'])('%s is weak', token => {
    expect(check(token)).toMatchObject([{ status: 'warning', code: 'tokens.weak' }]);
  });

  it('are named by source and place, and never shown', () => {
    const findings = checkTokens({
      tokens: new Map([
        ['production', [strong(), 'hunting-ducks']],
        ['staging', ['my-secret-token']],
      ]),
      host: LOCAL,
    });
    expect(findings.map(({ summary }) => summary)).toEqual([
      expect.stringContaining('token 2 of the source production'),
      expect.stringContaining('token 1 of the source staging'),
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/ducks|my-secret/);
  });

  it('need not be there on loopback, and should be beyond', () => {
    expect(checkTokens({ tokens: new Map(), host: LOCAL })).toMatchObject([{ status: 'ok', code: 'tokens.none' }]);
    expect(checkTokens({ tokens: new Map(), host: EVERYWHERE })).toMatchObject([
      { status: 'warning', code: 'tokens.anonymous' },
    ]);
  });

  it('are worth what their characters leave open', () => {
    expect(estimateBits('aaaa')).toBe(0);
    expect(estimateBits('abababab')).toBe(8);
    expect(estimateBits('abcdefgh')).toBe(24);
  });
});
