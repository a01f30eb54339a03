import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeSettings, type Settings, settingsTable } from '../../src/config.ts';
import { faultOf, load, writeTemporary } from './support.ts';

const MIB = 2 ** 20;

describe('without any setting', () => {
  it('has its defaults', () => {
    expect(load()).toEqual({
      webhook: {
        host: '127.0.0.1',
        port: 4319,
        admin: { host: '127.0.0.1', port: 4320 },
        tls: undefined,
        maxConnections: 1000,
        tokens: new Map(),
        maxBodyBytes: 16 * MIB,
        maxInFlightBytes: 64 * MIB,
      },
      assembly: {
        settleMs: 2000,
        idleMs: 300_000,
        abandonMs: 86_400_000,
        heapBytes: 128 * MIB,
        subscribed: undefined,
      },
      spans: {
        captureContent: false,
        attributeValueLengthLimit: Number.POSITIVE_INFINITY,
        contentLengthLimit: 32_768,
        attributeCountLimit: 128,
        eventCountLimit: 128,
        linkCountLimit: 128,
        traceContext: 'link',
        resourceAttributes: { 'service.name': 'crewai' },
      },
      delivery: {
        protocol: 'http/protobuf',
        endpoint: new URL('http://localhost:4318/v1/traces'),
        headers: {},
        compression: 'none',
        timeoutMs: 10_000,
        tls: {},
        batch: { maxSpans: 512, maxBytes: 3 * MIB },
        concurrency: 4,
      },
      inputs: { caller: 'traceparent', conversation: undefined },
      dataDir: '.crewspan',
      maxDiskBytes: 2048 * MIB,
      retentionMs: 86_400_000,
      maxMemoryBytes: 512 * MIB,
      shutdownTimeoutMs: 10_000,
      log: { level: 'info' },
      warnings: [],
    } satisfies Settings);
  });

  it('takes an empty variable for none', () => {
    const empty = Object.fromEntries(settingsTable().map(({ name }) => [name, ' ']));
    expect(load(empty)).toEqual(load());
  });
});

