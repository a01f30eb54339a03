import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../src/commands/webhook-client.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';

/** A server that knows nothing but one answer. */
const startAnswering = (answer: RequestListener): Promise<number> => listen(createServer(answer));

async function listen(server: Server): Promise<number> {
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
    const port = await startAnswering((_, response) => response.writeHead(status).end('no'));
    await expect(sendTo(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: `http://127.0.0.1:${port}/ answered ${status}: no ${advice}`,
    });
  });

  it('where no TLS is spoken', async () => {
    const port = await startAnswering((_, response) => response.end('{}'));
    await expect(sendTo(`https://127.0.0.1:${port}/webhook`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: expect.stringMatching(/it does not speak TLS \(\w+\); is it http:\/\/ rather than https:\/\/\?$/),
    });
  });

  it.skipIf(!hasOpenssl)('where the certificate is of an authority that is not known (needs openssl)', async () => {
    const port = await listen(createTlsServer(makeCertificates().server));
    await expect(sendTo(`https://127.0.0.1:${port}/webhook`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: expect.stringMatching(/; name the certificate of its authority in NODE_EXTRA_CA_CERTS$/),
    });
  });

  it.skipIf(!hasOpenssl)('where only TLS is spoken (needs openssl)', async () => {
    const port = await listen(createTlsServer(makeCertificates().server));
    await expect(sendTo(`http://127.0.0.1:${port}/webhook`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: expect.stringMatching(/; is it https:\/\/ rather than http:\/\/\?$/),
    });
  });

  it.each<[string, RequestListener]>([
    ['is a web page', (_, response) => response.end('<!doctype html><p>Welcome</p>')],
    ['is that of another API', (_, response) => response.end('null')],
  ])('where the answer %s', async (_, answer) => {
    const port = await startAnswering(answer);
    await expect(sendTo(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'CREWSPAN_SEND',
      message: expect.stringContaining('not like a crewspan webhook'),
    });
  });

  it('where the answer breaks off', async () => {
    const port = await startAnswering((request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('{', () => request.socket.destroy());
    });
    await expect(sendTo(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'CREWSPAN_SEND' });
  });
});
