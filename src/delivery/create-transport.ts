import { createGrpcTransport } from './grpc-transport.ts';
import { createHttpTransport } from './http-transport.ts';
import type { DeliverySettings } from './settings.ts';
import type { AnswerObserver, Transport } from './transport.ts';

/** The transport of the protocol in the settings. Throws `CREWSPAN_CONFIG` for headers or a proxy that cannot be used. */
export function createTransport(settings: DeliverySettings, onAnswer?: AnswerObserver): Transport {
  return settings.protocol === 'grpc'
    ? createGrpcTransport(settings, onAnswer)
    : createHttpTransport(settings, onAnswer);
}
