import type { BackendContext } from '../../src/doctor/backend/context.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { settingsFor } from '../delivery/harness.ts';

export function contextFor(
  endpoint: URL,
  settings: Parameters<typeof settingsFor>[1] = {},
  more: Partial<BackendContext> = {},
): BackendContext {
  return {
    settings: settingsFor(endpoint, { timeoutMs: 5_000, ...settings }),
    resourceAttributes: { 'service.name': 'crewai' },
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    environment: {},
    inContainer: false,
    ...more,
  };
}

/** The finding with that code; fails where there is none. */
export function withCode(findings: readonly Finding[], code: string): Finding {
  const found = findings.find(finding => finding.code === code);
  if (found === undefined) throw new Error(`no ${code} among ${JSON.stringify(findings, undefined, 1)}`);
  return found;
}

export const adviceOf = (finding: Finding): string => (finding.status === 'ok' ? '' : finding.advice);

/** Proxies of whoever runs the tests stay out of them. */
export const PROXY_VARIABLES = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
  'grpc_proxy',
];
