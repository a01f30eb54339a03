/** A backend behind a transport of its own, for tests that turn the clock. */
import type { ExportOutcome, Transport } from '../../src/delivery/transport.ts';
import { decodeRequest, namesOf } from './otlp-proto.ts';

type Answer = ExportOutcome | 'hang';

export interface FakeBackend extends Transport {
  /** The names of the spans of each request, in order. */
  readonly asked: (readonly string[])[];
  readonly bytes: number[];
  /** Names of the spans that were taken, each time. */
  readonly taken: string[];
  /** Decides from now on. Called when a request comes; a promise holds the answer back. */
  behave: (names: readonly string[], bytes: number) => Answer | Promise<Answer>;
}

export const TAKEN: ExportOutcome = { kind: 'taken' };
export const DOWN: ExportOutcome = { kind: 'backend', cause: 'HTTP_503', message: 'down' };
export const REFUSED: ExportOutcome = { kind: 'payload', cause: 'HTTP_400', message: 'refused' };

export function createFakeBackend(behave: FakeBackend['behave'] = () => TAKEN): FakeBackend {
  const backend: FakeBackend = {
    asked: [],
    bytes: [],
    taken: [],
    behave,
    async send(request, signal) {
      const names = namesOf(decodeRequest(request));
      backend.asked.push(names);
      backend.bytes.push(request.length);
      const answer = await backend.behave(names, request.length);
      if (answer === 'hang') return hang(signal);
      if (answer.kind === 'taken') backend.taken.push(...names);
      return answer;
    },
    close: async () => {},
  };
  return backend;
}

function hang(signal: AbortSignal): Promise<ExportOutcome> {
  const calledOff: ExportOutcome = { kind: 'backend', cause: 'CANCELLED', message: 'called off' };
  if (signal.aborted) return Promise.resolve(calledOff);
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(calledOff), { once: true }));
}
