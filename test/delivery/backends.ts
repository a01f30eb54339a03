/** Backends in this process, on real sockets, that read what they get as a collector would. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Metadata, Server, ServerCredentials, type ServiceError, type status } from '@grpc/grpc-js';
import type { KeyAndCertificate } from './certificates.ts';
import { type DecodedResourceSpans, decodeRequest, namesOf } from './otlp-proto.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Inflated. */
  readonly bytes: number;
  readonly resourceSpans: readonly DecodedResourceSpans[];
  readonly names: readonly string[];
}

export interface ServerTls extends KeyAndCertificate {
  /** Asks for a client certificate of this authority. */
  readonly clientCa?: Buffer;
}

export interface Backend {
  readonly url: URL;
  readonly port: number;
  readonly received: Received[];
  /** Made since the start; of HTTP only. */
  readonly connections: number;
  /** Names of the spans of each request that was answered with success. */
  readonly taken: string[];
  close(): Promise<void>;
}

export interface HttpAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** `hang`: never answers; `cut`: closes the connection. */
export type HttpBehaviour = (received: Received) => HttpAnswer | 'hang' | 'cut';

export interface HttpBackendOptions {
  readonly tls?: ServerTls;
  readonly port?: number;
  /** As URLs write it. Default: `localhost`. */
  readonly host?: string;
}

export async function startHttpBackend(behave: HttpBehaviour, options: HttpBackendOptions = {}): Promise<Backend> {
  const received: Received[] = [];
  const taken: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const { tls, host = 'localhost' } = options;

  const server = tls === undefined ? createServer() : createTlsServer(serverOptions(tls));
  server.on('connection', socket => {
    sockets.add(socket);
    connections += 1;
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('request', async (request: IncomingMessage, response) => {
    const raw = await bodyOf(request);
    // The sender is gone, as one that is stopped while it sends.
    if (raw === undefined) return;
    const got = receivedIn(request, raw);
    received.push(got);
    const answer = behave(got);
    if (answer === 'hang') return;
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    const code = answer.status ?? 200;
    if (code < 300) taken.push(...got.names);
    response.writeHead(code, answer.headers).end(answer.body);
  });
  const port = await listen(server, options.port ?? 0, host);

  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://${host}:${port}/v1/traces`),
    port,
    received,
    taken,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface GrpcFailure {
  readonly code: status;
  readonly details?: string;
  readonly statusDetails?: Buffer;
}

/** The bytes of an `ExportTraceServiceResponse`, a failure, or no answer at all. */
export type GrpcBehaviour = (received: Received) => Buffer | GrpcFailure | 'hang';

export async function startGrpcBackend(behave: GrpcBehaviour, options: HttpBackendOptions = {}): Promise<Backend> {
  const received: Received[] = [];
  const taken: string[] = [];
  const server = new Server();
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  server.register<Buffer, Buffer>(
    path,
    ((
      call: { request: Buffer; metadata: Metadata },
      callback: (error: Partial<ServiceError> | null, value?: Buffer) => void,
    ) => {
      const resourceSpans = decodeRequest(call.request);
      const headers = Object.fromEntries(Object.entries(call.metadata.getMap()).map(([k, v]) => [k, String(v)]));
      const got = { path, headers, bytes: call.request.length, resourceSpans, names: namesOf(resourceSpans) };
      received.push(got);
      const answer = behave(got);
      if (answer === 'hang') return;
      if (Buffer.isBuffer(answer)) {
        taken.push(...got.names);
        return callback(null, answer);
      }
      const metadata = new Metadata();
      if (answer.statusDetails !== undefined) metadata.set('grpc-status-details-bin', answer.statusDetails);
      callback({ code: answer.code, details: answer.details ?? '', metadata });
    }) as never,
    bytes => bytes,
    bytes => bytes,
    'unary',
  );
  const credentials = options.tls === undefined ? ServerCredentials.createInsecure() : grpcCredentials(options.tls);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.host ?? '127.0.0.1'}:${options.port ?? 0}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    url: new URL(`${options.tls === undefined ? 'http' : 'https'}://${options.host ?? 'localhost'}:${port}`),
    port,
    received,
    taken,
    connections: 0,
    close: async () => server.forceShutdown(),
  };
}

/** What a healthy backend says. */
export const EVERYTHING_TAKEN = Buffer.alloc(0);

/** `undefined`: it was cut off. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch (error) {
    if (request.complete) throw error;
    return undefined;
  }
  return Buffer.concat(chunks);
}

function receivedIn(request: IncomingMessage, raw: Buffer): Received {
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const json = request.headers['content-type'] === 'application/json';
  const resourceSpans: DecodedResourceSpans[] = json
    ? JSON.parse(body.toString('utf8')).resourceSpans
    : decodeRequest(body);
  const { url = '', headers } = request;
  return { path: url, headers, bytes: body.length, resourceSpans, names: namesOf(resourceSpans) };
}

function listen(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>,
  port: number,
  host: string,
) {
  return new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host.replace(/^\[(.*)\]$/, '$1'), () => resolve((server.address() as AddressInfo).port));
  });
}

function serverOptions({ key, cert, clientCa }: ServerTls) {
  return {
    key,
    cert,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}

function grpcCredentials({ key, cert, clientCa }: ServerTls): ServerCredentials {
  return ServerCredentials.createSsl(
    clientCa ?? null,
    [{ private_key: key, cert_chain: cert }],
    clientCa !== undefined,
  );
}
