/**
 * Two settings that name the files of a certificate and its key: both or neither. They are read here, so that a wrong one
 * is reported at the start.
 */
import { checkKeyPair, type KeyPair, type KeyPairFiles, readPem } from '../pem-files.ts';
import type { Fault, Remarks } from './faults.ts';

/** A variable, and the path that it holds. */
export interface NamedFile {
  readonly setting: string;
  readonly path: string | undefined;
}

export interface NamedPair {
  readonly certificate: NamedFile;
  readonly key: NamedFile;
}

/** `undefined` if neither is set, or something is wrong. */
export function keyPairOf(
  { certificate, key }: NamedPair,
  { faults, warnings }: Remarks,
): { readonly files: KeyPairFiles; readonly pair: KeyPair } | undefined {
  if (certificate.path === undefined && key.path === undefined) return undefined;
  const shown = readFile(certificate, key, faults);
  const secret = readFile(key, certificate, faults);
  if (shown === undefined || secret === undefined) return undefined;
  const files: KeyPairFiles = { certificate: shown.path, key: secret.path };
  const reading = checkKeyPair({ certificate: shown.bytes, key: secret.bytes });
  if (!reading.ok) {
    const { setting } = { certificate, key }[reading.file];
    faults.push({ subject: setting, expected: reading.fault, value: files[reading.file] });
    return undefined;
  }
  // Only a warning: it is up to peers to check it, and some do not.
  if (reading.validTo.getTime() < Date.now()) {
    warnings.push(
      `the certificate of ${certificate.setting} has not been valid since ${reading.validTo.toISOString()}`,
    );
  }
  return { files, pair: reading.pair };
}

function readFile(
  { setting, path }: NamedFile,
  other: NamedFile,
  faults: Fault[],
): { readonly path: string; readonly bytes: Buffer } | undefined {
  if (path === undefined) {
    faults.push({ subject: setting, expected: `must be set too, since ${other.setting} is` });
    return undefined;
  }
  const reading = readPem(path);
  if (reading.ok) return { path, bytes: reading.bytes };
  faults.push({ subject: setting, expected: reading.fault, value: path });
  return undefined;
}
