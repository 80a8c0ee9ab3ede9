import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { KeyPairPem } from '../../../../src/demo/certificates.ts';
import { ClientCertificateCredentials } from '../../../../src/kube/credentials/clientCertificate.ts';
import { combinedCredentials } from '../../../../src/kube/credentials/combinedCredentials.ts';
import { bearer, staticCredentials } from '../../../../src/kube/credentials/staticCredentials.ts';
import { coded } from '../../../support/coded.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';
import { testAuthority } from '../../../support/testCertificates.ts';

const DAY_MS = 86_400_000;
const server = 'https://k.example';
const authority = await testAuthority();
const first = await authority.issueClient('me', []);
const second = await authority.issueClient('me', []);

const base64 = (text: string) => Buffer.from(text).toString('base64');

function fromData(pair: KeyPairPem, more: { wallClock?: () => number } = {}) {
  return new ClientCertificateCredentials({
    user: 'me',
    server,
    certificate: { data: base64(pair.certificate) },
    key: { data: base64(pair.key) },
    ...more,
  });
}

const rejectsTls = (promise: Promise<unknown>, reason: RegExp, secret?: string) =>
  assert.rejects(promise, coded('TLS', reason, secret));

test('a certificate from data is constant, and a 401 does not change it', async () => {
  const source = fromData(first);
  const credentials = await source.get();
  assert.deepEqual(credentials, { clientCertificate: first });
  assert.equal(source.invalidate(), false);
});

test('certificate files are read again after a change', async () => {
  await using directory = await temporaryDirectory();
  const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => join(directory.path, name));
  const write = async (pair: KeyPairPem) => {
    await writeFile(certificate ?? '', pair.certificate);
    await writeFile(key ?? '', pair.key);
  };
  await write(first);
  const source = new ClientCertificateCredentials({
    user: 'me',
    server,
    certificate: { path: certificate },
    key: { path: key },
  });
  const old = await source.get();
  assert.deepEqual(old.clientCertificate, first);

  // The next reads happen during a rotation: the certificate is already new, and the key is still the old one.
  await writeFile(certificate ?? '', second.certificate);
  assert.deepEqual((await source.get()).clientCertificate, first);
  await rm(key ?? '');
  assert.deepEqual((await source.get()).clientCertificate, first);
  await write(second);
  assert.equal(source.invalidate(), true, 'the files may have changed after the request was sent');
  assert.deepEqual((await source.get()).clientCertificate, second);
});

test('an expired or future certificate is refused in one line with the date', async () => {
  const late = fromData(first, { wallClock: () => Date.now() + 31 * DAY_MS });
  await rejectsTls(late.get(), /user "me": the client certificate expired on 20\d\d-\d\d-\d\dT.*: renew it/);
  const early = fromData(first, { wallClock: () => Date.now() - DAY_MS });
  await rejectsTls(early.get(), /is not valid before 20\d\d/);
});

test('a missing, wrong or invalid key is refused', async () => {
  const withKey = (key: object) =>
    new ClientCertificateCredentials({
      user: 'me',
      server,
      certificate: { data: base64(first.certificate) },
      key,
    });
  await rejectsTls(withKey({}).get(), /client-key is missing/);
  await rejectsTls(withKey({ path: '/gone/key' }).get(), /client-key \/gone\/key cannot be read \(ENOENT\)/);
  await rejectsTls(withKey({ data: base64(second.key) }).get(), /does not match the client key/);
  await rejectsTls(withKey({ data: base64('planted-secret') }).get(), /not a PEM key/, 'planted-secret');
});

test('an invalid certificate is refused', async () => {
  await rejectsTls(fromData({ certificate: 'x', key: first.key }).get(), /is not a PEM certificate/);
});

test('a certificate and a token are sent together', async () => {
  const both = combinedCredentials('me', [fromData(first), staticCredentials('me', bearer('t'))]);
  const credentials = await both.get(new AbortController().signal);
  assert.deepEqual(credentials, { clientCertificate: first, authorization: 'Bearer t' });
  assert.equal(both.invalidate(credentials), false);
});
