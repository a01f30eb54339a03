/** `CREWSPAN_TLS_CERT` and `CREWSPAN_TLS_KEY`: both or neither, and read here, so that a wrong one is told at the start. */
import { type KeyPairFiles, readKeyPair } from '../webhook/key-pair.ts';
import type { WebhookSettings } from '../webhook/settings.ts';
import type { Fault } from './faults.ts';
import type { Values } from './schema.ts';

const SETTING_OF = { certificate: 'CREWSPAN_TLS_CERT', key: 'CREWSPAN_TLS_KEY' } as const;

export function listenerTlsOf(values: Values, faults: Fault[], warnings: string[]): WebhookSettings['tls'] {
  const { CREWSPAN_TLS_CERT: certificate, CREWSPAN_TLS_KEY: key } = values;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const [set, missing] =
      certificate === undefined ? (['key', 'certificate'] as const) : (['certificate', 'key'] as const);
    faults.push({ subject: SETTING_OF[missing], expected: `must be set too, since ${SETTING_OF[set]} is` });
    return undefined;
  }
  const files: KeyPairFiles = { certificate, key };
  const reading = readKeyPair(files);
  if (!reading.ok) {
    faults.push({ subject: SETTING_OF[reading.file], expected: reading.fault, value: files[reading.file] });
    return undefined;
  }
  // Senders decide what they make of it: some check nothing.
  if (reading.validTo.getTime() < Date.now()) {
    warnings.push(
      `the certificate of ${SETTING_OF.certificate} has not been valid since ${reading.validTo.toISOString()}`,
    );
  }
  return { files, pair: reading.pair };
}
