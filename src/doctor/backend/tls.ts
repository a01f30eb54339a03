/** The certificate of the backend: trusted, for this name, and for how long? */
import { judgeValidity } from '../certificate.ts';
import { type Finding, fault } from '../finding.ts';
import type { Handshake } from './handshake.ts';

export interface BackendTls {
  readonly handshake: Handshake;
  readonly host: string;
  readonly port: number;
  /** The variable that names the endpoint. */
  readonly variable: string;
  /** `OTEL_EXPORTER_OTLP_CERTIFICATE` is set. */
  readonly ownAuthority: boolean;
  readonly now: number;
}

const CERTIFICATE = 'OTEL_EXPORTER_OTLP_CERTIFICATE';

export function checkBackendTls(options: BackendTls): Finding {
  const { handshake, host, port, now } = options;
  const where = `${host}:${port}`;
  if (handshake.kind === 'failed') return unsecured(handshake.code, options);
  const { certificate, distrust, version } = handshake;
  const validity = judgeValidity(
    { validFrom: certificate.valid_from, validTo: certificate.valid_to },
    { what: `the certificate of ${where}`, renew: 'Whoever runs the backend has to renew it.', now },
  );
  if (distrust === undefined || distrust === 'CERT_HAS_EXPIRED' || distrust === 'CERT_NOT_YET_VALID') {
    const known = { ...validity.facts, version };
    return validity.status === 'ok'
      ? { ...validity, summary: `${version}, ${validity.summary}`, facts: known }
      : validity;
  }
  return distrusted(distrust, options);
}

function unsecured(error: string, { host, port, variable }: BackendTls): Finding {
  const where = `${host}:${port}`;
  const facts = { host, port, error };
  if (/EPROTO|WRONG_VERSION|PACKET_LENGTH/.test(error)) {
    const summary = `${where} does not speak TLS, but ${variable} says https://`;
    return fault('tls.not-spoken', summary, `Write http:// instead of https:// in ${variable}.`, facts);
  }
  const summary = `the TLS handshake with ${where} failed (${error})`;
  const advice =
    `Check that the port of ${variable} speaks TLS; if not, write http://. One that asks for a client ` +
    'certificate: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY.';
  return fault('tls.handshake', summary, advice, facts);
}

function distrusted(error: string, options: BackendTls): Finding {
  const { handshake, host, port, variable, ownAuthority } = options;
  const certificate = handshake.kind === 'secured' ? handshake.certificate : undefined;
  const where = `${host}:${port}`;
  const facts = { host, port, error };
  if (error === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate?.subjectaltname ?? 'no name';
    const summary = `the certificate of ${where} is not for ${host}, but for ${names}`;
    return fault('tls.name', summary, `Use one of these names in ${variable}.`, facts);
  }
  const issuer = certificate?.issuer?.CN ?? certificate?.issuer?.O ?? 'an unnamed authority';
  const summary = `the certificate of ${where}, issued by ${issuer}, is not trusted (${error})`;
  const advice = ownAuthority
    ? `The authority in the file of ${CERTIFICATE} is not the one that issued it. Name a PEM file with that one; it replaces Node's own list.`
    : `Name a PEM file with the authority that issued it in ${CERTIFICATE}. A publicly trusted backend may be sending an incomplete chain.`;
  return fault('tls.untrusted', summary, advice, facts);
}
