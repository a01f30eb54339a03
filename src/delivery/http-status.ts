/** What an HTTP answer means for what was sent (OTLP 1.x, OTLP/HTTP "Failures"). */
import { looksLikeHtml, readErrorMessage, readExportResponse } from './export-response.ts';
import { type Quote, shownEndpoint, withQuote } from './operator-text.ts';
import { retryAfterMs } from './retry-after.ts';
import type { ExportOutcome } from './transport.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Inflated, and no more of it than is worth reading. */
  readonly body: Uint8Array;
}

/** 422: used for a body that parses and is refused all the same. Every other 4xx is about who asks, where, and how. */
const SPEAKS_OF_PAYLOAD = new Set([400, 413, 422]);

export function outcomeOfHttp(answer: HttpAnswer, endpoint: URL, quote: Quote, now: number): ExportOutcome {
  const { status, body } = answer;
  const from = shownEndpoint(endpoint);
  if (status >= 200 && status < 300) return outcomeOfSuccess(answer, from, quote);
  const cause = `HTTP_${status}`;
  const message = withQuote(explained(status, from), quote(readErrorMessage(body)));
  if (SPEAKS_OF_PAYLOAD.has(status)) return { kind: 'payload', cause, message };
  const wait = retryAfterMs(answer.retryAfter, now);
  return { kind: 'backend', cause, message, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

function outcomeOfSuccess({ status, body }: HttpAnswer, from: string, quote: Quote): ExportOutcome {
  if (looksLikeHtml(body)) {
    const what = `${from} answered ${status} with a web page: no OTLP receiver listens at this URL`;
    return { kind: 'backend', cause: 'NOT_OTLP', message: `${what}; ${ENDPOINT_HINT}` };
  }
  return readExportResponse(body, quote);
}

const ENDPOINT_HINT =
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is, OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces appended';

function explained(status: number, from: string): string {
  const answered = `${from} answered ${status}`;
  if (status === 401 || status === 403) return `${answered}: see OTEL_EXPORTER_OTLP_HEADERS for the credentials`;
  if (status === 404 || status === 405) return `${answered}: nothing takes traces at this URL; ${ENDPOINT_HINT}`;
  if (status === 413) return `${answered}: the request was too large for it`;
  if (status >= 300 && status < 400) return `${answered}: redirects are not followed; ${ENDPOINT_HINT}`;
  return answered;
}