describe('each variable', () => {
  it.each<[string, string, (settings: Settings) => unknown, unknown]>([
    ['CREWSPAN_HOST', 'localhost', s => s.webhook.host, 'localhost'],
    ['CREWSPAN_HOST', '[::1]', s => s.webhook.host, '::1'],
    ['CREWSPAN_PORT', '0', s => s.webhook.port, 0],
    ['CREWSPAN_ADMIN_HOST', '0.0.0.0', s => s.webhook.admin, { host: '0.0.0.0', port: 4320 }],
    ['CREWSPAN_ADMIN_PORT', '9464', s => s.webhook.admin, { host: '127.0.0.1', port: 9464 }],
    ['CREWSPAN_ADMIN_PORT', 'off', s => s.webhook.admin, 'off'],
    ['CREWSPAN_TOKENS', 'tok', s => s.webhook.tokens, new Map([['default', ['tok']]])],
    [
      'CREWSPAN_TOKENS',
      ' a:one , a:two,b:with:colons ,bare,',
      s => s.webhook.tokens,
      new Map([
        ['a', ['one', 'two']],
        ['b', ['with:colons']],
        ['default', ['bare']],
      ]),
    ],
    [
      'CREWSPAN_EVENTS',
      'task_started, task_completed',
      s => s.assembly.subscribed,
      new Set(['task_started', 'task_completed']),
    ],
    ['CREWSPAN_EVENTS', 'all', s => s.assembly.subscribed, undefined],
    ['CREWSPAN_DATA_DIR', '/var/lib/crewspan', s => s.dataDir, '/var/lib/crewspan'],
    ['CREWSPAN_MAX_BODY', '1048576', s => s.webhook.maxBodyBytes, MIB],
    ['CREWSPAN_MAX_BODY', '128MiB', s => s.webhook.maxInFlightBytes, 128 * MIB],
    ['CREWSPAN_MAX_DISK', '1.5 gib', s => s.maxDiskBytes, 1536 * MIB],
    ['CREWSPAN_MAX_MEMORY', '1GiB', s => [s.maxMemoryBytes, s.webhook.maxInFlightBytes], [1024 * MIB, 128 * MIB]],
    ['CREWSPAN_SETTLE', '500ms', s => s.assembly.settleMs, 500],
    ['CREWSPAN_IDLE', '1.5m', s => s.assembly.idleMs, 90_000],
    ['CREWSPAN_ABANDON', '1h', s => s.assembly.abandonMs, 3_600_000],
    ['CREWSPAN_RETENTION', '7d', s => s.retentionMs, 7 * 86_400_000],
    ['CREWSPAN_TRACE_CONTEXT', 'Parent', s => s.spans.traceContext, 'parent'],
    ['CREWSPAN_TRACE_CONTEXT_INPUT', 'tp', s => s.inputs.caller, 'tp'],
    ['CREWSPAN_CONVERSATION_INPUT', 'session_id', s => s.inputs.conversation, 'session_id'],
    ['CREWSPAN_LOG_LEVEL', 'debug', s => s.log.level, 'debug'],
    ['OTEL_TRACES_EXPORTER', 'none', s => s.delivery, undefined],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', s => s.delivery?.protocol, 'http/json'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', s => s.delivery?.compression, 'gzip'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '2500', s => s.delivery?.timeoutMs, 2500],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'X-Key=a%2Cb=,y=1', s => s.delivery?.headers, { 'x-key': 'a,b=', y: '1' }],
    ['OTEL_SERVICE_NAME', 'crew', s => s.spans.resourceAttributes, { 'service.name': 'crew' }],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      'service.name=other, team=a%20b%3D',
      s => s.spans.resourceAttributes,
      { 'service.name': 'other', team: 'a b=' },
    ],
    [
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      '9',
      s => [s.spans.attributeValueLengthLimit, s.spans.contentLengthLimit],
      [9, 9],
    ],
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '8', s => s.spans.contentLengthLimit, 8],
    ['OTEL_ATTRIBUTE_COUNT_LIMIT', '7', s => s.spans.attributeCountLimit, 7],
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '6', s => s.spans.attributeCountLimit, 6],
    ['OTEL_SPAN_EVENT_COUNT_LIMIT', '5', s => s.spans.eventCountLimit, 5],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '0', s => s.spans.linkCountLimit, 0],
  ])('%s=%s', (name, value, pick, expected) => {
    expect(pick(load({ [name]: value }))).toEqual(expected);
  });

  it.each([
    ['NO_CONTENT', false],
    ['SPAN_ONLY', true],
    ['span_only', true],
    ['EVENT_ONLY', false],
    ['SPAN_AND_EVENT', true],
    ['true', true],
    ['false', false],
  ])('content capture %s', (value, expected) => {
    const settings = load({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value });
    expect(settings.spans.captureContent).toBe(expected);
  });

  it('for spans wins over the general one', () => {
    const { spans } = load({
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '50',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '100',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '50',
      OTEL_SERVICE_NAME: 'by name',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=by attribute,a=b',
    });
    expect(spans).toMatchObject({ attributeValueLengthLimit: 50, contentLengthLimit: 50, attributeCountLimit: 50 });
    expect(spans.resourceAttributes).toEqual({ 'service.name': 'by name', a: 'b' });
  });

  it('of another program or SDK is none of ours', () => {
    expect(load({ PATH: '/bin', OTEL_SDK_DISABLED: 'true', OTEL_BSP_SCHEDULE_DELAY: 'x', CREWAI_KEY: 'y' })).toEqual(
      load(),
    );
  });

  it('that Kubernetes or Docker put there for a service called crewspan is none of ours', () => {
    const links = {
      CREWSPAN_SERVICE_HOST: '10.0.0.1',
      CREWSPAN_SERVICE_PORT: '4319',
      CREWSPAN_SERVICE_PORT_HTTP: '4319',
      CREWSPAN_PORT: 'tcp://10.0.0.1:4319',
      CREWSPAN_PORT_4319_TCP: 'tcp://10.0.0.1:4319',
      CREWSPAN_PORT_4319_TCP_ADDR: '10.0.0.1',
      CREWSPAN_ADMIN_SERVICE_HOST: '10.0.0.2',
      CREWSPAN_ADMIN_PORT: 'tcp://10.0.0.2:4320',
    };
    expect(load(links)).toEqual(load());
  });
});

