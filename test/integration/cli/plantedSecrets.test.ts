import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import type { Reporter } from '../../../src/cli/reporter.ts';
import type { DemoUserName } from '../../../src/demo/entry.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { createTestPlugin } from '../../support/execPlugin.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { clusterEntry, kubeconfigText } from '../../support/kubeconfigText.ts';
import { freePort } from '../../support/localPorts.ts';
import { startSocksServer } from '../../support/socksServer.ts';
import { get } from '../../support/tcpClient.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { expiredCertificate, testAuthority } from '../../support/testCertificates.ts';
import { CommandProcess } from './commandProcess.ts';
import { forwardHere } from './forwardHere.ts';

const cluster = await demoClusterFor({ after });
const plugin = await createTestPlugin();
after(() => plugin[Symbol.asyncDispose]());

interface SetUp {
  readonly user?: object;
  readonly cluster?: object;
  /** A whole kubeconfig. Optional, default a kubeconfig with `user` and `cluster`. */
  readonly kubeconfig?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** More secrets that nobody may see. */
  readonly secrets?: readonly string[];
  readonly server?: AsyncDisposable;
}

const basicAuthentication = (secret: string): SetUp => ({
  user: { username: 'someone', password: secret },
  secrets: [base64(`someone:${secret}`)],
});
const proxyUrl = (scheme: string, secret: string, port: number): string =>
  `${scheme}://someone:${encodeURIComponent(`${secret}/@`)}@127.0.0.1:${port}`;
const proxySecrets = (secret: string): readonly string[] => [base64(`someone:${secret}/@`)];
const execUser = (mode: string, text?: string): object => {
  const { arguments: args, command, apiVersion, interactiveMode } = plugin.config(mode, text);
  return { exec: { apiVersion, command, args, interactiveMode } };
};

/** @param code the code of the final error; undefined for a forward that works */
const plant = (
  name: string,
  code: string | undefined,
  setUp: (secret: string) => Promise<SetUp> | SetUp,
) => ({
  ...{ name, code, setUp },
});

