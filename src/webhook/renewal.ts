/**
 * Takes up a renewed certificate while the listener runs. The files are read now and again and their content compared:
 * renewals replace them by rename, by a swapped symlink (Kubernetes) or in place, and no other sign holds for all three.
 */
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { type Log, rateLimited } from '../log.ts';
import { type KeyPair, type KeyPairFiles, readKeyPair, secureContextOf } from '../pem-files.ts';

export interface RenewalOptions {
  readonly app: FastifyInstance;
  readonly files: KeyPairFiles;
  /** What the server has now. */
  readonly pair: KeyPair;
  readonly log: Log;
  /** In milliseconds. */
  readonly everyMs?: number;
}

const EVERY_MS = 10_000;
/** A pair that stays broken ends in senders that cannot connect: that is worth saying again. */
const BROKEN_LOGGED_EVERY_MS = 3_600_000;

/** Until the app closes. Connections that are open keep the certificate that they began with. */
export function renewCertificate({ app, files, pair, log, everyMs = EVERY_MS }: RenewalOptions): void {
  const { server } = app;
  if (!(server instanceof TlsServer)) throw new Error('a listener without TLS has no certificate');
  const listener: TlsServer = server;
  const warn = rateLimited(log, BROKEN_LOGGED_EVERY_MS);
  let current = pair;

  function look(): void {
    const reading = readKeyPair(files);
    if (!reading.ok) {
      const { file, fault } = reading;
      warn(fault, { file: files[file], fault }, 'the renewed certificate cannot be used; the old one stays');
      return;
    }
    if (isSame(reading.pair, current)) return;
    current = reading.pair;
    listener.setSecureContext(secureContextOf(current));
    log.info({ file: files.certificate, validTo: reading.validTo }, 'took up a renewed certificate');
  }

  const timer = setInterval(look, everyMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

function isSame(a: KeyPair, b: KeyPair): boolean {
  return a.certificate.equals(b.certificate) && a.key.equals(b.key);
}
