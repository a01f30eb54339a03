/** A certificate and its key: can they be read, do they belong together, and until when is it valid? */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Finding } from './finding.ts';

export interface CertificateCheck {
  /** PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The variables that name the files. */
  readonly names: { readonly cert: string; readonly key: string };
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const DAY_MS = 86_400_000;
/** Renewal goes wrong silently; this leaves time to see it. */
const SOON_DAYS = 21;

export function checkCertificate({ cert, key, names, now }: CertificateCheck): Finding {
  const fault = (code: string, summary: string, advice: string): Finding => ({
    check: 'tls',
    code,
    status: 'fault',
    summary,
    advice,
    facts: { setting: names.cert },
  });
  let certificate: X509Certificate;
  let matches: boolean;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return fault(
      'tls.unreadable',
      `the file of ${names.cert} holds no certificate`,
      'Name a PEM file with a certificate first in it.',
    );
  }
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return fault(
      'tls.unreadable',
      `the file of ${names.key} holds no private key without a passphrase`,
      'Name a PEM file with the private key, not encrypted.',
    );
  }
  if (!matches) {
    const advice = 'Name the key for which the certificate was made; after a renewal both files change.';
    return fault('tls.mismatch', `the key of ${names.key} is not that of the certificate of ${names.cert}`, advice);
  }
  return judgeValidity(certificate, { what: `the certificate of ${names.cert}`, renew: 'Renew it.', now });
}

export interface ValidityCheck {
  readonly what: string;
  /** What to do when it is over, or soon. */
  readonly renew: string;
  readonly now: number;
}

/** `validity` as Node tells it, of the own certificate or of a peer's. */
export function judgeValidity(
  { validFrom, validTo }: { readonly validFrom: string; readonly validTo: string },
  { what, renew, now }: ValidityCheck,
): Finding {
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  const common = { check: 'tls', facts: { validTo: new Date(validTo).toISOString(), days } } as const;
  const until = common.facts.validTo.slice(0, 10);
  if (Date.parse(validFrom) > now) {
    const advice = 'Look at the clock of this machine, or wait.';
    const summary = `${what} is not valid before ${new Date(validFrom).toISOString()}`;
    return { ...common, code: 'tls.not-yet-valid', status: 'fault', summary, advice };
  }
  if (days < 0) {
    return { ...common, code: 'tls.expired', status: 'fault', summary: `${what} expired on ${until}`, advice: renew };
  }
  if (days < SOON_DAYS) {
    const summary = `${what} expires on ${until}, in ${days} days`;
    return { ...common, code: 'tls.expires-soon', status: 'warning', summary, advice: renew };
  }
  return { ...common, code: 'tls.valid', status: 'ok', summary: `${what} is valid until ${until}` };
}
