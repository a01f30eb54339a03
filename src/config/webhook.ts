import type { WebhookSettings } from '../webhook/settings.ts';
import { hasFault, type Remarks } from './faults.ts';
import { bareHost, isLoopback, overlap } from './hosts.ts';
import { keyPairOf, type NamedPair } from './key-pair.ts';
import type { Values } from './schema.ts';

/** The share of memory for bodies in flight, as bytes; what is read of them may take as much again. */
const IN_FLIGHT_SHARE = 1 / 8;
const LARGEST_BODY_SHARE = 1 / 4;

export function webhookOf(values: Values, remarks: Remarks): WebhookSettings {
  const { faults } = remarks;
  const tokens = values.CREWSPAN_TOKENS ?? new Map<string, readonly string[]>();
  const host = bareHost(values.CREWSPAN_HOST);
  const adminHost = bareHost(values.CREWSPAN_ADMIN_HOST);
  const { CREWSPAN_PORT: port, CREWSPAN_ADMIN_PORT: adminPort } = values;

  if (
    !isLoopback(host) &&
    tokens.size === 0 &&
    !values.CREWSPAN_ALLOW_ANONYMOUS &&
    !hasFault(faults, 'CREWSPAN_TOKENS')
  ) {
    const expected = 'must be set to listen beyond loopback; or set CREWSPAN_ALLOW_ANONYMOUS=true to let everyone in';
    faults.push({ subject: 'CREWSPAN_TOKENS', expected });
  }
  if (port !== 0 && port === adminPort && overlap(host, adminHost)) {
    faults.push({
      subject: 'CREWSPAN_ADMIN_PORT',
      expected: 'must be another port than CREWSPAN_PORT',
      value: `${port}`,
    });
  }
  if (values.CREWSPAN_MAX_BODY > values.CREWSPAN_MAX_MEMORY * LARGEST_BODY_SHARE) {
    faults.push({ subject: 'CREWSPAN_MAX_BODY', expected: 'must be at most a quarter of CREWSPAN_MAX_MEMORY' });
  }
  return {
    host,
    port,
    admin: adminPort === 'off' ? 'off' : { host: adminHost, port: adminPort },
    tls: keyPairOf(certificateSettings(values), remarks),
    maxConnections: values.CREWSPAN_MAX_CONNECTIONS,
    tokens,
    maxBodyBytes: values.CREWSPAN_MAX_BODY,
    maxInFlightBytes: Math.max(values.CREWSPAN_MAX_BODY, Math.floor(values.CREWSPAN_MAX_MEMORY * IN_FLIGHT_SHARE)),
  };
}

function certificateSettings({ CREWSPAN_TLS_CERT, CREWSPAN_TLS_KEY }: Values): NamedPair {
  return {
    certificate: { setting: 'CREWSPAN_TLS_CERT', path: CREWSPAN_TLS_CERT },
    key: { setting: 'CREWSPAN_TLS_KEY', path: CREWSPAN_TLS_KEY },
  };
}
