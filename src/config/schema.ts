/** Every setting: its name, how it is read, its default, and what is said of it in `--help` and in the docs. */
import { z } from 'zod';
import { LOG_LEVELS } from '../log.ts';
import { attributes, eventTypes, tokens } from './lists.ts';
import { otlpSettings } from './otlp-schema.ts';
import { duration, size } from './quantities.ts';
import { choiceOf, flag, type Reader, text, wholeNumber, wordOf } from './reading.ts';
import { optional, withDefault } from './setting.ts';

const port = wholeNumber(0, 65_535);
const portOrOff: Reader<number | 'off'> = text => {
  if (text.toLowerCase() === 'off') return { value: 'off' };
  const reading = port(text);
  return 'value' in reading ? reading : { fault: `${reading.fault}, or off` };
};
/** Of the limits of the OpenTelemetry SDK: any number that a limit can sensibly be. */
const limit = wholeNumber(0, 2 ** 31 - 1);

export const schema = z.object({
  CREWSPAN_HOST: withDefault(text, '127.0.0.1', {
    description:
      'The address to take webhooks at. Beyond loopback a token is needed, or `CREWSPAN_ALLOW_ANONYMOUS=true`.',
  }),
  CREWSPAN_PORT: withDefault(port, '4319', { description: 'Its port. 0: any free one, which the log tells.' }),
  CREWSPAN_TLS_CERT: optional(text, {
    description:
      'A PEM file with the certificate (and its chain) to take webhooks over TLS with. Read again when it changes. ' +
      'Without it: plain HTTP.',
  }),
  CREWSPAN_TLS_KEY: optional(text, { description: 'A PEM file with its private key, without a passphrase.' }),
  CREWSPAN_MAX_CONNECTIONS: withDefault(wholeNumber(1, 100_000), '1000', {
    description: 'Connections open at once to take webhooks. Those beyond are closed as they come.',
  }),
  CREWSPAN_ADMIN_HOST: withDefault(text, '127.0.0.1', {
    description: 'The address of the admin listener (`/metrics`, `/readyz` with reasons), which asks for no token.',
  }),
  CREWSPAN_ADMIN_PORT: withDefault(portOrOff, '4320', {
    description: 'Its port. 0: any free one; `off`: no admin listener.',
  }),
  CREWSPAN_TOKENS: optional(tokens, {
    secret: true,
    description:
      'Who may send: `source:token` (split at the first colon), or a bare `token` for the source `default`; comma ' +
      'separated; several of one source for rotation.',
  }),
  CREWSPAN_ALLOW_ANONYMOUS: withDefault(flag, 'false', {
    description: 'Listen beyond loopback although no token is asked for.',
  }),
  CREWSPAN_EVENTS: withDefault(eventTypes, 'all', {
    description:
      "The event types subscribed to, as in the kickoff's `webhooks.events`; comma separated. What is not listed is " +
      'not waited for.',
  }),
  CREWSPAN_DATA_DIR: withDefault(text, '.crewspan', {
    description: 'The directory of the store. Prompts lie in it until their spans are finished. One process each.',
  }),
  CREWSPAN_MAX_BODY: withDefault(size('1KiB', '256MiB'), '16MiB', {
    description: 'Of one webhook body, inflated. At most a quarter of `CREWSPAN_MAX_MEMORY`.',
  }),
  CREWSPAN_MAX_DISK: withDefault(size('1MiB', '1024TiB'), '2GiB', {
    description:
      'Of the store. When it is reached, webhooks are answered 503 until there is room. Sources share it evenly.',
  }),
  CREWSPAN_MAX_MEMORY: withDefault(size('64MiB', '1024TiB'), '512MiB', {
    description:
      'What the process may use, about. An eighth of it is for bodies in flight. When what is open takes up a quarter, it leaves the heap for the disk; where that does not help, events are answered 503 from seven eighths on.',
  }),
  CREWSPAN_SETTLE: withDefault(duration, '2s', {
    description: 'How long an operation that has ended waits for what may still belong to it.',
  }),
  CREWSPAN_IDLE: withDefault(duration, '5m', {
    description:
      'How long a missing parent, start or sibling is waited for, from the last event on. Not less than `CREWSPAN_SETTLE`.',
  }),
  CREWSPAN_ABANDON: withDefault(duration, '24h', {
    description:
      'How long a missing end is waited for: a human in the loop sends nothing meanwhile. Not less than `CREWSPAN_IDLE`.',
  }),
  CREWSPAN_RETENTION: withDefault(duration, '24h', {
    description: 'How long a finished operation is remembered, so that repeats and late events are known.',
  }),
  CREWSPAN_SHUTDOWN_TIMEOUT: withDefault(duration, '10s', {
    description:
      'How long a stop may take. What has settled is sent meanwhile; what is left is in the store for the next start.',
  }),
  CREWSPAN_TRACE_CONTEXT: withDefault(wordOf(['link', 'parent', 'ignore']), 'link', {
    description:
      "What a `traceparent` in the kickoff's inputs becomes: a link on the root span, its parent (then the caller's " +
      'trace id is used), or nothing.',
  }),
  CREWSPAN_TRACE_CONTEXT_INPUT: withDefault(text, 'traceparent', { description: 'The name of that input.' }),
  CREWSPAN_CONVERSATION_INPUT: optional(text, {
    description:
      "The name of an input of the kickoff that holds the id of a conversation: `gen_ai.conversation.id` of the run's spans.",
  }),
  CREWSPAN_LOG_LEVEL: withDefault(wordOf(LOG_LEVELS), 'info', { description: `One of ${LOG_LEVELS.join(', ')}.` }),

  OTEL_TRACES_EXPORTER: withDefault(wordOf(['otlp', 'none']), 'otlp', {
    description: '`otlp`, or `none`: spans are finished and kept, but not delivered.',
  }),
  ...otlpSettings,

  OTEL_SERVICE_NAME: optional(text, {
    default: 'crewai',
    description: '`service.name` of the resource; wins over one in `OTEL_RESOURCE_ATTRIBUTES`.',
  }),
  OTEL_RESOURCE_ATTRIBUTES: optional(attributes, {
    description: 'Attributes of the resource: `key=value`, comma separated, percent-encoded.',
  }),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: withDefault(
    choiceOf({
      NO_CONTENT: false,
      SPAN_ONLY: true,
      EVENT_ONLY: false,
      SPAN_AND_EVENT: true,
      true: true,
      false: false,
    }),
    'NO_CONTENT',
    {
      description:
        '`SPAN_ONLY`, `SPAN_AND_EVENT` or `true` put content (prompts, answers, arguments, results) on spans; ' +
        '`NO_CONTENT`, `EVENT_ONLY` and `false` do not.',
    },
  ),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(limit, {
    default: 'none; 32 KiB for content',
    description: 'The longest value of an attribute. What is cut is marked.',
  }),
  OTEL_ATTRIBUTE_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most attributes.' }),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(limit, {
    default: '`OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`',
    description: 'The same for spans; wins.',
  }),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: optional(limit, {
    default: '`OTEL_ATTRIBUTE_COUNT_LIMIT`',
    description: 'The most attributes of a span; wins.',
  }),
  OTEL_SPAN_EVENT_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most events of a span.' }),
  OTEL_SPAN_LINK_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most links of a span.' }),
});

export type Values = z.output<typeof schema>;
export type SettingName = keyof Values;