describe('faults', () => {
  it('are all told at once, each with what it should be', () => {
    const message = faultOf({
      CREWSPAN_PORT: '70000',
      CREWSPAN_SETTLE: '2 seconds',
      CREWSPAN_MAX_BODY: '16MB',
      CREWSPAN_TOKENS: ':hidden',
      CREWSPAN_TOKEN: 'hidden',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'zipkin',
      OTEL_EXPORTER_OTLP_HEADERS: 'hidden',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/no/such/file',
    });
    expect(message).toContain('The configuration has 10 faults:');
    expect(message).toContain('CREWSPAN_PORT must be a whole number from 0 to 65535 (it is "70000")');
    expect(message).toContain('CREWSPAN_SETTLE must be a duration');
    expect(message).toContain('CREWSPAN_MAX_BODY must be a size');
    expect(message).toContain('CREWSPAN_TOKENS must be source:token');
    expect(message).toContain('CREWSPAN_TOKEN is not a crewspan setting: did you mean CREWSPAN_TOKENS?');
    expect(message).toContain('OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, http/json or grpc');
    expect(message).toContain('OTEL_EXPORTER_OTLP_HEADERS must be key=value pairs');
    expect(message).toContain('OTEL_EXPORTER_OTLP_ENDPOINT must be a URL');
    expect(message).toContain(
      'OTEL_EXPORTER_OTLP_CLIENT_KEY must name a readable file, and this one cannot be read (ENOENT)',
    );
    expect(message).toContain('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE must be set too');
    expect(message).not.toContain('hidden');
  });

  it.each([
    ['CREWSPAN_PORT', '-1'],
    ['CREWSPAN_PORT', '4319.5'],
    ['CREWSPAN_PORT', '0x10'],
    ['CREWSPAN_ADMIN_PORT', 'none'],
    ['CREWSPAN_ADMIN_PORT', '4319'],
    ['CREWSPAN_ALLOW_ANONYMOUS', 'yes'],
    ['CREWSPAN_EVENTS', 'task started'],
    ['CREWSPAN_EVENTS', ','],
    ['CREWSPAN_MAX_BODY', '1'],
    ['CREWSPAN_MAX_BODY', '1GiB'],
    ['CREWSPAN_MAX_BODY', '200MiB'],
    ['CREWSPAN_MAX_DISK', '-1'],
    ['CREWSPAN_MAX_MEMORY', '1MiB'],
    ['CREWSPAN_SETTLE', '2'],
    ['CREWSPAN_IDLE', '-5m'],
    ['CREWSPAN_ABANDON', '25d'],
    ['CREWSPAN_RETENTION', 'never'],
    ['CREWSPAN_TRACE_CONTEXT', 'child'],
    ['CREWSPAN_LOG_LEVEL', 'loud'],
    ['OTEL_TRACES_EXPORTER', 'console'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team=100%'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=a'],
    ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'yes'],
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '-1'],
    ['OTEL_SPAN_EVENT_COUNT_LIMIT', 'many'],
  ])('%s=%s', (name, value) => {
    expect(faultOf({ [name]: value })).toContain(`  ${name} must be`);
  });

  it.each([
    ['a source with a blank', 'a b:hidden'],
    ['an empty token', 'a:'],
    ['a token with a blank', 'hidden hidden'],
    ['a token beyond ASCII', 'hiddén'],
    ['one token of two sources', 'a:hidden,b:hidden'],
    ['nothing but commas', ',,'],
  ])('tokens: %s', (_case, value) => {
    const message = faultOf({ CREWSPAN_TOKENS: value });
    expect(message).toContain('  CREWSPAN_TOKENS must');
    expect(message).not.toMatch(/hidd/);
  });

  it.each([
    ['CREWSPAN_TOKENS', 'good,a b:token', 'entry 2 has a source'],
    ['CREWSPAN_TOKENS', 'good,a:', 'entry 2 has an empty token'],
    ['CREWSPAN_EVENTS', 'task started,task_completed', 'comma-separated, or all: entry 1 is not a type'],
    ['CREWSPAN_EVENTS', 'task_started,task completed', 'comma-separated, or all: entry 2 is not a type'],
    ['CREWSPAN_LOG_LEVEL', 'loud', 'must be trace, debug, info, warn, error, fatal or silent'],
  ])('%s=%s is told %s', (name, value, told) => {
    expect(faultOf({ [name]: value })).toContain(told);
  });

  it.each([
    ['CREWSPAN_MAX_BODY', ['1KiB', '256MiB'], ['1023', '268435457']],
    ['CREWSPAN_MAX_DISK', ['1MiB', '1024TiB'], ['1048575', '1025TiB']],
    ['CREWSPAN_RETENTION', ['24d', '0s'], ['24.001d']],
    ['CREWSPAN_PORT', ['1', '65535'], ['65536']],
    ['CREWSPAN_MAX_CONNECTIONS', ['1', '100000'], ['0', '100001']],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', ['1', '3600000'], ['0', '3600001']],
  ])('%s is taken up to its bounds, and not beyond', (name, taken, refused) => {
    for (const value of taken) expect(() => load({ CREWSPAN_MAX_MEMORY: '1GiB', [name]: value })).not.toThrow();
    for (const value of refused) expect(faultOf({ [name]: value })).toContain(`  ${name} must be`);
  });

  it.each([
    ['127.0.0.1', '127.0.0.2', true],
    ['127.0.0.1', '0.0.0.0', false],
    ['::', '127.0.0.1', false],
    ['::1', '[::1]', false],
  ])('one port for webhooks at %s and for operators at %s: allowed is %s', (host, adminHost, allowed) => {
    const env = {
      CREWSPAN_HOST: host,
      CREWSPAN_ADMIN_HOST: adminHost,
      CREWSPAN_PORT: '4000',
      CREWSPAN_ADMIN_PORT: '4000',
      CREWSPAN_ALLOW_ANONYMOUS: 'true',
    };
    if (allowed) expect(load(env).webhook.port).toBe(4000);
    else expect(faultOf(env)).toContain('must be another port than CREWSPAN_PORT (it is "4000")');
  });

  it('tell a misspelt name what was meant, and a far one nothing', () => {
    expect(faultOf({ CREWSPAN_RETENSION: '1h' })).toContain('did you mean CREWSPAN_RETENTION?');
    expect(faultOf({ CREWSPAN_SOMETHING_ELSE: '1h' })).not.toContain('did you mean');
  });
});

