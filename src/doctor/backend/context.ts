import type { DeliverySettings } from '../../delivery/settings.ts';

export type EndpointVariable = 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

/** What the checks of the backend know of the service. */
export interface BackendContext {
  readonly settings: DeliverySettings;
  /** Of the spans, `service.name` among them. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** The variable that the endpoint comes from, or would come from. */
  readonly variable: EndpointVariable;
  /** For the variables of proxies. */
  readonly environment: NodeJS.ProcessEnv;
  /** crewspan runs in a container, where `localhost` is the container itself. */
  readonly inContainer: boolean;
}

/** Nobody waits longer than that to learn that nothing comes, in milliseconds. */
const LONGEST_PROBE_MS = 5_000;

export function probeTimeout({ timeoutMs }: Pick<DeliverySettings, 'timeoutMs'>): number {
  return Math.min(timeoutMs, LONGEST_PROBE_MS);
}
