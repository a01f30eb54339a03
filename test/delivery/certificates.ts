/** Certificates for a test, made when it runs: an authority, a server for localhost, a client. Needs openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyAndCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface Certificates {
  readonly ca: Buffer;
  readonly server: KeyAndCertificate;
  /** Another for the same names, as a renewal brings it. */
  readonly renewed: KeyAndCertificate;
  readonly client: KeyAndCertificate;
}

export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-certificates-'));
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name];

  function issue(name: string, extensions: string): KeyAndCertificate {
    writeFileSync(path(`${name}.ext`), extensions);
    openssl('req', ...newKey(`${name}.key`), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl('x509', '-req', ...signed, '-days', '2', '-out', `${name}.pem`, '-extfile', `${name}.ext`);
    return { key: readFileSync(path(`${name}.key`)), cert: readFileSync(path(`${name}.pem`)) };
  }

  try {
    openssl('req', '-x509', ...newKey('ca.key'), '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
    return {
      ca: readFileSync(path('ca.pem')),
      server: issue('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
      renewed: issue('renewed', 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
      client: issue('client', 'extendedKeyUsage=clientAuth'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
