import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { testAuthority } from '../../support/testCertificates.ts';
import { CommandProcess } from './commandProcess.ts';

/** A name in the cluster's certificate that only a proxy can resolve. */
const NAME = 'demo.cluster.test';
const LOGIN = { user: 'some one', password: 'p@ss/word:' };
const LOGIN_URL_PART = `${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(LOGIN.password)}@`;
const AUTHORIZATION = `Proxy-Authorization: Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;

let cluster: DemoCluster;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
before(async () => {
  cluster = await startDemoCluster();
  folder = await temporaryDirectory();
});
after(async () => {
  await folder[Symbol.asyncDispose]();
  await cluster.dispose();
});

/** Writes a kubeconfig for the cluster by its name, with more lines in its entry. */
async function kubeconfig(name: string, ...lines: readonly string[]): Promise<string> {
  const path = join(folder.path, name);
  const server = `    server: https://${NAME}:${cluster.server.port}`;
  const entry = [server, ...lines.map((line) => `    ${line}`)].join('\n');
  await writeFile(path, cluster.kubeconfig.replace(/ {4}server: .*/, entry));
  return path;
}

/** Forwards, fetches a page, and stops. */
async function forwards(environment: Readonly<Record<string, string>>): Promise<void> {
  await using command = new CommandProcess(['svc/web', ':http', '--output', 'json'], { environment });
  const { addresses } = await command.event('ready');
  const [first] = addresses as readonly { readonly localPort: number }[];
  assert.equal((await get(first?.localPort ?? 0, '/healthz')).body, 'ok\n');
  assert.equal((await command.stop()).status, 0);
}

/** CONNECT requests for requests and tunnels: each for the cluster, each with the login. */
function assertAsked(heads: readonly string[], host = NAME): void {
  assert.ok(heads.length >= 2, `${heads.length} requests`);
  for (const head of heads) {
    assert.match(
      head,
      new RegExp(`^CONNECT ${host.replaceAll('.', '\\.')}:${cluster.server.port} HTTP/1\\.1`),
    );
    assert.ok(head.split('\r\n').includes(AUTHORIZATION), head.replace(/Basic .*/, 'Basic …'));
  }
}

test('the command uses an HTTP proxy with a login from the kubeconfig', async () => {
  await using server = await startHttpProxy();
  await forwards({
    KUBECONFIG: await kubeconfig('http', `proxy-url: http://${LOGIN_URL_PART}127.0.0.1:${server.port}`),
  });
  assertAsked(server.asked);
});

test('the command uses an HTTPS proxy with a login from the kubeconfig', async () => {
  const authority = await testAuthority();
  const { certificate, key } = await authority.issueServer(['localhost'], ['127.0.0.1']);
  const trusted = join(folder.path, 'authority.pem');
  await writeFile(trusted, authority.certificate);
  await using server = await startHttpProxy(() => true, { cert: certificate, key });
  await forwards({
    KUBECONFIG: await kubeconfig('https', `proxy-url: https://${LOGIN_URL_PART}127.0.0.1:${server.port}`),
    NODE_EXTRA_CA_CERTS: trusted,
  });
  assertAsked(server.asked);
});

test('HTTPS_PROXY is used for a server on another machine', async () => {
  await using server = await startHttpProxy();
  await forwards({
    KUBECONFIG: await kubeconfig('environment'),
    HTTPS_PROXY: `http://${LOGIN_URL_PART}127.0.0.1:${server.port}`,
  });
  assertAsked(server.asked);
});

test('the proxy-url of the kubeconfig wins, also for a server on this machine', async () => {
  await using server = await startHttpProxy();
  const path = join(folder.path, 'wins');
  const url = `http://${LOGIN_URL_PART}127.0.0.1:${server.port}`;
  await writeFile(path, cluster.kubeconfig.replace(/( {4}server: .*)/, `$1\n    proxy-url: ${url}`));
  await forwards({ KUBECONFIG: path, HTTPS_PROXY: 'http://127.0.0.1:1' });
  assertAsked(server.asked, '127.0.0.1');
});

test('a path prefix works, also through a proxy', async () => {
  const gateway = await startDemoCluster({ pathPrefix: '/k8s/clusters/demo' });
  const server = await startHttpProxy();
  try {
    await forwards({ KUBECONFIG: gateway.kubeconfigPath });
    // Gateways let WebSockets through, so these come first.
    assert.equal(gateway.activity.current.openedTunnels.spdy, 0);
    const path = join(folder.path, 'prefix');
    const url = `proxy-url: ${server.url('http').href}`;
    await writeFile(path, gateway.kubeconfig.replace(/( {4}server: .*)/, `$1\n    ${url}`));
    await forwards({ KUBECONFIG: path });
    assert.ok(server.asked.length >= 2);
    assert.equal(gateway.activity.current.openedTunnels.spdy, 0);
  } finally {
    await server[Symbol.asyncDispose]();
    await gateway.dispose();
  }
});
