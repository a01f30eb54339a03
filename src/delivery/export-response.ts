/** What a backend says in the body of its answer, in any of the forms in which backends say it. */
import { parseJson } from '../json-text.ts';
import { propertyOf } from '../property.ts';
import type { Quote } from './operator-text.ts';
import type { ExportOutcome } from './transport.ts';
import { contentOf, cursorOver, lengthDelimitedFields, readInt64, readString, readVarint, skipValue } from './wire.ts';

// collector/trace/v1/trace_service.proto, google/rpc/status.proto
const PARTIAL_SUCCESS = 1;
const REJECTED_SPANS = (1 << 3) | 0;
const ERROR_MESSAGE = (2 << 3) | 2;
const STATUS_MESSAGE = 2;

type Taken = Extract<ExportOutcome, { kind: 'taken' | 'partial' }>;

/**
 * Reads an `ExportTraceServiceResponse` (OTLP 1.x, "Partial Success"). Some backends answer a protobuf request in JSON,
 * so the bytes decide. What cannot be read is taken for full success: the status already said so.
 */
export function readExportResponse(body: Uint8Array, quote: Quote): Taken {
  const { rejected, message } = looksLikeJson(body) ? partialSuccessOfJson(body) : partialSuccessOfProtobuf(body);
  if (rejected > 0) return { kind: 'partial', rejected, message: quote(message) };
  return message === '' ? { kind: 'taken' } : { kind: 'taken', warning: quote(message) };
}

/** The words of an error: of a `google.rpc.Status` as protobuf or JSON, of other JSON, or of plain text; not of HTML. */
export function readErrorMessage(body: Uint8Array): string {
  const text = new TextDecoder().decode(body).trim();
  if (looksLikeJson(body)) {
    const parsed = parseJson(text);
    const error = propertyOf(parsed, 'error');
    const said = [propertyOf(parsed, 'message'), error, propertyOf(error, 'message')];
    return said.find(words => typeof words === 'string') ?? text;
  }
  if (looksLikeHtml(body)) return '';
  return statusMessage(body) ?? text;
}

export function looksLikeHtml(body: Uint8Array): boolean {
  return /^\s*<(!doctype|html|head|body)\b/i.test(Buffer.from(body.subarray(0, 200)).toString('latin1'));
}

interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const NOTHING: PartialSuccess = { rejected: 0, message: '' };

function looksLikeJson(body: Uint8Array): boolean {
  return /^\s*[{]/.test(Buffer.from(body.subarray(0, 200)).toString('latin1'));
}

function partialSuccessOfProtobuf(body: Uint8Array): PartialSuccess {
  try {
    let [rejected, message] = [0, ''];
    for (const { number, content } of lengthDelimitedFields(cursorOver(body))) {
      while (number === PARTIAL_SUCCESS && content.at < content.end) {
        const tag = readVarint(content);
        if (tag === REJECTED_SPANS) rejected = Number(readInt64(content));
        else if (tag === ERROR_MESSAGE) message = readString(content);
        else skipValue(content, tag & 7);
      }
    }
    return { rejected, message };
  } catch (error) {
    if (error instanceof RangeError) return NOTHING;
    throw error;
  }
}

function partialSuccessOfJson(body: Uint8Array): PartialSuccess {
  // `partial_success`: some backends print the names of the .proto file.
  const parsed = parseJson(new TextDecoder().decode(body));
  const partial = propertyOf(parsed, 'partialSuccess') ?? propertyOf(parsed, 'partial_success');
  const rejected = Number(propertyOf(partial, 'rejectedSpans') ?? propertyOf(partial, 'rejected_spans') ?? 0);
  const message = propertyOf(partial, 'errorMessage') ?? propertyOf(partial, 'error_message');
  return { rejected: Number.isFinite(rejected) ? rejected : 0, message: typeof message === 'string' ? message : '' };
}

function statusMessage(body: Uint8Array): string | undefined {
  try {
    for (const { number, content } of lengthDelimitedFields(cursorOver(body))) {
      if (number === STATUS_MESSAGE) return contentOf(content).toString('utf8');
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
