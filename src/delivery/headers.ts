/** Headers of an export, checked before the first one: the libraries' own complaints quote the value. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { CrewspanError } from '../errors.ts';
import { decodedPart } from './operator-text.ts';
import type { DeliverySettings } from './settings.ts';

/** Of the connection and the framing of a message, which are the client's: undici refuses them, at each export. */
const RESERVED = new Set(['content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * The headers of the settings in lower case, and `authorization` from the user and password of the endpoint where no
 * header says otherwise. Throws `CREWSPAN_CONFIG` for what cannot be sent.
 */
export function exportHeaders({ headers, endpoint }: Pick<DeliverySettings, 'headers' | 'endpoint'>) {
  const checked: Record<string, string> = {};
  if (endpoint.username !== '' || endpoint.password !== '') {
    const login = `${decodedPart(endpoint.username)}:${decodedPart(endpoint.password)}`;
    checked['authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw unfitHeader(name, 'has a name or a value that HTTP does not allow; percent-encode special characters');
    }
    if (RESERVED.has(name.toLowerCase())) throw unfitHeader(name, 'is set by crewspan itself: leave it out');
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

export function unfitHeader(name: string, what: string): CrewspanError {
  return new CrewspanError('CREWSPAN_CONFIG', `OTEL_EXPORTER_OTLP_HEADERS: the header "${name}" ${what}.`);
}
