/** Draws the spans of a trace as a tree of text. */
import { SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

export interface TreeOptions {
  /** ANSI colours, for a terminal. */
  readonly colour: boolean;
  /** What to say below a span, by its id. */
  readonly remarks?: ReadonlyMap<string, string>;
}

/** Marks apart what is said of a line. The escape sequences of ECMA-48 §8.3.117 (SGR). */
const STYLES = { dim: 2, red: 31, yellow: 33, bold: 1 } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;

const paintWithColour: Paint = (style, text) => (text === '' ? '' : `\u001b[${STYLES[style]}m${text}\u001b[0m`);
const paintPlainly: Paint = (_style, text) => text;

/** One block of lines a trace, the traces in order of their first span. */
export function drawTrees(spans: readonly ReadableSpan[], options: TreeOptions): string {
  const traces = grouped([...spans].sort(byStart), span => span.spanContext().traceId);
  return [...traces].map(([traceId, trace]) => drawTrace(traceId, trace, options)).join('\n');
}

function grouped<Key>(spans: readonly ReadableSpan[], keyOf: (span: ReadableSpan) => Key): Map<Key, ReadableSpan[]> {
  const groups = new Map<Key, ReadableSpan[]>();
  for (const span of spans) {
    const key = keyOf(span);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}

function drawTrace(traceId: string, spans: readonly ReadableSpan[], { colour, remarks }: TreeOptions): string {
  const paint = colour ? paintWithColour : paintPlainly;
  const known = new Set(spans.map(span => span.spanContext().spanId));
  const children = grouped(spans, ({ parentSpanContext: parent }) =>
    parent !== undefined && known.has(parent.spanId) ? parent.spanId : undefined,
  );
  const roots = children.get(undefined) ?? [];
  const lines = [paint('dim', `trace ${traceId}`)];
  const pending = roots.map(span => ({ span, indent: '', branch: '', below: '' })).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { span, indent, branch, below } = next;
    lines.push(indent + branch + describe(span, paint));
    const { spanId } = span.spanContext();
    const inside = children.get(spanId) ?? [];
    const remark = remarks?.get(spanId);
    if (remark !== undefined)
      lines.push(indent + below + (inside.length > 0 ? '│    ' : '     ') + paint('dim', remark));
    for (const [index, child] of [...inside.entries()].reverse()) {
      const last = index === inside.length - 1;
      pending.push({
        span: child,
        indent: indent + below,
        branch: last ? '└─ ' : '├─ ',
        below: last ? '   ' : '│  ',
      });
    }
  }
  return `${lines.join('\n')}\n`;
}

function describe(span: ReadableSpan, paint: Paint): string {
  const failed = span.status.code === SpanStatusCode.ERROR;
  const name = failed ? paint('red', span.name) : paint('bold', span.name);
  const notes = [
    paint('dim', duration(span)),
    tokens(span),
    failed ? paint('red', errorOf(span)) : '',
    paint('yellow', doubts(span)),
  ];
  return [name, ...notes.filter(note => note !== '')].join('  ');
}

function errorOf(span: ReadableSpan): string {
  const type = span.attributes['error.type'];
  const message = span.status.message;
  return ['ERROR', typeof type === 'string' ? type : '', message ?? ''].filter(part => part !== '').join(' ');
}

/** What assembly could not be sure of, and what never came. */
function doubts(span: ReadableSpan): string {
  const { attributes } = span;
  const found: string[] = [];
  if (attributes['crewspan.parent'] === 'inferred') found.push('parent inferred');
  if (attributes['crewspan.pairing'] === 'inferred') found.push('end inferred');
  if (typeof attributes['crewspan.incomplete'] === 'string') found.push(attributes['crewspan.incomplete']);
  if (attributes['crewai.flow.paused'] === true) found.push('paused');
  if (span.links.length > 0) found.push(`links to ${span.links.map(({ context }) => context.traceId).join(', ')}`);
  return found.length === 0 ? '' : `(${found.join(', ')})`;
}

function tokens(span: ReadableSpan): string {
  const input = span.attributes['gen_ai.usage.input_tokens'] ?? span.attributes['crewspan.usage.input_tokens'];
  const output = span.attributes['gen_ai.usage.output_tokens'] ?? span.attributes['crewspan.usage.output_tokens'];
  if (input === undefined && output === undefined) return '';
  return `${input ?? '?'} → ${output ?? '?'} tokens`;
}

function duration(span: ReadableSpan): string {
  const ms = hrTimeToMicroseconds(span.duration) / 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function byStart(a: ReadableSpan, b: ReadableSpan): number {
  return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1] || (a.name < b.name ? -1 : 1);
}
