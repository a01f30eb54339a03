/** A backend must not be able to tell us from the exporter of OpenTelemetry itself. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { afterEach, expect, it } from 'vitest';
import { type Backend, startHttpBackend } from './backends.ts';
import { exportOnce, settingsFor } from './harness.ts';
import { makeSpan, makeSpans } from './spans.ts';

let backend: Backend | undefined;

afterEach(async () => backend?.close());

it('the stock OTLP/HTTP exporter sends the same JSON', async () => {
  backend = await startHttpBackend(() => ({}));
  const spans = [...makeSpans(3), makeSpan({ attributes: { a: 'ü', list: [true, false], share: 0.25 } })];
  const exporter = new OTLPTraceExporter({ url: backend.url.href });
  const result = await new Promise(resolve => exporter.export(spans, resolve));
  await exporter.shutdown();
  expect(result).toMatchObject({ code: 0 });
  expect(await exportOnce(settingsFor(backend.url, { protocol: 'http/json' }), spans)).toEqual({ kind: 'taken' });

  const [stock, ours] = backend.received;
  // It writes a 64-bit integer as a number; OTLP/JSON has it as a string, and receivers take both.
  const integersAsStrings = (key: string, value: unknown) => (key === 'intValue' ? String(value) : value);
  const normal = (value: unknown) => JSON.parse(JSON.stringify(value, integersAsStrings));
  expect(normal(ours?.resourceSpans)).toEqual(normal(stock?.resourceSpans));
  expect(ours?.headers['content-type']).toBe(stock?.headers['content-type']);
  expect(ours?.path).toBe(stock?.path);
});
