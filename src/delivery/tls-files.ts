/** The PEM files of the settings, read again: what `tls` of the settings holds, as of now. */
import { readAuthorities, readKeyPair } from '../pem-files.ts';
import type { PemsReading } from '../pem-renewal.ts';
import type { DeliverySettings, TlsFiles } from './settings.ts';

export function readTls({ authorities, own }: TlsFiles): PemsReading<DeliverySettings['tls']> {
  const ca = authorities === undefined ? undefined : readAuthorities(authorities);
  if (ca?.ok === false) return { ok: false, file: authorities ?? '', fault: ca.fault };
  const pair = own === undefined ? undefined : readKeyPair(own);
  if (pair?.ok === false) return { ok: false, file: own?.[pair.file] ?? '', fault: pair.fault };
  return {
    ok: true,
    held: { ...(ca && { ca: ca.bytes }), ...(pair && { key: pair.pair.key, cert: pair.pair.certificate }) },
    ...(pair && { validTo: pair.validTo }),
  };
}
