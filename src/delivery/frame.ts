/**
 * From kept spans to an `ExportTraceServiceRequest`, by putting bytes side by side: nothing is decoded. Spans of equal
 * preambles share one `ResourceSpans`.
 */
import type { EncodedSpan } from '../journal/journal.ts';
import { REQUEST_RESOURCE_SPANS, RESOURCE_SPANS_SCOPE_SPANS, SCOPE_SPANS_SPANS } from './otlp-fields.ts';
import { type Cursor, cursorOver, fieldSize, lengthDelimitedFields, varintSize, writeFieldHead } from './wire.ts';

/** A preamble, opened where the spans go in, and what goes in. */
interface Group {
  readonly preamble: Uint8Array;
  /** Of `ResourceSpans`: what stands before and behind its `ScopeSpans`. */
  readonly before: Buffer;
  readonly behind: Buffer;
  /** Of `ScopeSpans`: what stands before its spans. */
  readonly scope: Buffer;
  readonly spans: Uint8Array[];
  /** Bytes of the spans with tag and length. */
  spanBytes: number;
}

export interface Frame {
  /** Bytes of the request as it stands, exactly. 0 for an empty one. */
  readonly size: number;
  readonly spans: number;
  add(span: EncodedSpan): void;
  /** The request: `size` bytes. */
  bytes(): Buffer;
}

export function createFrame(): Frame {
  const groups: Group[] = [];
  let spans = 0;

  function groupOf(preamble: Uint8Array): Group {
    for (const group of groups) if (isSame(group.preamble, preamble)) return group;
    const opened = openGroup(preamble);
    groups.push(opened);
    return opened;
  }

  function size(): number {
    let bytes = 0;
    for (const group of groups) bytes += groupSize(group);
    return bytes;
  }

  return {
    get size() {
      return size();
    },
    get spans() {
      return spans;
    },
    add({ preamble, span }) {
      const group = groupOf(preamble);
      group.spans.push(span);
      group.spanBytes += fieldSize(span.byteLength);
      spans += 1;
    },
    bytes() {
      const target = Buffer.allocUnsafe(size());
      let at = 0;
      for (const group of groups) at = writeGroup(target, at, group);
      return target;
    },
  };
}

/** As a rule they are one object. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one === other || Buffer.compare(one, other) === 0;
}

/** The request for these spans. */
export function frameSpans(spans: readonly EncodedSpan[]): Buffer {
  const frame = createFrame();
  for (const span of spans) frame.add(span);
  return frame.bytes();
}

function openGroup(preamble: Uint8Array): Group {
  for (const { number, content } of lengthDelimitedFields(cursorOver(preamble))) {
    if (number !== REQUEST_RESOURCE_SPANS) continue;
    const { bytes, at, end }: Cursor = content;
    for (const inner of lengthDelimitedFields({ bytes, at, end })) {
      if (inner.number !== RESOURCE_SPANS_SCOPE_SPANS) continue;
      return {
        preamble,
        before: bytes.subarray(at, inner.start),
        behind: bytes.subarray(inner.content.end, end),
        scope: bytes.subarray(inner.content.at, inner.content.end),
        spans: [],
        spanBytes: 0,
      };
    }
  }
  throw new RangeError('a preamble has no place for spans');
}

function scopeSpansLength(group: Group): number {
  return group.scope.length + group.spanBytes;
}

function resourceSpansLength(group: Group): number {
  return group.before.length + fieldSize(scopeSpansLength(group)) + group.behind.length;
}

function groupSize(group: Group): number {
  const length = resourceSpansLength(group);
  return 1 + varintSize(length) + length;
}

function writeGroup(target: Buffer, start: number, group: Group): number {
  let at = writeFieldHead(target, start, REQUEST_RESOURCE_SPANS, resourceSpansLength(group));
  at += group.before.copy(target, at);
  at = writeFieldHead(target, at, RESOURCE_SPANS_SCOPE_SPANS, scopeSpansLength(group));
  at += group.scope.copy(target, at);
  for (const span of group.spans) {
    at = writeFieldHead(target, at, SCOPE_SPANS_SPANS, span.byteLength);
    target.set(span, at);
    at += span.byteLength;
  }
  return at + group.behind.copy(target, at);
}
