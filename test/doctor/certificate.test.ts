import { describe, expect, it } from 'vitest';
import { checkCertificate, judgeValidity } from '../../src/doctor/certificate.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';

const names = { cert: 'CERT', key: 'KEY' };
const DAY = 86_400_000;

describe.skipIf(!hasOpenssl)('a certificate and its key (needs openssl)', () => {
  it('belong together', () => {
    const { server, client } = makeCertificates();
    const now = Date.now();
    // Made for two days.
    expect(checkCertificate({ ...server, names, now })).toMatchObject({ status: 'warning', code: 'tls.expires-soon' });
    expect(checkCertificate({ ...server, key: client.key, names, now })).toMatchObject({ code: 'tls.mismatch' });
    expect(checkCertificate({ ...server, names, now: now + 3 * DAY })).toMatchObject({ code: 'tls.expired' });
    expect(checkCertificate({ ...server, cert: server.key, names, now })).toMatchObject({ code: 'tls.unreadable' });
    expect(checkCertificate({ ...server, key: server.cert, names, now })).toMatchObject({ code: 'tls.unreadable' });
  });
});

describe('the validity of a certificate', () => {
  const certificate = { validFrom: 'Jan  1 00:00:00 2026 GMT', validTo: 'Apr  1 00:00:00 2026 GMT' };
  const judge = (now: number) => judgeValidity(certificate, { what: 'it', renew: 'Renew it.', now });

  it.each([
    [Date.UTC(2025, 11, 31), 'fault', 'tls.not-yet-valid'],
    [Date.UTC(2026, 1, 1), 'ok', 'tls.valid'],
    [Date.UTC(2026, 2, 25), 'warning', 'tls.expires-soon'],
    [Date.UTC(2026, 3, 2), 'fault', 'tls.expired'],
  ])('at %i: %s', (now, status, code) => {
    expect(judge(now)).toMatchObject({ status, code });
  });
});
