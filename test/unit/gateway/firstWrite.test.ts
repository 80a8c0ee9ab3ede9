import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { ConnectionServices } from '../../../src/gateway/connection.ts';
import type { Dispatcher, Route } from '../../../src/gateway/dispatcher.ts';
import { serveConnection } from '../../../src/gateway/serveConnection.ts';
import { readHex, readUntilText, socksRequest } from '../../support/demoGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { socketPair } from '../../support/socketPair.ts';

// The gateway waits for the client's first bytes before it opens a connection to the pod. A single write then opens the
// connection and sends these bytes.

const ADDRESS = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };
const REQUEST = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
/** How long the gateway waits at most. A client may send nothing, because its server speaks first. */
const LIMIT_MS = 2;

/** Connects a client to a gateway. `carried` resolves with the bytes that the gateway passes to the pod. */
async function connectClient() {
  const pair = await socketPair();
  const clock = new FakeClock();
  const carried = Promise.withResolvers<string>();
  let isCarried = false;
  const dispatcher = {
    route: () => Promise.resolve({} as Route),
    carry: (_route: Route, socket: Socket) => {
      isCarried = true;
      carried.resolve((socket.read() as Buffer | null)?.toString() ?? '');
    },
  } as unknown as Dispatcher;
  const services: ConnectionServices = {
    ...{ dispatcher, clock, localPort: 8900, trustOf: () => undefined, isServed: () => true },
    ...{ ownPage: () => assert.fail(), refusalPage: () => assert.fail(), onRefused: () => assert.fail() },
  };
  const served = serveConnection(pair.accepted, ADDRESS, services);
  return { pair, clock, served, carried: carried.promise, isCarried: () => isCarried };
}

type Handshake = (client: Socket) => Promise<unknown>;

const HANDSHAKES: Readonly<Record<string, Handshake>> = {
  'SOCKS 5': async (client) => {
    client.write(Buffer.from([5, 1, 0]));
    await readHex(client, 2);
    client.write(socksRequest(1, 'web', 80));
    await readHex(client, 10);
  },
  CONNECT: async (client) => {
    client.write('CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\n');
    await readUntilText(client, /200 Connection established\r\n\r\n/);
  },
};

for (const [way, shakeHands] of Object.entries(HANDSHAKES)) {
  test(`a ${way} client that speaks first is led to its pod with its first bytes`, async () => {
    const { pair, clock, served, carried } = await connectClient();
    using _ = pair;
    await shakeHands(pair.client);
    pair.client.write(REQUEST);
    assert.equal(await carried, REQUEST);
    await served;
    assert.equal(clock.pending, 0);
  });

  test(`a ${way} client whose server speaks first waits ${LIMIT_MS} ms at most`, async () => {
    const { pair, clock, served, carried, isCarried } = await connectClient();
    using _ = pair;
    await shakeHands(pair.client);
    const limits = way === 'CONNECT' ? 1 : 2;
    await eventually(() => clock.pending === limits, 'the wait for the first bytes');
    assert.equal(isCarried(), false);
    clock.advance(LIMIT_MS);
    assert.equal(await carried, '');
    await served;
    assert.equal(clock.pending, 0);
  });

  test(`a ${way} client that only ends its side, or leaves, is not waited for`, async () => {
    const ending = await connectClient();
    using _ = ending.pair;
    await shakeHands(ending.pair.client);
    ending.pair.client.end();
    assert.equal(await ending.carried, '');
    const leaving = await connectClient();
    using _other = leaving.pair;
    await shakeHands(leaving.pair.client);
    leaving.pair.client.destroy();
    await leaving.served;
    for (const { clock } of [ending, leaving]) assert.equal(clock.pending, 0);
  });
}

test('a browser and an HTTP client of the proxy wait for nothing, because their bytes have arrived', async () => {
  const heads = [
    'GET / HTTP/1.1\r\nHost: web.demo.localhost\r\n\r\n',
    `GET http://web/ HTTP/1.1\r\nHost: web\r\n\r\n`,
  ];
  for (const head of heads) {
    const { pair, clock, served, carried } = await connectClient();
    using _ = pair;
    const before = once(pair.accepted, 'readable');
    pair.client.write(head);
    await before;
    assert.match(await carried, /^GET \/ HTTP\/1.1\r\n/);
    await served;
    // The only timer is the time limit for the request's head.
    assert.equal(clock.started, 1);
  }
});
