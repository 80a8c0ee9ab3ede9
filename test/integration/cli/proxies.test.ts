import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { proxyVariables } from '../../../src/gateway/variables.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { testAuthority } from '../../support/testCertificates.ts';
import { CommandProcess } from './commandProcess.ts';

/** A name in the cluster's certificate that only a proxy can resolve. */
const NAME = 'demo.cluster.test';
const LOGIN = { user: 'some one', password: 'p@ss/word:' };
const LOGIN_URL_PART = `${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(LOGIN.password)}@`;
const AUTHORIZATION = `Proxy-Authorization: Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;

const cluster = await demoClusterFor({ after });
const folder = await temporaryFolder({ after });

/**
 * Writes a kubeconfig in which the server has the host name {@link NAME}. Adds `lines` to the entry of the cluster.
 * Returns the path.
 */
async function kubeconfig(name: string, ...lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const server = `    server: https://${NAME}:${cluster.server.port}`;
  const entry = [server, ...lines.map((line) => `    ${line}`)].join('\n');
  await writeFile(path, cluster.kubeconfig.replace(/ {4}server: .*/, entry));
  return path;
}

/** Writes the kubeconfig of a cluster with an additional `proxy-url`. Returns the path. */
async function withProxy(name: string, { kubeconfig: text }: DemoCluster, url: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text.replace(/( {4}server: .*)/, `$1\n    proxy-url: ${url}`));
  return path;
}

/** Runs the command with this environment, fetches a page through its forward, and stops the command. */
async function forwards(environment: Readonly<Record<string, string>>): Promise<void> {
  await using command = new CommandProcess(['svc/web', ':http', '--output', 'json'], { environment });
  assert.equal((await get(await command.port(8080), '/healthz')).body, 'ok\n');
  assert.equal((await command.stop()).status, 0);
}

/** Expects at least two CONNECT requests to the proxy. Each must name the cluster and contain the proxy's login. */
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
  const trusted = join(folder, 'authority.pem');
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

test('in a shell with the variables of a proxy that has stopped, the command uses the earlier proxy', async () => {
  await using server = await startHttpProxy();
  const before = { HTTPS_PROXY: server.url('http').href };
  await forwards({
    KUBECONFIG: await kubeconfig('stopped'),
    ...before,
    // Nothing listens on port 1.
    ...proxyVariables({ localPort: 1, environment: before }),
  });
  assert.ok(server.asked.length >= 2);
});

test('the proxy-url of the kubeconfig wins, also for a server on this machine', async () => {
  await using server = await startHttpProxy();
  const url = `http://${LOGIN_URL_PART}127.0.0.1:${server.port}`;
  await forwards({ KUBECONFIG: await withProxy('wins', cluster, url), HTTPS_PROXY: 'http://127.0.0.1:1' });
  assertAsked(server.asked, '127.0.0.1');
});

test('a path prefix works, also through a proxy', async (t) => {
  const gateway = await demoClusterFor(t, { pathPrefix: '/k8s/clusters/demo' });
  await using server = await startHttpProxy();
  await forwards({ KUBECONFIG: gateway.kubeconfigPath });
  // For a URL with a path prefix, WebSockets are tried before SPDY, because proxies with path prefixes support them.
  assert.equal(gateway.activity.current.openedTunnels.spdy, 0);
  await forwards({ KUBECONFIG: await withProxy('prefix', gateway, server.url('http').href) });
  assert.ok(server.asked.length >= 2);
  assert.equal(gateway.activity.current.openedTunnels.spdy, 0);
});