/** Forwards that fail or work. The secret of each must be shown nowhere. */
const SCENARIOS = [
  plant('a token that is accepted', undefined, () => ownToken('demo-developer')),
  plant('a token of a user without the right', 'FORBIDDEN', () => ownToken('demo-viewer')),
  plant('a token that is refused', 'UNAUTHORIZED', (token) => ({ user: { token } })),
  plant('a token by flag', 'UNAUTHORIZED', (token) => ({ user: {}, args: ['--token', token] })),
  plant('a token beside an unknown flag', 'USAGE', (token) => ({ user: {}, args: [`--tokn=${token}`] })),
  plant('a token that no header can carry', 'KUBECONFIG_INVALID', (token) => ({
    user: { token: `${token}\n${token}` },
  })),
  plant('a token for a server that refuses connections', 'UNREACHABLE', async (token) => ({
    user: { token },
    cluster: { server: `https://127.0.0.1:${await freePort()}` },
  })),
  plant('a token for a server with an unknown host name', 'UNREACHABLE', (token) => ({
    user: { token },
    cluster: { server: 'https://cluster.invalid' },
  })),
  plant('a token for a server that closes the connection', 'UNREACHABLE', async (token) => {
    const server = await TestTcpServer.start((socket) => socket.once('data', () => socket.destroy()));
    return { user: { token }, cluster: { server: server.url('http').href }, server };
  }),
  plant('a token for a server that does not speak HTTP', 'PROTOCOL', async (token) => {
    const server = await TestTcpServer.start((socket) =>
      socket.once('data', (request: Buffer) => socket.end(request)),
    );
    return { user: { token }, cluster: { server: server.url('http').href }, server };
  }),
  plant('a token in a kubeconfig that is no YAML', 'KUBECONFIG_INVALID', (token) => ({
    kubeconfig: `users:\n- name: a\n  user:\n    token: "${token}\n    x: {]`,
  })),
  plant('a token in a kubeconfig of the wrong shape', 'KUBECONFIG_INVALID', (token) => ({
    kubeconfig: `users:\n- name: a\n  user:\n    token: [${token}]`,
  })),
  plant('a token in a truncated file', 'CREDENTIALS_FAILED', async (token) => {
    const tokenFile = join(plugin.directory, 'token');
    await writeFile(tokenFile, `${token}\n${token}\n`);
    return { user: { tokenFile } };
  }),
  plant('a password that is refused', 'UNAUTHORIZED', basicAuthentication),
  plant('a password in the URL of a server', 'USAGE', (secret) => ({
    args: ['--server', `ftp://someone:${secret}@127.0.0.1`],
  })),
  plant('a password with a slash in the URL of a server', 'USAGE', (secret) => ({
    args: ['--server', `https://someone:12/${secret}@127.0.0.1`],
  })),
  plant('a password in the URL of a server in the kubeconfig', 'KUBECONFIG_INVALID', (secret) => ({
    cluster: { server: `https://someone:${secret}@127.0.0.1:port` },
  })),
  plant('a password in the URL of a server that refuses connections', 'UNREACHABLE', async (secret) => ({
    cluster: { server: `https://someone:${secret}@127.0.0.1:${await freePort()}` },
  })),
  plant('a password for a proxy that refuses it (407)', 'PROXY_FAILED', async (secret) => {
    const server = await startHttpProxy((head, client) => {
      const [, encoded = ''] = /Basic (\S+)/.exec(head) ?? [];
      const pair = Buffer.from(encoded, 'base64').toString();
      client.end(`HTTP/1.1 407 user ${pair} (${encoded}) refused\r\n\r\n`);
      return false;
    });
    const url = proxyUrl('http', secret, server.port);
    return { cluster: { 'proxy-url': url }, secrets: proxySecrets(secret), server };
  }),
  plant('a password for a proxy that refuses connections', 'PROXY_FAILED', async (secret) => ({
    cluster: { 'proxy-url': proxyUrl('http', secret, await freePort()) },
    secrets: proxySecrets(secret),
  })),
  plant('a password for a proxy that does not speak HTTP', 'PROXY_FAILED', async (secret) => {
    const server = await TestTcpServer.start((socket) => socket.pipe(socket));
    const url = proxyUrl('http', secret, server.port);
    return { cluster: { 'proxy-url': url }, secrets: proxySecrets(secret), server };
  }),
  plant('a password for an HTTPS proxy with an untrusted certificate', 'PROXY_FAILED', async (secret) => {
    const { certificate, key } = await expiredCertificate();
    const server = await startHttpProxy(() => true, { cert: certificate, key });
    const url = proxyUrl('https', secret, server.port);
    return { cluster: { 'proxy-url': url }, secrets: proxySecrets(secret), server };
  }),
  plant('a password for a SOCKS proxy that refuses it', 'PROXY_FAILED', async (secret) => {
    const server = await startSocksServer({ login: { user: 'someone', password: 'another' } });
    const url = proxyUrl('socks5', secret, server.port);
    return { cluster: { 'proxy-url': url }, secrets: proxySecrets(secret), server };
  }),
  plant('a password for a proxy of an unknown kind', 'KUBECONFIG_INVALID', (secret) => ({
    cluster: { 'proxy-url': proxyUrl('ftp', secret, 1) },
  })),
  plant('a password for a proxy with an invalid URL', 'KUBECONFIG_INVALID', (secret) => ({
    cluster: { 'proxy-url': `http://someone:${secret}@127.0.0.1:port` },
  })),
  plant(
    'a password for a proxy of the environment that refuses connections',
    'PROXY_FAILED',
    async (secret) => ({
      cluster: { server: 'https://demo.cluster.test:6443' },
      environment: { HTTPS_PROXY: proxyUrl('http', secret, await freePort()) },
      secrets: proxySecrets(secret),
    }),
  ),
  plant('a password for a proxy that accepts it', undefined, async (secret) => {
    const server = await startHttpProxy();
    const url = proxyUrl('http', secret, server.port);
    return { ...ownToken('demo-admin'), cluster: { 'proxy-url': url }, server };
  }),
  plant("a private key for a server whose certificate is another server's", 'TLS', async () => ({
    ...keyUser(await (await testAuthority()).issueClient('someone', [])),
    cluster: { 'tls-server-name': 'other.test' },
  })),
  plant(
    'a private key whose certificate has an authority that the server does not know',
    'UNAUTHORIZED',
    async () => keyUser(await (await testAuthority()).issueClient('someone', [])),
  ),
  plant("a private key that is another certificate's", 'TLS', async () => {
    const authority = await testAuthority();
    const { certificate } = await authority.issueClient('someone', []);
    const { key } = await authority.issueClient('another', []);
    return keyUser({ certificate, key });
  }),
  plant('a private key that is broken', 'TLS', async () => {
    const { certificate, key } = await (await testAuthority()).issueClient('someone', []);
    const broken = key.replace(/(?<=KEY-----\n.{20}).{4}/, 'AAAA');
    assert.notEqual(broken, key);
    return keyUser({ certificate, key: broken });
  }),
  plant('a private key whose certificate is expired', 'TLS', async () => keyUser(await expiredCertificate())),
  plant("an exec plugin's token that is accepted", undefined, () => {
    const token = cluster.token('demo-developer');
    return { user: execUser('answer', JSON.stringify({ token })), secrets: [token, base64(token)] };
  }),
  plant("an exec plugin's token that is refused", 'UNAUTHORIZED', (token) => ({
    user: execUser('answer', JSON.stringify({ token })),
  })),
  plant('an exec plugin that writes no JSON', 'CREDENTIALS_FAILED', (token) => ({
    user: execUser('raw', `{"status": {"token": "${token}", ]`),
  })),
  plant('an exec plugin that answers in another version', 'CREDENTIALS_FAILED', (token) => ({
    user: execUser('raw', JSON.stringify({ apiVersion: token, kind: 'ExecCredential', status: { token } })),
  })),
  plant('an exec plugin that gives a key and no certificate', 'CREDENTIALS_FAILED', (key) => ({
    user: execUser('answer', JSON.stringify({ clientKeyData: key })),
  })),
  plant(
    'an exec plugin that does not exist, with a secret as its argument',
    'CREDENTIALS_FAILED',
    (secret) => ({
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'no-such-plugin',
          args: [`--password=${secret}`],
          env: [{ name: 'PASSWORD', value: secret }],
          interactiveMode: 'Never',
        },
      },
    }),
  ),
  plant('an identity provider that refuses connections', 'UNREACHABLE', async (secret) => ({
    user: {
      'auth-provider': {
        name: 'oidc',
        config: {
          'client-id': 'someone',
          'client-secret': secret,
          'refresh-token': secret,
          'id-token': `e30.${base64(JSON.stringify({ exp: 1, secret }))}.${secret}`,
          'idp-issuer-url': `https://127.0.0.1:${await freePort()}`,
        },
      },
    },
  })),
];

