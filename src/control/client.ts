/** The operations on a store that another process holds, asked of it over its control socket. */
import { Client } from 'undici';
import type { z } from 'zod';
import { CrewspanError, type ErrorCode } from '../errors.ts';
import { withSocketAddresses } from '../journal/lmdb/socket-address.ts';
import { messageOf } from '../thrown.ts';
import type { StoreOperations } from './operations.ts';
import { CONTROL_SOCKET } from './server.ts';
import { deadLetters, purgeReport, refusal, selectionReport } from './wire.ts';

/** What the other end may refuse for a reason that is the caller's to know. */
const CODES: readonly ErrorCode[] = ['CREWSPAN_EXECUTION_OPEN', 'CREWSPAN_JOURNAL_FULL', 'CREWSPAN_JOURNAL_CLOSED'];

/** A purge looks through the whole store. */
const TIMEOUT_MS = 10 * 60_000;

/** Each call rejects with `CREWSPAN_CONTROL` where nobody answers. */
export function createControlClient(directory: string): StoreOperations {
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    return withSocketAddresses(directory, async addressOf => {
      const client = new Client('http://crewspan', {
        socketPath: addressOf(CONTROL_SOCKET),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      try {
        const response = await client.request({
          method,
          path,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
        const content = await response.body.json();
        if (response.statusCode !== 200) throw refused(directory, content);
        return content;
      } catch (error) {
        throw error instanceof CrewspanError ? error : unanswered(directory, error);
      } finally {
        await client.close();
      }
    });
  }

  async function read<S extends z.ZodType>(schema: S, content: Promise<unknown>): Promise<z.output<S>> {
    const reading = schema.safeParse(await content);
    if (reading.success) return reading.data;
    throw unanswered(directory, new Error('it is of another version'));
  }

  return {
    deadLetters: after =>
      read(deadLetters, ask('GET', after === undefined ? '/dead-letters' : `/dead-letters?after=${after}`)),
    retry: selection => read(selectionReport, ask('POST', '/dead-letters/retry', selection)),
    drop: selection => read(selectionReport, ask('POST', '/dead-letters/drop', selection)),
    async purge(request) {
      const { remembered, ...report } = await read(purgeReport, ask('POST', '/purge', request));
      return { ...report, remembered };
    },
  };
}

function refused(directory: string, content: unknown): CrewspanError {
  const { data } = refusal.safeParse(content);
  const code = CODES.find(known => known === data?.code);
  if (data !== undefined && code !== undefined) return new CrewspanError(code, data.error);
  return unanswered(directory, new Error(data?.error ?? 'its answer could not be read'));
}

function unanswered(directory: string, cause: unknown): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_CONTROL',
    `Another process holds the store in ${directory}, and did not do what was asked: ${messageOf(cause)}. Nothing is known to have changed. If it is a crewspan that is still starting, try again later; if it is another version, stop it first.`,
    { cause },
  );
}
