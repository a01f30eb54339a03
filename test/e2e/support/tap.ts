/** OTLP over HTTP, passed on to a receiver that may be away, with a say in what happens before the sender has its answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Bench } from './process.ts';

export interface Tap {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Requests that the receiver has answered with success. */
  readonly taken: number;
}

export interface TapOptions {
  readonly target: string;
  /** The receiver has taken a request; the sender is not told before this resolves. */
  readonly onTaken: () => Promise<void>;
}

export async function startTap(bench: Bench, { target, onTaken }: TapOptions): Promise<Tap> {
  let taken = 0;

  async function pass(request: IncomingMessage): Promise<{ status: number; body: Buffer }> {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const body = await buffer(request);
    try {
      const response = await fetch(`${target}${request.url ?? ''}`, { method: 'POST', headers, body });
      const answer = Buffer.from(await response.arrayBuffer());
      if (response.ok) {
        taken += 1;
        await onTaken();
      }
      return { status: response.status, body: answer };
    } catch {
      return { status: 502, body: Buffer.alloc(0) };
    }
  }

  const server = createServer(async (request, response) => {
    const { status, body } = await pass(request);
    response.writeHead(status, { 'content-type': request.headers['content-type'] }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.onClear(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get taken() {
      return taken;
    },
  };
}
