/** The certificate and key of the public listener: read from PEM files, and checked to belong together. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface KeyPairFiles {
  /** With the chain behind it, if there is one. */
  readonly certificate: string;
  readonly key: string;
}

/** PEM, as read. */
export interface KeyPair {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export type KeyPairReading =
  | {
      readonly ok: true;
      readonly pair: KeyPair;
      /** When the certificate is no longer valid. */
      readonly validTo: Date;
    }
  /** `fault` completes the sentence "<file> …", and says nothing of what is in it. */
  | { readonly ok: false; readonly file: keyof KeyPairFiles; readonly fault: string };

export function readKeyPair(files: KeyPairFiles): KeyPairReading {
  const certificate = readPem(files, 'certificate');
  if (!certificate.ok) return certificate;
  const key = readPem(files, 'key');
  if (!key.ok) return key;
  return checked({ certificate: certificate.bytes, key: key.bytes });
}

function checked(pair: KeyPair): KeyPairReading {
  let shown: X509Certificate;
  let key: KeyObject;
  try {
    // The first certificate of the file is the one that is shown.
    shown = new X509Certificate(pair.certificate);
  } catch {
    return refused('certificate', 'must hold a certificate in PEM, and this one holds none');
  }
  try {
    key = createPrivateKey(pair.key);
  } catch (error) {
    return refused('key', `must hold a private key in PEM, without a passphrase (${codeOf(error)})`);
  }
  // OpenSSL itself lets a key of another kind pass, to fail at every handshake.
  if (!shown.checkPrivateKey(key)) return refused('key', 'must be the key of the certificate, and is that of another');
  try {
    createSecureContext(secureContextOf(pair));
  } catch (error) {
    return refused('certificate', `must hold a certificate that TLS can use (${codeOf(error)})`);
  }
  return { ok: true, pair, validTo: new Date(shown.validTo) };
}

/** For a server, at its start and at each change. TLS 1.0 and 1.1 are deprecated (RFC 8996). */
export function secureContextOf({ certificate, key }: KeyPair): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}

type Pem = { readonly ok: true; readonly bytes: Buffer } | Extract<KeyPairReading, { readonly ok: false }>;

function readPem(files: KeyPairFiles, file: keyof KeyPairFiles): Pem {
  try {
    const bytes = readFileSync(files[file]);
    return bytes.includes('-----BEGIN ')
      ? { ok: true, bytes }
      : refused(file, 'must name a PEM file, and this one is none');
  } catch (error) {
    return refused(file, `must name a file that can be read, and this one cannot (${codeOf(error)})`);
  }
}

function refused(file: keyof KeyPairFiles, fault: string): Extract<KeyPairReading, { readonly ok: false }> {
  return { ok: false, file, fault };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
