/** The certificate that crewspan shows to senders, and the one that it shows to the backend: one set of rules. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Settings } from '../../src/config.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';
import { faultOf, load, writeTemporary } from './support.ts';

const PAIRS = [
  {
    of: 'the listener',
    certificate: 'CREWSPAN_TLS_CERT',
    key: 'CREWSPAN_TLS_KEY',
    read: ({ webhook }: Settings) => webhook.tls?.pair,
  },
  ...(['http/protobuf', 'grpc'] as const).map(protocol => ({
    of: `exports over ${protocol}`,
    certificate: 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
    key: 'OTEL_EXPORTER_OTLP_CLIENT_KEY',
    protocol,
    read: ({ delivery }: Settings) => delivery?.tls.cert && { certificate: delivery.tls.cert, key: delivery.tls.key },
  })),
];

describe.each(PAIRS)('the certificate of $of', ({ certificate, key, read, ...pair }) => {
  const protocol = 'protocol' in pair ? { OTEL_EXPORTER_OTLP_PROTOCOL: pair.protocol } : {};

  it('is none unless set', () => {
    expect(read(load(protocol))).toBeUndefined();
  });

  it('is not one file alone', () => {
    expect(faultOf({ ...protocol, [certificate]: 'x.pem' })).toContain(
      `${key} must be set too, since ${certificate} is`,
    );
    expect(faultOf({ ...protocol, [key]: 'x.pem' })).toContain(`${certificate} must be set too, since ${key} is`);
  });

  it('must be files that can be read', () => {
    const fault = faultOf({ ...protocol, [certificate]: '/nowhere/tls.crt', [key]: '/nowhere/tls.key' });
    expect(fault).toContain(`${certificate} must name a readable file, and this one cannot be read (ENOENT)`);
  });

  it('must be PEM', () => {
    const file = writeTemporary('tls.crt', 'no PEM');
    const fault = faultOf({ ...protocol, [certificate]: file, [key]: file });
    expect(fault).toContain(`${certificate} must name a PEM file, and this is not one`);
    expect(fault).not.toContain('no PEM');
  });

  describe.skipIf(!hasOpenssl)('in a pair of files (needs openssl)', () => {
    const { server, renewed } = hasOpenssl ? makeCertificates() : { server: undefined, renewed: undefined };

    function pairOf(certificateText: Buffer | undefined, keyText: Buffer | string | undefined) {
      return {
        ...protocol,
        [certificate]: writeTemporary('tls.crt', String(certificateText)),
        [key]: writeTemporary('tls.key', String(keyText)),
      };
    }

    it('is read', () => {
      const settings = load(pairOf(server?.cert, server?.key));
      expect(read(settings)).toEqual({ certificate: server?.cert, key: server?.key });
      expect(settings.warnings).toEqual([]);
    });

    it('must be that of the key, also where the keys are of two kinds', () => {
      const rsa = execFileSync('openssl', ['genpkey', '-algorithm', 'RSA'], { stdio: ['ignore', 'pipe', 'ignore'] });
      for (const other of [renewed?.key, rsa]) {
        expect(faultOf(pairOf(server?.cert, other))).toContain(
          `${key} must be the key of the certificate, and belongs to another`,
        );
      }
    });

    it('must be a certificate and a key, the latter without a passphrase', () => {
      expect(faultOf(pairOf(server?.key, server?.key))).toContain(`${certificate} must hold a certificate in PEM`);
      expect(faultOf(pairOf(server?.cert, server?.cert))).toContain(`${key} must hold a private key in PEM`);
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
      expect(load(env).warnings).toEqual([
        expect.stringContaining(`the certificate of ${certificate} has not been valid since`),
      ]);
    });
  });
});
