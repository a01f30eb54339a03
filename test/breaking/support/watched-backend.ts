/** A backend that writes down what it is given, until the test is over. */
import { onTestFinished } from 'vitest';
import { type HttpBackendOptions, type HttpBehaviour, startHttpBackend } from '../../delivery/backends.ts';
import { createLedger, type SpanLedger } from './span-ledger.ts';

export interface WatchedBackend {
  readonly ledger: SpanLedger;
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
}

/** As it is, it takes everything. */
export async function startWatchedBackend(
  behave: HttpBehaviour = () => ({}),
  options: HttpBackendOptions = {},
): Promise<WatchedBackend> {
  const ledger = createLedger();
  const backend = await startHttpBackend(ledger.watch(behave), options);
  onTestFinished(() => backend.close());
  return { ledger, endpoint: backend.url.origin };
}
