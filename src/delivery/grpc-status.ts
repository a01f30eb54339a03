/** What a gRPC status means for what was sent (OTLP 1.x, OTLP/gRPC "Failures"). */
import { status as codes } from '@grpc/grpc-js';
import { type Quote, shownEndpoint, withQuote } from './operator-text.ts';
import { retryInfoMs } from './retry-after.ts';
import type { ExportOutcome } from './transport.ts';

export interface GrpcAnswer {
  readonly code: number;
  readonly details: string;
  /** The trailer `grpc-status-details-bin`. */
  readonly statusDetails: Uint8Array | undefined;
}

/** How the gRPC libraries of Go, Java, C++ and JavaScript word it. */
const TOO_LARGE = /larger than max|exceeds maximum size|too (large|big)|size limit/i;

export function outcomeOfGrpc(answer: GrpcAnswer, endpoint: URL, quote: Quote): ExportOutcome {
  const name = codes[answer.code] ?? String(answer.code);
  const cause = `GRPC_${name}`;
  const wait = retryInfoMs(answer.statusDetails);
  const message = withQuote(explained(answer.code, name, shownEndpoint(endpoint)), quote(answer.details));
  if (answer.code === codes.INVALID_ARGUMENT) return { kind: 'payload', cause, message };
  if (answer.code === codes.RESOURCE_EXHAUSTED && wait === undefined && TOO_LARGE.test(answer.details)) {
    return { kind: 'payload', cause: 'GRPC_TOO_LARGE', message };
  }
  return { kind: 'backend', cause, message, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

function explained(code: number, name: string, from: string): string {
  const answered = `${from} answered ${name}`;
  switch (code) {
    case codes.UNAUTHENTICATED:
    case codes.PERMISSION_DENIED:
      return `${answered}: see OTEL_EXPORTER_OTLP_HEADERS for the credentials`;
    case codes.UNIMPLEMENTED:
    case codes.NOT_FOUND:
      return `${answered}: no OTLP trace service over gRPC at this endpoint; its port is often 4317, and 4318 speaks HTTP (OTEL_EXPORTER_OTLP_PROTOCOL)`;
    case codes.UNAVAILABLE:
      return `${from} is unavailable`;
    case codes.DEADLINE_EXCEEDED:
      return `${from} gave no answer in time (OTEL_EXPORTER_OTLP_TIMEOUT)`;
    default:
      return answered;
  }
}
