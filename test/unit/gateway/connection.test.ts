import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import {
  type GatewayConnection,
  type ResolvedDestination,
  resolveDestination,
} from '../../../src/gateway/connection.ts';
import { coded } from '../../support/coded.ts';
import { loopbacks } from '../../support/localPorts.ts';
import { never } from '../../support/never.ts';

/** No DNS knows this name, because its only label is longer than the 63 characters that DNS allows. */
const UNKNOWN = 'w'.repeat(64);

/** Looks for a host that no namespace has, for a program with this environment. The program has sent a valid secret. */
function find(
  host: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<ResolvedDestination> {
  const route = () =>
    Promise.reject(new CodedError('NAME_UNKNOWN', { name: host, namespaces: 'demo', known: 'web' }));
  const connection = {
    disconnected: () => never,
    services: { dispatcher: { route }, localPort: 8900 },
  } as unknown as GatewayConnection;
  return resolveDestination(connection, { host, port }, 'http', { environment, namespaces: [] });
}

for (const host of [UNKNOWN, `${UNKNOWN}.demo`]) {
  const form = host.includes('.') ? 'with' : 'without';
  test(`a name ${form} a dot that neither the namespaces nor DNS knows is reported as an unknown service`, async () => {
    const sentence = /not found in namespace demo; available: web$/;
    await assert.rejects(find(host, 80), coded('NAME_UNKNOWN', sentence));
  });
}

test('a host of a top-level domain that has the name of a namespace is connected to outside the cluster, a service is not', async (t) => {
  const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const environment = { HTTP_PROXY: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const way = await find('pkg.go.dev', 80, environment);
  assert.ok(way.type === 'outside');
  way.server.destroy();
  for (const host of ['wbe.demo.svc', 'wbe.demo.svc.cluster.local', 'wbe.demo.localhost'])
    await assert.rejects(find(host, 80, environment), coded('NAME_UNKNOWN'));
});

test('an unknown proxy of the program is reported as failed, because the proxy knows the names of the intranet', async () => {
  const environment = { HTTP_PROXY: `http://${UNKNOWN}:3128` };
  await assert.rejects(find('wiki', 80, environment), coded('OUTSIDE_UNREACHABLE', /through proxy/));
});

for (const host of ['localhost', '[::1]']) {
  const skip = host === '[::1]' && !loopbacks.includes('::1');
  test(`the host "${host}", which no namespace has, is connected to outside the cluster`, {
    skip,
  }, async (t) => {
    const server = net.createServer((socket) => socket.resume()).listen(0);
    t.after(() => server.close());
    await once(server, 'listening');
    const way = await find(host, (server.address() as AddressInfo).port);
    assert.ok(way.type === 'outside');
    way.server.destroy();
  });
}
