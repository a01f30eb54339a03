/** The server behind a URL, without the credentials and tokens that a URL may carry. */
import { asText } from '../crewai/readers.ts';
import { STANDARD } from './attributes.ts';
import { putInteger, putText, type Sheet } from './sheet.ts';

export interface Endpoint {
  /** Without user, password, query and fragment. */
  readonly url: string;
  readonly address: string;
  readonly port: number | undefined;
}

const MAX_URL = 2048;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 };

export function readEndpoint(value: unknown): Endpoint | undefined {
  const text = asText(value);
  if (text === undefined || text.length > MAX_URL || !URL.canParse(text)) return undefined;
  const { protocol, host, hostname, pathname, port } = new URL(text);
  if (hostname === '') return undefined;
  return {
    url: `${protocol}//${host}${pathname}`,
    address: hostname,
    port: port === '' ? DEFAULT_PORTS[protocol] : Number(port),
  };
}

export function putServer(sheet: Sheet, endpoint: Endpoint | undefined): void {
  putText(sheet, STANDARD.serverAddress, endpoint?.address);
  putInteger(sheet, STANDARD.serverPort, endpoint?.port);
}
