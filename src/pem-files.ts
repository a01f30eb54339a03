/** Certificates and private keys in PEM files: read, and checked to be what they should be. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { codeOf } from './thrown.ts';

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

export type PemReading =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `fault` as in {@link KeyPairReading}. */
  | { readonly ok: false; readonly fault: string };

const NO_CERTIFICATE = 'must hold a certificate in PEM, and this one holds none';

export function readKeyPair(files: KeyPairFiles): KeyPairReading {
  const certificate = readPem(files.certificate);
  if (!certificate.ok) return refused('certificate', certificate.fault);
  const key = readPem(files.key);
  if (!key.ok) return refused('key', key.fault);
  return checkKeyPair({ certificate: certificate.bytes, key: key.bytes });
}

/** Of authorities. Node takes a file that holds none, and then trusts nobody. */
export function readAuthorities(file: string): PemReading {
  const pem = readPem(file);
  if (!pem.ok) return pem;
  try {
    new X509Certificate(pem.bytes);
    return pem;
  } catch {
    return { ok: false, fault: NO_CERTIFICATE };
  }
}

export function checkKeyPair(pair: KeyPair): KeyPairReading {
  let shown: X509Certificate;
  let key: KeyObject;
  try {
    // The first certificate of the file is the one that is shown.
    shown = new X509Certificate(pair.certificate);
  } catch {
    return refused('certificate', NO_CERTIFICATE);
  }
  try {
    key = createPrivateKey(pair.key);
  } catch (error) {
    return refused('key', `must hold a private key in PEM, without a passphrase (${reasonOf(error)})`);
  }
  // OpenSSL itself lets a key of another kind pass, to fail at every handshake.
  if (!shown.checkPrivateKey(key)) return refused('key', 'must be the key of the certificate, and belongs to another');
  try {
    createSecureContext(secureContextOf(pair));
  } catch (error) {
    return refused('certificate', `must hold a certificate that TLS can use (${reasonOf(error)})`);
  }
  return { ok: true, pair, validTo: new Date(shown.validTo) };
}

/** For a server, at its start and at each change. TLS 1.0 and 1.1 are deprecated (RFC 8996). */
export function secureContextOf({ certificate, key }: KeyPair): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}

export function readPem(file: string): PemReading {
  try {
    const bytes = readFileSync(file);
    return bytes.includes('-----BEGIN ')
      ? { ok: true, bytes }
      : { ok: false, fault: 'must name a PEM file, and this is not one' };
  } catch (error) {
    return { ok: false, fault: `must name a readable file, and this one cannot be read (${reasonOf(error)})` };
  }
}

function refused(file: keyof KeyPairFiles, fault: string): Extract<KeyPairReading, { readonly ok: false }> {
  return { ok: false, file, fault };
}

const reasonOf = (error: unknown): string => codeOf(error) ?? 'unknown reason';
