/** A TLS handshake that is finished whatever the certificate: to tell what is wrong with it. */
import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import type { DeliverySettings } from '../../delivery/settings.ts';
import { reasonOf } from './connect.ts';

export type Handshake =
  | {
      readonly kind: 'secured';
      /** `TLSv1.3` */
      readonly version: string;
      /** By ALPN: `h2` or `http/1.1`; `undefined` where the server does not say. */
      readonly application: string | undefined;
      /** Why the certificate is not trusted: a code of OpenSSL or Node. */
      readonly distrust: string | undefined;
      readonly certificate: PeerCertificate;
    }
  | { readonly kind: 'failed'; readonly code: string };

export interface HandshakeOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: DeliverySettings['tls'];
  readonly applications: readonly string[];
  readonly timeoutMs: number;
}

/** Sends nothing but the handshake. */
export async function shakeHands(options: HandshakeOptions): Promise<Handshake> {
  try {
    return await attempt(options);
  } catch (error) {
    // OpenSSL cannot read what stands in the PEM files.
    return { kind: 'failed', code: reasonOf(error) };
  }
}

function attempt({ host, port, tls, applications, timeoutMs }: HandshakeOptions): Promise<Handshake> {
  return new Promise(resolve => {
    const socket = connect({
      host,
      port,
      ...tls,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: [...applications],
      rejectUnauthorized: false,
    });
    const end = (result: Handshake) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end({ kind: 'failed', code: 'TIMEOUT' }), timeoutMs);
    socket.once('error', error => end({ kind: 'failed', code: reasonOf(error) }));
    socket.once('end', () => end({ kind: 'failed', code: 'ECONNRESET' }));
    socket.once('secureConnect', () => {
      const { alpnProtocol, authorizationError } = socket;
      end({
        kind: 'secured',
        version: socket.getProtocol() ?? 'TLS',
        application: typeof alpnProtocol === 'string' && alpnProtocol !== '' ? alpnProtocol : undefined,
        // An Error by its types, a code in fact.
        distrust: authorizationError ? reasonOf(authorizationError) : undefined,
        certificate: socket.getPeerCertificate(),
      });
    });
  });
}
