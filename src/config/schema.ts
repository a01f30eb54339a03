/** Every setting: its name, how it is read, its default, and its description for `--help` and the docs. */
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
/** For the limits of the OpenTelemetry SDK: any sensible number. */
const limit = wholeNumber(0, 2 ** 31 - 1);

export const schema = z.object({
  CREWSPAN_HOST: withDefault(text, '127.0.0.1', {
    description:
      'The address to listen on for webhooks. Beyond loopback it needs a token, or `CREWSPAN_ALLOW_ANONYMOUS=true`.',
  }),
  CREWSPAN_PORT: withDefault(port, '4319', {
    description: 'The port to listen on. 0: any free one; the log names it.',
  }),
  CREWSPAN_TLS_CERT: optional(text, {
    description:
      'A PEM file with the certificate (and its chain) for webhooks over TLS. Read again when it changes. Without it: ' +
      'plain HTTP.',
  }),
  CREWSPAN_TLS_KEY: optional(text, { description: 'A PEM file with its private key, without a passphrase.' }),
  CREWSPAN_MAX_CONNECTIONS: withDefault(wholeNumber(1, 100_000), '1000', {
    description: 'The most connections the webhook listener holds open at once. Further ones are closed on arrival.',
  }),
  CREWSPAN_ADMIN_HOST: withDefault(text, '127.0.0.1', {
    description: 'The address of the admin listener (`/metrics`, `/readyz` with reasons), which needs no token.',
  }),
  CREWSPAN_ADMIN_PORT: withDefault(portOrOff, '4320', {
    description: 'Its port. 0: any free one; `off`: no admin listener.',
  }),
  CREWSPAN_TOKENS: optional(tokens, {
    secret: true,
    description:
      'Who may send: `source:token` (split at the first colon), or a bare `token` for the source `default`, ' +
      'comma-separated. A source may have several, for rotation.',
  }),
  CREWSPAN_ALLOW_ANONYMOUS: withDefault(flag, 'false', {
    description: 'Allows listening beyond loopback without a token.',
  }),
  CREWSPAN_EVENTS: withDefault(eventTypes, 'all', {
    description:
      "The event types that your kickoffs subscribe to (`webhooks.events`), comma-separated. crewspan doesn't wait for " +
      'types that are not listed.',
  }),
  CREWSPAN_DATA_DIR: withDefault(text, '.crewspan', {
    description:
      'The directory of the store. Prompts stay in it until their spans are finished. Each process needs its own.',
  }),
  CREWSPAN_MAX_BODY: withDefault(size('1KiB', '256MiB'), '16MiB', {
    description: 'The largest webhook body, decompressed. At most a quarter of `CREWSPAN_MAX_MEMORY`.',
  }),
  CREWSPAN_MAX_DISK: withDefault(size('1MiB', '1024TiB'), '2GiB', {
    description:
      'The largest size of the store, shared evenly by the sources. At the limit, webhooks are answered 503 until there ' +
      'is room.',
  }),
  CREWSPAN_MAX_MEMORY: withDefault(size('64MiB', '1024TiB'), '512MiB', {
    description:
      'Roughly what the process may use. An eighth is for bodies in flight, another for what is read of them until it is ' +
      'on disk. When open runs take up a quarter, idle ones move from the heap to the disk; if that is not enough, ' +
      'events are answered 503 from seven eighths on.',
  }),
  CREWSPAN_SETTLE: withDefault(duration, '2s', {
    description: 'How long an operation that has ended waits for events that may still belong to it.',
  }),
  CREWSPAN_IDLE: withDefault(duration, '5m', {
    description:
      'How long to wait for a missing parent, start or sibling, counted from the last event. Not less than ' +
      '`CREWSPAN_SETTLE`.',
  }),
  CREWSPAN_ABANDON: withDefault(duration, '24h', {
    description:
      'How long to wait for a missing end: a run that waits for a human sends nothing. Not less than `CREWSPAN_IDLE`.',
  }),
  CREWSPAN_RETENTION: withDefault(duration, '24h', {
    description: 'How long a finished operation is remembered, to recognise repeated and late events.',
  }),
  CREWSPAN_SHUTDOWN_TIMEOUT: withDefault(duration, '10s', {
    description:
      'How long a stop may take. Spans that have settled are sent; what is left stays in the store for the next start.',
  }),
  CREWSPAN_TRACE_CONTEXT: withDefault(wordOf(['link', 'parent', 'ignore']), 'link', {
    description:
      "What a `traceparent` in the kickoff's inputs becomes. `link`: a link on the root span. `parent`: the root's " +
      "parent, so the run joins the caller's trace. `ignore`: nothing.",
  }),
  CREWSPAN_TRACE_CONTEXT_INPUT: withDefault(text, 'traceparent', { description: 'The name of that input.' }),
  CREWSPAN_CONVERSATION_INPUT: optional(text, {
    description:
      "The name of a kickoff input that holds a conversation's id. It becomes `gen_ai.conversation.id` on the run's spans.",
  }),
  CREWSPAN_LOG_LEVEL: withDefault(wordOf(LOG_LEVELS), 'info', { description: `One of ${LOG_LEVELS.join(', ')}.` }),

  OTEL_TRACES_EXPORTER: withDefault(wordOf(['otlp', 'none']), 'otlp', {
    description: '`otlp`, or `none`: spans are finished and kept, but not delivered.',
  }),
  ...otlpSettings,

  OTEL_SERVICE_NAME: optional(text, {
    default: 'crewai',
    description: '`service.name` of the resource. Takes precedence over one in `OTEL_RESOURCE_ATTRIBUTES`.',
  }),
  OTEL_RESOURCE_ATTRIBUTES: optional(attributes, {
    description: 'Resource attributes: `key=value`, comma-separated, percent-encoded.',
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
    description: 'The longest value of an attribute. A value that was cut is marked.',
  }),
  OTEL_ATTRIBUTE_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most attributes.' }),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(limit, {
    default: '`OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`',
    description: 'The same for spans. Takes precedence.',
  }),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: optional(limit, {
    default: '`OTEL_ATTRIBUTE_COUNT_LIMIT`',
    description: 'The same for spans. Takes precedence.',
  }),
  OTEL_SPAN_EVENT_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most events of a span.' }),
  OTEL_SPAN_LINK_COUNT_LIMIT: withDefault(limit, '128', { description: 'The most links of a span.' }),
});

export type Values = z.output<typeof schema>;
export type SettingName = keyof Values;
