/** `Expect: 100-continue` (RFC 9110 §10.1.1): the sender keeps its body back until it is asked for it. */
import type { IncomingMessage, ServerResponse } from 'node:http';

const asked = new WeakSet<IncomingMessage>();

/** Asks for the body, where its sender waits for that. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (!isExpecting(request)) return;
  asked.add(request);
  response.writeContinue();
}

/** A body that nobody asked for may or may not follow: the connection cannot go on after the answer. */
export function keepsBodyBack(request: IncomingMessage): boolean {
  return isExpecting(request) && !asked.has(request) && !request.complete;
}

function isExpecting({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion !== '1.0' && headers.expect?.toLowerCase() === '100-continue';
}
