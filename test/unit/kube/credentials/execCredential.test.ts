import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createCertificateAuthority, type KeyPairPem } from '../../../../src/demo/certificates.ts';
import { formatExecInfo, parseExecCredential } from '../../../../src/kube/credentials/execCredential.ts';
import type { ExecConfig } from '../../../../src/kube/kubeconfigFile.ts';

const V1 = 'client.authentication.k8s.io/v1';
let pair: KeyPairPem;
before(async () => {
  pair = await (await createCertificateAuthority('test')).issueClient('me', []);
});

const answer = (status: unknown, more: object = {}) =>
  JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status, ...more });

test('a token, with and without an end', () => {
  assert.deepEqual(parseExecCredential(answer({ token: 'abc\n' }), V1), {
    credentials: { authorization: 'Bearer abc' },
  });
  const expirationTimestamp = '2026-01-02T03:04:05Z';
  assert.deepEqual(parseExecCredential(answer({ token: 'abc', expirationTimestamp }), V1), {
    credentials: { authorization: 'Bearer abc' },
    expiresAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
});

test('a certificate is good no longer than it says itself', () => {
  const status = { clientCertificateData: pair.certificate, clientKeyData: pair.key };
  const { credentials, expiresAtMs = 0 } = parseExecCredential(answer(status), V1);
  assert.equal(credentials.clientCertificate?.certificate.trim(), pair.certificate.trim());
  assert.equal(credentials.authorization, undefined);
  assert.ok(expiresAtMs > Date.now());
  const sooner = { ...status, token: 'abc', expirationTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(parseExecCredential(answer(sooner), V1).expiresAtMs, Date.UTC(2026, 0, 1));
});

const SECRET = 'planted-secret';
const useless: readonly [string, () => string, RegExp][] = [
  ['no JSON', () => SECRET, /is no JSON object/],
  ['half of it', () => answer({ token: SECRET }).slice(0, -5), /is no JSON object/],
  ['a list', () => `["${SECRET}"]`, /is no JSON object/],
  ['another kind', () => answer({ token: SECRET }, { kind: SECRET }), /is no ExecCredential/],
  [
    'another version',
    () => answer({ token: SECRET }, { apiVersion: SECRET }),
    /not of the version asked for/,
  ],
  ['no status', () => answer(undefined), /has no status/],
  ['nothing in it', () => answer({ token: '' }), /neither a token nor a certificate/],
  [
    'a certificate alone',
    () => answer({ clientCertificateData: pair.certificate }),
    /certificate without its key/,
  ],
  ['a number for a token', () => answer({ token: 5 }), /something else where texts belong/],
  ['no time', () => answer({ token: SECRET, expirationTimestamp: SECRET }), /is no time/],
  ['no PEM', () => answer({ clientCertificateData: SECRET, clientKeyData: SECRET }), /no PEM certificate/],
];

for (const [name, text, reason] of useless) {
  test(`of no use: ${name}`, () =>
    assert.throws(
      () => parseExecCredential(text(), V1),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, reason);
        assert.ok(!`${error.stack}${String(error.cause)}`.includes(SECRET));
        return true;
      },
    ));
}

test('what a plugin is told: the cluster only where the kubeconfig says so', () => {
  const config: ExecConfig = {
    apiVersion: V1,
    command: 'x',
    arguments: [],
    environment: [],
    provideClusterInfo: false,
    interactiveMode: 'Never',
  };
  const cluster = {
    server: 'https://k.example',
    tlsServerName: 'inner',
    proxyUrl: 'http://p',
    execConfig: { a: 1 },
  };
  assert.deepEqual(JSON.parse(formatExecInfo(config, false, cluster, 'PEM')), {
    apiVersion: V1,
    kind: 'ExecCredential',
    spec: { interactive: false },
  });
  assert.deepEqual(
    JSON.parse(formatExecInfo({ ...config, provideClusterInfo: true }, true, cluster, 'PEM')),
    {
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: {
        cluster: {
          server: 'https://k.example',
          'tls-server-name': 'inner',
          'certificate-authority-data': 'UEVN',
          'proxy-url': 'http://p',
          config: { a: 1 },
        },
        interactive: true,
      },
    },
  );
});
