/** OTLP/gRPC: one unary call of the trace service an export, the request as the bytes it is. */
import {
  type ChannelCredentials,
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { readExportResponse } from './export-response.ts';
import { keepGrpcComplaints, withComplaint } from './grpc-complaints.ts';
import { grpcRoute } from './grpc-proxy.ts';
import { type GrpcAnswer, outcomeOfGrpc } from './grpc-status.ts';
import { exportHeaders, unfitHeader } from './headers.ts';
import { createQuote, shownEndpoint } from './operator-text.ts';
import type { DeliverySettings } from './settings.ts';
import type { AnswerObserver, ExportOutcome, Transport } from './transport.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/**
 * Of an answer, in bytes. One that no server has for requests: grpc-js complains of an answer in the words in which servers
 * complain of a request, and a web page in place of an answer looks to it like a very long one.
 */
const MAX_ANSWER = 1024 * 1024 + 1;

export function createGrpcTransport(settings: DeliverySettings, onAnswer?: AnswerObserver): Transport {
  const { endpoint, timeoutMs } = settings;
  const headers = exportHeaders(settings);
  const quote = createQuote({ headers, endpoint });
  const metadata = createMetadata(headers);
  keepGrpcComplaints();
  const open = () => openClient(settings);
  let client = open();

  /** A connection that swallows everything stays open for long; the next call gets a new one. */
  function renew(stale: Client): void {
    if (client !== stale) return;
    stale.close();
    client = open();
  }

  function outcomeOfFailure(error: ServiceError): ExportOutcome {
    const answer = answerOf(error);
    if (!answer.details.includes(`${MAX_ANSWER}`)) return outcomeOfGrpc(answer, endpoint, quote);
    const what = `${shownEndpoint(endpoint)} gave an answer that is too long for OTLP, such as a web page`;
    return { kind: 'backend', cause: 'NOT_OTLP', message: `${what}: no OTLP receiver listens there` };
  }

  return {
    send: (request, signal) =>
      new Promise<ExportOutcome>(resolve => {
        const used = client;
        const deadline = Date.now() + timeoutMs;
        const call = used.makeUnaryRequest<Uint8Array, Buffer>(
          EXPORT,
          toBuffer,
          bytes => bytes,
          request,
          metadata,
          { deadline },
          (error, answer) => {
            signal.removeEventListener('abort', cancel);
            if (error?.code === status.DEADLINE_EXCEEDED) renew(used);
            if (error) resolve(outcomeOfFailure(error));
            else resolve(readExportResponse(answer ?? Buffer.alloc(0), quote));
          },
        );
        call.on('metadata', (headers: Metadata) => {
          onAnswer?.({ date: headers.get('date')[0]?.toString(), location: undefined });
        });
        const cancel = () => call.cancel();
        if (signal.aborted) cancel();
        else signal.addEventListener('abort', cancel, { once: true });
      }),
    close: async () => client.close(),
  };
}

function openClient(settings: DeliverySettings): Client {
  const { target, options } = grpcRoute(settings.endpoint, process.env);
  return new Client(target, createCredentials(settings), {
    ...options,
    'grpc.primary_user_agent': 'crewspan',
    'grpc.default_compression_algorithm':
      settings.compression === 'gzip' ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    'grpc.max_receive_message_length': MAX_ANSWER,
    // Delivery repeats what failed, from the outbox and for as long as it takes.
    'grpc.enable_retries': 0,
    // No later than delivery itself comes back.
    'grpc.max_reconnect_backoff_ms': 30_000,
    // So that a renewed client has connections of its own.
    'grpc.use_local_subchannel_pool': 1,
  });
}

/** By the scheme of the endpoint, as the specification of the OTLP exporter has it. */
function createCredentials({ endpoint, tls }: DeliverySettings): ChannelCredentials {
  if (endpoint.protocol === 'http:') return credentials.createInsecure();
  return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

function createMetadata(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch {
      throw unfitHeader(
        name,
        'has a name or a value that gRPC does not allow: it knows letters, digits, "_.-", and ASCII',
      );
    }
  }
  return metadata;
}

/** For what it cannot unpack, grpc-js makes an error without a code and words, whatever its types say. */
function answerOf({ code, details, metadata }: Partial<ServiceError>): GrpcAnswer {
  const [statusDetails] = metadata?.get('grpc-status-details-bin') ?? [];
  return {
    code: code ?? status.UNKNOWN,
    details: withComplaint(details ?? 'the answer cannot be unpacked'),
    statusDetails: Buffer.isBuffer(statusDetails) ? statusDetails : undefined,
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