describe('listening beyond loopback', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'crewspan.internal', '127.example.org'])('%s needs a token', host => {
    expect(faultOf({ CREWSPAN_HOST: host })).toContain('CREWSPAN_TOKENS must be set to listen beyond loopback');
    expect(load({ CREWSPAN_HOST: host, CREWSPAN_TOKENS: 'a' }).webhook.host).toBe(host);
    expect(load({ CREWSPAN_HOST: host, CREWSPAN_ALLOW_ANONYMOUS: 'true' }).webhook.host).toBe(host);
  });

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1'])('%s does not', host => {
    expect(load({ CREWSPAN_HOST: host }).webhook.host).toBe(host);
  });

  it('says nothing of a missing token when the token is there and faulty', () => {
    expect(faultOf({ CREWSPAN_HOST: '0.0.0.0', CREWSPAN_TOKENS: 'a:' })).toContain('The configuration has a fault:');
  });
});

describe('a YAML file', () => {
  it('is read, and the environment wins', () => {
    const file = writeTemporary('crewspan.yaml', 'CREWSPAN_PORT: 5000\nCREWSPAN_SETTLE: 3s\nCREWSPAN_IDLE:\n');
    const settings = load({ CREWSPAN_PORT: '6000', CREWSPAN_SETTLE: '' }, file);
    expect(settings.webhook.port).toBe(6000);
    expect(settings.assembly).toMatchObject({ settleMs: 3000, idleMs: 300_000 });
  });

  it('keeps the text of what other YAML readers take for numbers, and takes lists', () => {
    const file = writeTemporary(
      'c.yaml',
      'CREWSPAN_TOKENS: [0123, "a:1e3"]\nCREWSPAN_EVENTS:\n  - task_started\n  - on\n',
    );
    const settings = load({}, file);
    expect(settings.webhook.tokens).toEqual(
      new Map([
        ['default', ['0123']],
        ['a', ['1e3']],
      ]),
    );
    expect(settings.assembly.subscribed).toEqual(new Set(['task_started', 'on']));
  });

  it('may be empty', () => {
    expect(load({}, writeTemporary('c.yaml', '# nothing\n'))).toEqual(load());
  });

  it('is a fault where it is not there, along with the others', () => {
    const message = faultOf({ CREWSPAN_PORT: 'x' }, '/no/such/crewspan.yaml');
    expect(message).toContain('/no/such/crewspan.yaml must be a file that can be read (ENOENT)');
    expect(message).toContain('CREWSPAN_PORT must be');
  });

  it.each([
    ['no map', '- CREWSPAN_PORT', 'must be a map of settings'],
    ['no YAML', 'CREWSPAN_PORT: 1\nCREWSPAN_TOKENS: [hidden\n', 'must be YAML: line'],
    ['a key twice', 'CREWSPAN_PORT: 1\nCREWSPAN_PORT: 2\n', 'must be YAML: line 2 is not (DUPLICATE_KEY)'],
    ['an alias to nowhere', 'CREWSPAN_TOKENS: *hidden\n', 'aliases that lead nowhere'],
    ['a nested map', 'CREWSPAN_TOKENS: {hidden: x}\n', 'CREWSPAN_TOKENS must be a single value'],
    ['an unknown key', 'CREWSPAN_PROT: 1\n', 'did you mean CREWSPAN_PORT?'],
    ['a key in small letters', 'crewspan_port: 1\n', 'crewspan_port is not a crewspan setting'],
    ['a key in small letters, which says what is meant', 'crewspan_port: 1\n', 'did you mean CREWSPAN_PORT?'],
    ['a key without its prefix', 'max_disk: 1GiB\n', 'did you mean CREWSPAN_MAX_DISK?'],
    ['an unknown key of OpenTelemetry', 'OTEL_NOPE: 1\n', 'OTEL_NOPE is not a crewspan setting'],
    ['a faulty value', 'CREWSPAN_PORT: high\n', 'CREWSPAN_PORT must be a whole number'],
  ])('is a fault with %s', (_case, content, expected) => {
    const message = faultOf({}, writeTemporary('c.yaml', content));
    expect(message).toContain(expected);
    expect(message).not.toContain('hidden');
  });
});

describe('the description', () => {
  it('has every setting once, with something to say', () => {
    const table = settingsTable();
    expect(table.map(({ name }) => name)).toContain('CREWSPAN_RETENTION');
    expect(table.filter(({ description }) => description === '')).toEqual([]);
    expect(table.filter(({ secret }) => secret).map(({ name }) => name)).toEqual([
      'CREWSPAN_TOKENS',
      'OTEL_EXPORTER_OTLP_HEADERS',
      'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    ]);
  });

  it('is the table of docs/settings.md', () => {
    const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n\n${describeSettings().trimEnd()}\n\n`);
  });

  it('is a Markdown table', () => {
    const lines = describeSettings().trimEnd().split('\n');
    expect(lines).toHaveLength(settingsTable().length + 2);
    for (const line of lines) expect(line).toMatch(/^\|(?:[^|]+\|){3}$|^\| `\w+` \| {2}\|/);
    expect(lines).toContainEqual(expect.stringMatching(/^\| `CREWSPAN_PORT` \| 4319 \| /));
  });
});
