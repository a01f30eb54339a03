/** Dead letters as text: a row for people, a line of OTLP/JSON for programs. */
import { frameSpans } from '../delivery/frame.ts';
import { otlpJson } from '../delivery/otlp-json.ts';
import type { DeadLetter } from '../journal/journal.ts';

export const HEADINGS = ['KEY', 'REFUSED', 'SOURCE', 'EXECUTION', 'SPAN', 'REASON'];

interface Request {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
}

/** An `ExportTraceServiceRequest`; what else there is to say stands beside it, where OTLP readers do not look. */
export function deadLetterLine(letter: DeadLetter): string {
  const { key, reason, execution, putAt, buriedAt } = letter;
  const about = { key, reason, ...execution, finishedAt: iso(putAt), refusedAt: iso(buriedAt) };
  const request = requestOf(letter);
  return JSON.stringify({ ...(request ?? { resourceSpans: [] }), crewspan: about });
}

export function deadLetterRow(letter: DeadLetter): string[] {
  const span = requestOf(letter)?.resourceSpans[0]?.scopeSpans[0]?.spans[0];
  const { key, execution, reason, buriedAt } = letter;
  return [
    String(key),
    iso(buriedAt),
    execution.source,
    execution.executionId,
    span?.name ?? '(unreadable)',
    reason,
  ].map(plain);
}

/** `undefined`: the bytes are no span. That may be why they were buried. */
function requestOf(letter: DeadLetter): Request | undefined {
  try {
    return JSON.parse(otlpJson(frameSpans([letter]))) as Request;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Names and reasons come from outside: they must not steer a terminal. */
const plain = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The last column is as long as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const pad = (cell: string, column: number): string =>
    column === widths.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
  return rows.map(row => row.map(pad).join('  ')).join('\n');
}
