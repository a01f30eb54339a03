/**
 * Tells when PEM files were renewed while the process runs. They are read now and again and their content compared:
 * renewals replace them by rename, by a swapped symlink (Kubernetes) or in place, and no other sign holds for all three.
 */
import { isDeepStrictEqual } from 'node:util';
import { type PlainLog, rateLimited } from './log.ts';
import { type KeyPair, type KeyPairFiles, readKeyPair } from './pem-files.ts';

export type PemsReading<Held> =
  | {
      readonly ok: true;
      readonly held: Held;
      /** When the certificate is no longer valid, where there is one. */
      readonly validTo?: Date;
    }
  /** `fault` completes the sentence "<file> …", and says nothing of what is in it. */
  | { readonly ok: false; readonly file: string; readonly fault: string };

/** A certificate and its key, as their files are now. */
export function readPairAgain(files: KeyPairFiles): PemsReading<KeyPair> {
  const reading = readKeyPair(files);
  return reading.ok
    ? { ok: true, held: reading.pair, validTo: reading.validTo }
    : { ...reading, file: files[reading.file] };
}

export interface RenewalWatch<Held> {
  /** What of the files is in use: buffers, in a plain object. */
  readonly held: Held;
  read(): PemsReading<Held>;
  /** Called with what the files hold now, each time that it is another and can be used. */
  takeUp(held: Held): void;
  readonly log: PlainLog;
  /** For the log: whose they are. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** In milliseconds. Default: 10 s. */
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 10_000;
/** What stays broken ends in connections that fail: that is worth saying again. */
const BROKEN_LOGGED_EVERY_MS = 3_600_000;

/** Answers what ends it. */
export function watchForRenewal<Held>(watch: RenewalWatch<Held>): () => void {
  const { read, takeUp, log, fields, everyMs = EVERY_MS } = watch;
  const warn = rateLimited(log, BROKEN_LOGGED_EVERY_MS);
  let current = watch.held;

  function look(): void {
    const reading = read();
    if (!reading.ok) {
      const { file, fault } = reading;
      warn(fault, { ...fields, file, fault }, 'the renewed certificate cannot be used; the old one stays');
      return;
    }
    if (isDeepStrictEqual(reading.held, current)) return;
    current = reading.held;
    takeUp(current);
    log.info({ ...fields, validTo: reading.validTo }, 'loaded a renewed certificate');
  }

  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
