import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ConnectionServices } from '../../../src/gateway/connection.ts';
import type { Dispatcher, Route } from '../../../src/gateway/dispatcher.ts';
import { connectOutside } from '../../../src/gateway/outside.ts';
import { serveConnection } from '../../../src/gateway/serveConnection.ts';
import { readUntilText } from '../../support/demoGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { socketPair } from '../../support/socketPair.ts';

test('a request that came in time is served although its pod came later than requests may', async () => {
  using pair = await socketPair();
  const clock = new FakeClock();
  const way = Promise.withResolvers<Route>();
  let isAsked = false;
  const dispatcher = {
    route: () => {
      isAsked = true;
      return way.promise;
    },
    carry: () => {},
  } as unknown as Dispatcher;
  const refused: (string | undefined)[] = [];
  const services: ConnectionServices = {
    ...{ dispatcher, clock, localPort: 8900, trustOf: () => undefined, isServed: () => true },
    ...{ ownPage: () => assert.fail(), refusalPage: ({ message: body }) => answer(body) },
    onRefused: (error) => refused.push(error.code),
  };
  const address = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };
  const served = serveConnection(pair.accepted, address, services);
  pair.client.write('CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\n');
  await eventually(() => isAsked, 'the request');
  clock.advance(60_000);
  way.resolve({} as Route);
  await readUntilText(pair.client, /^HTTP\/1.1 200 Connection established\r\n\r\n$/);
  pair.client.write('first bytes');
  await served;
  assert.deepEqual(refused, []);
});

test('a proxy of another machine is used although it has the port of the gateway', {
  // macOS has no other loopback address than 127.0.0.1.
  skip: process.platform === 'darwin',
}, async (t) => {
  const proxy = net.createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.2');
  t.after(() => proxy.close());
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const environment = { HTTP_PROXY: `http://127.0.0.2:${port}` };
  // The host need not exist: the gateway passes its name to the proxy.
  const destination = { host: 'outside.example', port: 80 };
  const signal = AbortSignal.timeout(10_000);
  const { server, proxy: used } = await connectOutside(environment, 'http', destination, port, signal);
  server.destroy();
  assert.equal(used?.host, `127.0.0.2:${port}`);
});

function answer(body: string) {
  return { status: 502, contentType: 'text/plain', body } as const;
}
