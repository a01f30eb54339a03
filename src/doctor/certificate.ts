/** Until when is a certificate valid? */
import { X509Certificate } from 'node:crypto';
import { type Finding, fault, fine, warning } from './finding.ts';

const DAY_MS = 86_400_000;
/** Renewal goes wrong silently; this leaves time to see it. */
const SOON_DAYS = 21;

/** One of our own, in PEM. That its key belongs to it was seen to with the settings. */
export function checkCertificate(pem: Buffer, setting: string, now: number): Finding {
  return judgeValidity(new X509Certificate(pem), { what: `the certificate of ${setting}`, renew: 'Renew it.', now });
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
  const facts = { validTo: new Date(validTo).toISOString(), days };
  const until = facts.validTo.slice(0, 10);
  if (Date.parse(validFrom) > now) {
    const advice = 'Look at the clock of this machine, or wait.';
    const summary = `${what} is not valid before ${new Date(validFrom).toISOString()}`;
    return fault('tls.not-yet-valid', summary, advice, facts);
  }
  if (days < 0) return fault('tls.expired', `${what} expired on ${until}`, renew, facts);
  if (days < SOON_DAYS) {
    return warning('tls.expires-soon', `${what} expires on ${until}, in ${days} days`, renew, facts);
  }
  return fine('tls.valid', `${what} is valid until ${until}`, facts);
}
