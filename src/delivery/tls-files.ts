/** The PEM files of the settings, read again: what `tls` of the settings holds, as of now. */
import { type KeyPair, readAuthorities } from '../pem-files.ts';
import { type PemsReading, readPairAgain } from '../pem-renewal.ts';
import type { DeliverySettings, TlsFiles } from './settings.ts';

export function readTls({ authorities, own }: TlsFiles): PemsReading<DeliverySettings['tls']> {
  const ca = authorities === undefined ? undefined : { file: authorities, ...readAuthorities(authorities) };
  if (ca?.ok === false) return ca;
  const pair = own === undefined ? undefined : readPairAgain(own);
  if (pair?.ok === false) return pair;
  return { ok: true, held: tlsWith(ca?.bytes, pair?.held), ...(pair?.validTo && { validTo: pair.validTo }) };
}

/** As TLS clients take it: the authorities that they trust, and the certificate that they show. */
export function tlsWith(ca: Buffer | undefined, own: KeyPair | undefined): DeliverySettings['tls'] {
  return { ...(ca && { ca }), ...(own && { key: own.key, cert: own.certificate }) };
}
