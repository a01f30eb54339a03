import { describe, expect, it } from 'vitest';
import { checkCertificate, judgeValidity } from '../../src/doctor/certificate.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';

const DAY = 86_400_000;

it.skipIf(!hasOpenssl)('a certificate is judged by its validity (needs openssl)', () => {
  const { server } = makeCertificates();
  const now = Date.now();
  // Made for two days.
  expect(checkCertificate(server.cert, 'CERT', now)).toMatchObject({ status: 'warning', code: 'tls.expires-soon' });
  expect(checkCertificate(server.cert, 'CERT', now + 3 * DAY)).toMatchObject({
    code: 'tls.expired',
    summary: expect.stringContaining('the certificate of CERT expired'),
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
