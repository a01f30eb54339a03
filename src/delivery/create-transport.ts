import type { DeliverySettings } from './settings.ts';
import type { AnswerObserver, Transport } from './transport.ts';

/** Throws `CREWSPAN_CONFIG` for headers or a proxy that cannot be used. */
export type CreateTransport = (settings: DeliverySettings, onAnswer?: AnswerObserver) => Transport;

/** Loads the client of one protocol: that of the other would take up heap for nothing. */
export async function loadTransport(protocol: DeliverySettings['protocol']): Promise<CreateTransport> {
  if (protocol === 'grpc') {
    const { createGrpcTransport } = await import('./grpc-transport.ts');
    return createGrpcTransport;
  }
  const { createHttpTransport } = await import('./http-transport.ts');
  return createHttpTransport;
}

/** The transport of the protocol in the settings. Rejects with `CREWSPAN_CONFIG` as `CreateTransport` throws it. */
export async function createTransport(settings: DeliverySettings, onAnswer?: AnswerObserver): Promise<Transport> {
  const create = await loadTransport(settings.protocol);
  return create(settings, onAnswer);
}
