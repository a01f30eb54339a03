import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../src/commands/send.ts';

/** A server that knows nothing but one answer. */
async function startAnswering(status: number, text: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status).end(text));
  onTestFinished(() => new Promise(resolve => server.close(() => resolve())));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

const sendTo = (url: string) => send(['{}'], { url: new URL(url), token: undefined, batch: 1 });

describe('what a webhook is said to be wrong with', () => {
  it.each([
    [401, 'Give the token of this source with --token.'],
    [404, 'The path of the webhook is /webhook, or /webhook/SOURCE.'],
  ])('after %i', async (status, advice) => {
    const port = await startAnswering(status, 'no');
    await expect(sendTo(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: `http://127.0.0.1:${port}/ answered ${status}: no ${advice}`,
    });
  });

  it('where no TLS is spoken', async () => {
    const port = await startAnswering(200, '{}');
    await expect(sendTo(`https://127.0.0.1:${port}/webhook`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: expect.stringMatching(/no TLS is spoken there \(\w+\); is it http:\/\/ rather than https:\/\/\?$/),
    });
  });
});
