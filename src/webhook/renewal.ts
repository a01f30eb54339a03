/** Takes up a renewed certificate while the listener runs. */
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { type KeyPair, type KeyPairFiles, secureContextOf } from '../pem-files.ts';
import { readPairAgain, watchForRenewal } from '../pem-renewal.ts';

export interface RenewalOptions {
  readonly app: FastifyInstance;
  readonly files: KeyPairFiles;
  /** What the server has now. */
  readonly pair: KeyPair;
  readonly log: Log;
  /** In milliseconds. */
  readonly everyMs?: number | undefined;
}

/** Until the app closes. Connections that are open keep the certificate that they began with. */
export function renewCertificate({ app, files, pair, log, everyMs }: RenewalOptions): void {
  const { server } = app;
  if (!(server instanceof TlsServer)) throw new Error('a listener without TLS has no certificate');
  const listener: TlsServer = server;
  const stop = watchForRenewal({
    held: pair,
    read: () => readPairAgain(files),
    takeUp: renewed => listener.setSecureContext(secureContextOf(renewed)),
    log,
    fields: { file: files.certificate },
    everyMs,
  });
  app.addHook('onClose', async () => stop());
}