for (const { name, code, setUp } of SCENARIOS) {
  test(`no output contains the secret: ${name}`, async () => {
    const secret = `planted${randomBytes(12).toString('hex')}`;
    const made = await setUp(secret);
    try {
      const path = join(plugin.directory, 'config');
      await writeFile(
        path,
        made.kubeconfig ?? kubeconfigText({ ...clusterEntry(cluster), ...made.cluster }, made.user),
      );
      const secrets = [secret, base64(secret), ...(made.secrets ?? [])];
      const environment = { ...plugin.environment, ...made.environment, KUBECONFIG: path };
      const args = ['pod/web', ':80', ':9999', ...(made.args ?? [])];
      const seen = await Promise.all([
        runProcess(args, environment, code),
        runProcess([...args, '-o', 'json'], environment, code),
        runHere(args, environment, code),
      ]);
      for (const text of seen) assertWithout(secrets, text);
    } finally {
      await made.server?.[Symbol.asyncDispose]();
    }
  });
}

/**
 * Runs the command in a separate process. Without `code`, uses a port that works and one that refuses connections. With
 * `code`, expects that the command fails. Returns all of its output.
 */
async function runProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  code: string | undefined,
): Promise<string> {
  await using command = new CommandProcess(args, {
    environment: { ...environment, HOME: plugin.directory },
  });
  if (code === undefined) {
    await get(await command.port(80), '/healthz');
    await assert.rejects(get(await command.port(9999)));
    const failed = /connection refused/;
    await (args.includes('json') ? command.output(failed) : command.errors(failed));
    command.ask('SIGINT');
  }
  const { status, stdout, stderr } = await command.ended();
  const expected = code === undefined ? 0 : code === 'USAGE' ? 2 : 1;
  assert.equal(status, expected, stdout + stderr);
  return stdout + stderr;
}

/** Returns everything visible inside the command: its events, and its error with all causes and properties. */
async function runHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  code: string | undefined,
): Promise<string> {
  const seen: unknown[] = [];
  const stop = new AbortController();
  const reporter: Reporter = {
    notice(notice) {
      seen.push(notice);
      if (notice.type === 'ready') stop.abort();
    },
    warning: (warning) => seen.push(warning),
    signInNeeded: (user) => seen.push(user),
    detached: (target) => seen.push(target),
    exchange: (exchange) => seen.push(JSON.stringify(exchange)),
    stopped: (reason) => seen.push(reason),
  };
  const forwarded = forwardHere([...args, '-v=9'], {
    environment,
    homeFolder: plugin.directory,
    onRequest: (entry) => seen.push(entry),
    reporter,
    stop: stop.signal,
  });
  const thrown = await forwarded.catch((error: unknown) => error);
  assert.equal((thrown as { code?: string } | undefined)?.code, code, inspect(thrown));
  seen.push(thrown);
  return `${seen.map(everythingIn).join('\n')}${JSON.stringify(seen)}`;
}

function everythingIn(value: unknown): string {
  return inspect(value, { depth: 30, showHidden: true, maxArrayLength: null, maxStringLength: null });
}

function assertWithout(secrets: readonly string[], text: string): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.equal(at, -1, `${secret} in: ${text.slice(Math.max(0, at - 300), at + 100)}`);
  }
}

function ownToken(name: DemoUserName): SetUp {
  const token = cluster.token(name);
  return { user: { token }, secrets: [token, base64(token)] };
}

function keyUser({ certificate, key }: { readonly certificate: string; readonly key: string }): SetUp {
  const lines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  return {
    user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
    secrets: [...lines, base64(key)],
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
