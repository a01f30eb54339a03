import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';
import { faultOf, load, writeTemporary } from './support.ts';

describe('the certificate of the listener', () => {
  it('is none unless set', () => {
    expect(load().webhook.tls).toBeUndefined();
  });

  it.each([
    ['CREWSPAN_TLS_CERT', 'CREWSPAN_TLS_KEY'],
    ['CREWSPAN_TLS_KEY', 'CREWSPAN_TLS_CERT'],
  ])('is not %s alone', (set, missing) => {
    expect(faultOf({ [set]: 'x.pem' })).toContain(`${missing} must be set too, since ${set} is`);
  });

  it('must be files that can be read', () => {
    const fault = faultOf({ CREWSPAN_TLS_CERT: '/nowhere/tls.crt', CREWSPAN_TLS_KEY: '/nowhere/tls.key' });
    expect(fault).toMatch(/CREWSPAN_TLS_CERT must name a file that can be read, and this one cannot \(ENOENT\)/);
  });

  it('must be PEM', () => {
    const file = writeTemporary('tls.crt', 'no PEM');
    expect(faultOf({ CREWSPAN_TLS_CERT: file, CREWSPAN_TLS_KEY: file })).toMatch(
      /CREWSPAN_TLS_CERT must name a PEM file, and this one is none/,
    );
  });
});

describe.skipIf(!hasOpenssl)('a pair of files (needs openssl)', () => {
  const { server, renewed } = hasOpenssl ? makeCertificates() : { server: undefined, renewed: undefined };

  function pairOf(cert: Buffer | undefined, key: Buffer | string | undefined) {
    return {
      CREWSPAN_TLS_CERT: writeTemporary('tls.crt', String(cert)),
      CREWSPAN_TLS_KEY: writeTemporary('tls.key', String(key)),
    };
  }

  it('is read', () => {
    const env = pairOf(server?.cert, server?.key);
    expect(load(env).webhook.tls).toEqual({
      files: { certificate: env.CREWSPAN_TLS_CERT, key: env.CREWSPAN_TLS_KEY },
      pair: { certificate: server?.cert, key: server?.key },
    });
    expect(load(env).warnings).toEqual([]);
  });

  it('must belong together, also where the keys are of two kinds', () => {
    const rsa = execFileSync('openssl', ['genpkey', '-algorithm', 'RSA'], { stdio: ['ignore', 'pipe', 'ignore'] });
    for (const key of [renewed?.key, rsa]) {
      expect(faultOf(pairOf(server?.cert, key))).toMatch(
        /CREWSPAN_TLS_KEY must be the key of the certificate, and is that of another/,
      );
    }
  });

  it('must be a certificate and a key, the latter without a passphrase', () => {
    expect(faultOf(pairOf(server?.key, server?.key))).toMatch(/CREWSPAN_TLS_CERT must hold a certificate in PEM/);
    expect(faultOf(pairOf(server?.cert, server?.cert))).toMatch(/CREWSPAN_TLS_KEY must hold a private key in PEM/);
    const locked = execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:secret'], {
      input: server?.key,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(faultOf(pairOf(server?.cert, locked))).toMatch(/without a passphrase \(ERR_\w+\)/);
  });

  it('is warned of when its time is over', () => {
    const env = pairOf(server?.cert, server?.key);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(load(env).warnings).toEqual([expect.stringMatching(/CREWSPAN_TLS_CERT has not been valid since/)]);
  });
});
