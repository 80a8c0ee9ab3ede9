import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText } from '../../../../src/base/decodeText.ts';
import { formatExecInfo, parseExecCredential } from '../../../../src/kube/credentials/execCredential.ts';
import type { ExecConfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';
import { testAuthority } from '../../../support/testCertificates.ts';

const V1 = 'client.authentication.k8s.io/v1';
const pair = await (await testAuthority()).issueClient('me', []);

const answer = (status: unknown, more: object = {}) =>
  JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status, ...more });

test('a token is read with and without an expiry', () => {
  assert.deepEqual(parseExecCredential(answer({ token: 'abc' }), V1), {
    credentials: { authorization: 'Bearer abc' },
  });
  const expirationTimestamp = '2026-01-02T03:04:05Z';
  assert.deepEqual(parseExecCredential(answer({ token: 'abc', expirationTimestamp }), V1), {
    credentials: { authorization: 'Bearer abc' },
    expiresAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
});

test('a certificate is valid no longer than its own expiry', () => {
  const status = { clientCertificateData: pair.certificate, clientKeyData: pair.key };
  const { credentials, expiresAtMs = 0 } = parseExecCredential(answer(status), V1);
  assert.equal(credentials.clientCertificate?.certificate.trim(), pair.certificate.trim());
  assert.equal(credentials.authorization, undefined);
  assert.ok(expiresAtMs > Date.now());
  const sooner = { ...status, token: 'abc', expirationTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(parseExecCredential(answer(sooner), V1).expiresAtMs, Date.UTC(2026, 0, 1));
});

const TEXT = answer({ token: 'abc' });
const YAML = `apiVersion: ${V1}\nkind: ExecCredential\nstatus:\n  token: abc\n`;

/** Answers of plugins that are accepted, because kubectl 1.32 accepts each of them. */
const taken: readonly (readonly [string, string])[] = [
  ['YAML', YAML],
  ['YAML with Windows line ends', YAML.replaceAll('\n', '\r\n')],
  ['the first of two YAML documents', `---\n${YAML}---\n{{ [`],
  ['YAML with a key twice', `${YAML}status:\n  token: abc\n`],
  ['JSON behind a comment line', `# cached\n${TEXT}`],
  ['JSON behind a byte order mark', decodeText(Buffer.from(`\ufeff${TEXT}`))],
  ['JSON in UTF-16', decodeText(Buffer.from(`\ufeff${TEXT}`, 'utf16le'))],
  ['JSON behind a tab', `\t${TEXT}`],
  ['JSON with a key twice', TEXT.replace('"status"', '"status":{"token":"old"},"status"')],
  ['unknown fields', answer({ token: 'abc', more: 1 }, { more: [1] })],
  ['no kind', answer({ token: 'abc' }, { kind: undefined })],
];

for (const [name, text] of taken) {
  test(`a plugin may answer ${name}`, () => {
    assert.deepEqual(parseExecCredential(text, V1), { credentials: { authorization: 'Bearer abc' } });
  });
}

const SECOND = Date.UTC(2030, 0, 2, 3, 4, 5);
const times: readonly (readonly [string | null, number | undefined])[] = [
  ['2030-01-02T03:04:05Z', SECOND],
  ['2030-01-02T3:04:05Z', SECOND],
  ['2030-01-02T03:04:05.123456789Z', SECOND + 123],
  ['2030-01-02T03:04:05,5Z', SECOND + 500],
  ['2030-01-02T05:04:05+02:00', SECOND],
  [null, undefined],
];

for (const [time, expected] of times) {
  test(`an expirationTimestamp may be ${time}`, () => {
    const { expiresAtMs } = parseExecCredential(answer({ token: 'abc', expirationTimestamp: time }), V1);
    assert.equal(expiresAtMs, expected);
  });
}

for (const time of [
  '',
  'planted-secret',
  '2030-01-02',
  '2030-01-02T03:04:05',
  '2030-01-02 03:04:05Z',
  '2030-01-02t03:04:05z',
  '2030-01-02T03:04:05+0200',
  '2030-02-31T03:04:05Z',
  '2030-01-02T24:00:00Z',
]) {
  test(`an expirationTimestamp "${time}" is refused, as by client-go`, () => {
    const text = answer({ token: 'planted-secret', expirationTimestamp: time });
    assert.throws(() => parseExecCredential(text, V1), {
      message: 'its expirationTimestamp is not a time such as 2030-01-31T12:00:00Z',
    });
  });
}

const SECRET = 'planted-secret';
const useless: readonly [string, () => string, RegExp][] = [
  ['a text', () => SECRET, /is not an ExecCredential/],
  ['nothing', () => '', /is not an ExecCredential/],
  ['half of it', () => answer({ token: SECRET }).slice(0, -5), /is not valid JSON/],
  ['something behind it', () => `${answer({ token: SECRET })} ${SECRET}`, /is not valid JSON/],
  ['neither JSON nor YAML', () => `x: [${SECRET}`, /is neither JSON nor YAML/],
  ['a list', () => `["${SECRET}"]`, /is not an ExecCredential/],
  [
    'a boolean of YAML 1.1 for a token',
    () => `apiVersion: ${V1}\nstatus: {token: yes}\n`,
    /is not an ExecCredential/,
  ],
  ['a line break in the token', () => answer({ token: `${SECRET}\n` }), /contains a line break/],
  ['another kind', () => answer({ token: SECRET }, { kind: SECRET }), /is not an ExecCredential/],
  [
    'another version',
    () => answer({ token: SECRET }, { apiVersion: SECRET }),
    /apiVersion is not client\.authentication/,
  ],
  ['no status', () => answer(undefined), /has no status/],
  ['nothing in it', () => answer({ token: '' }), /neither a token nor a certificate/],
  [
    'a certificate alone',
    () => answer({ clientCertificateData: pair.certificate }),
    /only one of clientCertificateData and clientKeyData/,
  ],
  ['a number for a token', () => answer({ token: 5 }), /is not an ExecCredential/],
  ['no PEM', () => answer({ clientCertificateData: SECRET, clientKeyData: SECRET }), /not a PEM certificate/],
];

for (const [name, text, reason] of useless) {
  test(`an unusable answer is refused: ${name}`, () =>
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

test('a plugin is told the cluster only if the kubeconfig says so', () => {
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
    url: new URL('https://k.example'),
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
