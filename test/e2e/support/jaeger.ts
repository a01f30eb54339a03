/** Jaeger, with its traces in memory, and what its API tells of them. */
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { freePorts } from '../../support/ports.ts';
import { answers, type Bench, type Program, start } from './process.ts';
import { type OtlpTraces, type SeenSpan, seenSpans } from './seen-span.ts';

const CONFIG = fileURLToPath(new URL('../conf/jaeger.yaml', import.meta.url));
const REMARKS = '@jaeger@warnings';

export interface JaegerAddresses {
  /** OTLP over gRPC, `host:port`. */
  readonly grpc: string;
  /** OTLP over HTTP. */
  readonly http: string;
  readonly api: string;
}

export interface Jaeger extends JaegerAddresses, Program {
  /** All spans of a trace in the order of their ids; none where Jaeger does not know it. */
  trace(traceId: string): Promise<readonly SeenSpan[]>;
}

/** Addresses first, so that others can be told of a Jaeger that is not there yet. */
export async function planJaeger(bench: Bench): Promise<JaegerAddresses & { start(): Promise<Jaeger> }> {
  const [grpc = 0, http = 0, query = 0, health = 0] = await freePorts(4);
  const api = `http://127.0.0.1:${query}`;
  const addresses = { grpc: `127.0.0.1:${grpc}`, http: `http://127.0.0.1:${http}`, api };
  return {
    ...addresses,
    async start() {
      const program = await start({
        name: 'jaeger',
        command: inject('programs').jaeger,
        args: ['--config', CONFIG],
        env: {
          JAEGER_GRPC_PORT: String(grpc),
          JAEGER_HTTP_PORT: String(http),
          JAEGER_QUERY_PORT: String(query),
          JAEGER_HEALTH_PORT: String(health),
          // Of itself it traces nothing.
          OTEL_TRACES_SAMPLER: 'always_off',
        },
        folder: bench.folder,
        ready: () => answers(`http://127.0.0.1:${health}/status`),
      });
      bench.onClear(() => program.stop());
      return { ...addresses, ...program, trace: traceId => fetchTrace(api, traceId) };
    },
  };
}

export async function startJaeger(bench: Bench): Promise<Jaeger> {
  const plan = await planJaeger(bench);
  return plan.start();
}

async function fetchTrace(api: string, traceId: string): Promise<readonly SeenSpan[]> {
  // Unlike /api/traces, it leaves arrays and the status as they are.
  const response = await fetch(`${api}/api/v3/traces/${traceId}`);
  if (response.status === 404) {
    await response.arrayBuffer();
    return [];
  }
  if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${await response.text()}`);
  const spans = seenSpans(((await response.json()) as { result: OtlpTraces }).result).map(asSent);
  // A span that was sent twice may be there twice; with two contents it is not the same.
  return spans.filter((span, index) => JSON.stringify(span) !== JSON.stringify(spans[index - 1]));
}

/**
 * Without what Jaeger adds to what it was sent: it notes with a span, for good, that its parent was not there yet when
 * somebody asked, and makes spans that took no time take a nanosecond. Events have microseconds.
 */
function asSent({ attributes, end, ...span }: SeenSpan): SeenSpan {
  return {
    ...span,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== REMARKS)),
    end: BigInt(end) - BigInt(span.start) === 1n ? span.start : end,
  };
}
