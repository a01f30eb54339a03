/** What a port speaks, whatever it was taken for: asked when an export failed, to tell why. */
import { connect } from 'node:net';
import { shakeHands } from './handshake.ts';

export interface Spoken {
  readonly tls: boolean;
  readonly http1: boolean;
  /** What gRPC goes over. */
  readonly http2: boolean;
}

export interface SpokenOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

const SETTINGS = 4;
/** RFC 9113, 3.4: the client's preface and an empty SETTINGS frame. */
const HTTP2_PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]),
]);
const ENOUGH = 9;

export async function probeSpoken(options: SpokenOptions): Promise<Spoken> {
  const { host } = options;
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: crewspan\r\nConnection: close\r\n\r\n`;
  const [one, two, h1, h2] = await Promise.all([
    firstBytes(options, Buffer.from(request)),
    firstBytes(options, HTTP2_PREFACE),
    securely(options, 'http/1.1'),
    securely(options, 'h2'),
  ]);
  const tls = h1 !== undefined || h2 !== undefined;
  return {
    tls,
    http1: tls ? h1 === 'http/1.1' : one.toString('latin1').startsWith('HTTP/1.'),
    http2: tls ? h2 === 'h2' : isSettings(two),
  };
}

/** The protocol that the server agrees to speak over TLS, empty where it names none, `undefined` where there is no TLS. */
async function securely(options: SpokenOptions, application: string): Promise<string | undefined> {
  const handshake = await shakeHands({ ...options, tls: {}, applications: [application] });
  return handshake.kind === 'secured' ? (handshake.application ?? '') : undefined;
}

/** RFC 9113, 4.1: the server's first frame has to be SETTINGS, on stream 0. */
function isSettings(bytes: Buffer): boolean {
  return bytes.length >= ENOUGH && bytes[3] === SETTINGS && bytes.readUInt32BE(5) === 0;
}

function firstBytes({ host, port, timeoutMs }: SpokenOptions, request: Buffer): Promise<Buffer> {
  return new Promise(resolve => {
    let received = Buffer.alloc(0);
    const socket = connect({ host, port }, () => socket.write(request));
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(end, timeoutMs);
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= ENOUGH) end();
    });
    socket.once('end', end);
    socket.once('error', end);
  });
}
