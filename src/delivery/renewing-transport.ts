/**
 * A transport whose certificates are taken up when they are renewed: short-lived ones (cert-manager, SPIFFE) expire while
 * the process runs. Each renewal gets a transport of its own, so that no connection is left which began with the old one.
 */
import type { PlainLog } from '../log.ts';
import { watchForRenewal } from '../pem-renewal.ts';
import { type CreateTransport, loadTransport } from './create-transport.ts';
import type { DeliverySettings, TlsFiles } from './settings.ts';
import { readTls } from './tls-files.ts';
import type { Transport } from './transport.ts';

export interface RenewingOptions {
  readonly log: PlainLog;
  /** How often the files are looked at, in milliseconds. */
  readonly everyMs?: number;
}

interface Used {
  readonly transport: Transport;
  underWay: number;
}

/** Rejects with `CREWSPAN_CONFIG` as `createTransport` does. */
export async function createRenewingTransport(
  settings: DeliverySettings,
  options: RenewingOptions,
): Promise<Transport> {
  const create = await loadTransport(settings.protocol);
  return settings.tlsFiles === undefined
    ? create(settings)
    : createRenewing({ ...settings, tlsFiles: settings.tlsFiles }, create, options);
}

function createRenewing(
  settings: DeliverySettings & { readonly tlsFiles: TlsFiles },
  create: CreateTransport,
  { log, everyMs }: RenewingOptions,
): Transport {
  const open = (tls: DeliverySettings['tls']): Used => ({
    transport: create({ ...settings, tls }),
    underWay: 0,
  });
  let current = open(settings.tls);
  const all = new Set([current]);

  /** What it still sends comes to its end first, within the timeout of an export. */
  async function retire(used: Used): Promise<void> {
    if (used === current || used.underWay > 0) return;
    all.delete(used);
    await used.transport.close();
  }

  const stop = watchForRenewal({
    held: settings.tls,
    read: () => readTls(settings.tlsFiles),
    takeUp(tls) {
      const stale = current;
      current = open(tls);
      all.add(current);
      void retire(stale);
    },
    log,
    fields: { of: 'delivery', ...settings.tlsFiles },
    everyMs,
  });

  return {
    async send(request, signal) {
      const used = current;
      used.underWay += 1;
      try {
        return await used.transport.send(request, signal);
      } finally {
        used.underWay -= 1;
        void retire(used);
      }
    },
    async close() {
      stop();
      await Promise.all([...all].map(({ transport }) => transport.close()));
    },
  };
}
