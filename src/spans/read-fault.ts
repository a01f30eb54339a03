/**
 * What an event says of what went wrong: for the span's status, its `error.type` and its one `exception` event. Success
 * leaves the status unset, as the GenAI conventions ask of instrumentation.
 */
import { asId, asObject, asText, field, type JsonObject, unquotePython } from '../crewai/readers.ts';
import { readPythonLiteral } from './content/python-literal.ts';
import type { Bounded } from './json.ts';
import type { SpanSettings } from './settings.ts';
import { boundedText } from './sheet.ts';
import { clip, firstLine } from './text.ts';

/** `error.type` where nothing tells what kind of error it was; the value that the conventions foresee. */
export const OTHER_ERROR = '_OTHER';
/** `error.type` of an operation whose end never came because its run died. */
export const ABANDONED = 'crewspan.abandoned';

export interface Fault {
  readonly errorType: string;
  /** The first line of the error, at most 1 KiB: the rest may hold prompts. */
  readonly description: string | undefined;
  /** Absent where no more is known than `errorType`. */
  readonly exceptionType: string | undefined;
  /** The first line, or the whole text where content may leave. */
  readonly message: Bounded | undefined;
}

/** The fault of an end event that says, by its type or by its data, that its operation failed. */
export function readFault(data: JsonObject, settings: SpanSettings): Fault {
  const text = errorText(data['error']);
  const named = namedType(data['error_type']) ?? undefined;
  const code = asId(data['status_code']);
  const raised = text === undefined ? undefined : raisedType(text);
  return {
    errorType: named ?? (code === undefined ? undefined : clip(code, MAX_TYPE)) ?? raised ?? OTHER_ERROR,
    description: text === undefined ? undefined : describe(text),
    exceptionType: named ?? raised,
    message: text === undefined ? undefined : exceptionMessage(unwrapped(text), settings),
  };
}

/** The fault of a tool that ended by itself, but says that it failed. */
export function readToolFailure(failure: JsonObject, settings: SpanSettings): Fault {
  const text = asText(failure['message']);
  const reason = asText(failure['reason']);
  const code = asId(failure['code']);
  const errorType = reason === 'mcp_error' ? 'tool_error' : (namedType(code) ?? namedType(reason) ?? OTHER_ERROR);
  return {
    errorType,
    description: text === undefined ? undefined : describe(text),
    exceptionType: errorType === OTHER_ERROR ? undefined : errorType,
    message: text === undefined ? undefined : exceptionMessage(text, settings),
  };
}

const MAX_TYPE = 256;

/** `builtins:ValueError`, `<class 'ValueError'>`, `timeout`: one line, with dots between module and class. */
function namedType(value: unknown): string | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  const name = firstLine(unquotePython(text)).replaceAll(':', '.');
  return name === '' ? undefined : clip(name, MAX_TYPE);
}

const RAISED = /^[A-Za-z_][\w.]*(?:Error|Exception|Timeout|Warning|Interrupt)\b/;

/** The class at the head of an error's text: `RuntimeError('…')`, `litellm.InternalServerError: …`. */
function raisedType(text: string): string | undefined {
  return RAISED.exec(text.slice(0, MAX_TYPE))?.[0];
}

/** An error that is an object is read only by its message: what else it holds was not meant to be shown. */
function errorText(error: unknown): string | undefined {
  return asText(error) ?? asText(field(asObject(error), 'message'));
}

const EXCEPTION_REPR = /^[A-Za-z_][\w.]*\(/;

/** In a `repr()` the end of the first line is an escape. */
function describe(text: string): string | undefined {
  const line = firstLine(EXCEPTION_REPR.test(text.slice(0, MAX_TYPE)) ? (text.split('\\n', 1)[0] ?? '') : text);
  return line === '' ? undefined : line;
}

/** The message inside `RuntimeError('…')`; any other text as it is. */
function unwrapped(text: string): string {
  const head = EXCEPTION_REPR.exec(text.slice(0, MAX_TYPE))?.[0];
  if (head === undefined || !text.endsWith(')')) return text;
  const message = readPythonLiteral(text.slice(head.length, -1));
  return typeof message === 'string' && message !== '' ? message : text;
}

function exceptionMessage(text: string, settings: SpanSettings): Bounded | undefined {
  if (settings.captureContent) return boundedText(text, settings.contentLengthLimit);
  const line = describe(text);
  return line === undefined ? undefined : { text: line, cutFrom: undefined };
}
