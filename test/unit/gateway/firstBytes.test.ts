import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import type { ConnectionServices } from '../../../src/gateway/connection.ts';
import type { Destination, Dispatcher, Route } from '../../../src/gateway/dispatcher.ts';
import { serveConnection } from '../../../src/gateway/serveConnection.ts';
import type { ClientInspector } from '../../../src/portforward/listener.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { isSoak } from '../../support/soak.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';

// Tests that the gateway either refuses a connection with arbitrary first bytes, or sends it to a destination, and that
// the bytes have no other effect.

const ADDRESS = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };
const COUNT = isSoak() ? 500_000 : 20_000;
/** The codes with which the gateway may refuse a connection in this test. Any other code is a bug of the gateway. */
const CODES: ReadonlySet<string> = new Set(['REQUEST_REFUSED', 'NAME_OUTSIDE']);

/** A client that sent some bytes and a FIN. */
class FakeClient extends Duplex {
  readonly written: Buffer[] = [];

  constructor(bytes: Buffer) {
    super({ allowHalfOpen: true });
    this.push(bytes);
    this.push(null);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.written.push(chunk);
    callback();
  }

  destroySoon(): void {
    this.destroy();
  }

  resetAndDestroy(): void {
    this.destroy();
  }
}

interface Outcome {
  readonly routed: readonly Destination[];
  readonly refused: readonly CodedError[];
  readonly carried: readonly (ClientInspector | undefined)[];
}

/** Serves one connection to its end. The gateway knows hosts without a dot, and those below `demo` and `localhost`. */
async function serve(bytes: Buffer): Promise<Outcome & { readonly client: FakeClient }> {
  const routed: Destination[] = [];
  const refused: CodedError[] = [];
  const carried: (ClientInspector | undefined)[] = [];
  const dispatcher = {
    route: (destination: Destination) => {
      routed.push(destination);
      const isKnown = /(^[^.]*|\.demo|\.localhost)$/.test(destination.host);
      if (!isKnown) throw new CodedError('NAME_OUTSIDE', { name: destination.host, namespaces: 'demo' });
      return Promise.resolve({ destination } as Route);
    },
    carry: (_route: Route, socket: Socket, _address: unknown, inspect?: ClientInspector) => {
      carried.push(inspect);
      socket.destroy();
    },
  } as unknown as Dispatcher;
  const services: ConnectionServices = {
    dispatcher,
    clock: new FakeClock(),
    localPort: 8900,
    trustOf: () => undefined,
    isServed: () => false,
    ownPage: () => ({ status: 200, contentType: 'text/plain', body: '' }),
    refusalPage: ({ message }) => ({ status: 403, contentType: 'text/plain', body: message }),
    onRefused: (error) => refused.push(error),
  };
  const client = new FakeClient(bytes);
  await serveConnection(client as unknown as Socket, ADDRESS, services);
  client.destroy();
  return { routed, refused, carried, client };
}

const SEEDS: readonly Buffer[] = [
  Buffer.from('GET / HTTP/1.1\r\nHost: web.demo.localhost:8900\r\nAccept: */*\r\n\r\n'),
  Buffer.from(
    'POST /a HTTP/1.1\r\nHost: web.demo.localhost\r\nOrigin: http://localhost:5173\r\nContent-Length: 2\r\n\r\nab',
  ),
  Buffer.from(
    'GET /ws HTTP/1.1\r\nHost: web.demo.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ),
  Buffer.from('GET / HTTP/1.1\r\nHost: localhost:8900\r\n\r\n'),
  Buffer.from('GET http://web.demo/x HTTP/1.1\r\nHost: web.demo\r\nProxy-Connection: keep-alive\r\n\r\n'),
  Buffer.from(
    'CONNECT web.demo:443 HTTP/1.1\r\nHost: web.demo:443\r\nProxy-Authorization: Basic a3ViZTo=\r\n\r\n',
  ),
  Buffer.concat([
    Buffer.from('0501000501000308', 'hex'),
    Buffer.from('web.demo'),
    Buffer.from('0050', 'hex'),
  ]),
  Buffer.from('050100050100010a00000701bb', 'hex'),
  Buffer.from('050200020104757365720005010003037765620050', 'hex'),
];

function mutated(random: SpdyRandom): Buffer {
  const bytes = Buffer.from(random.pick(SEEDS));
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(bytes.length);
    switch (random.below(4)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes.copy(bytes, at, random.below(bytes.length));
        break;
      case 2:
        bytes.write(random.pick(['\r\n', ' ', ':', '@', '\0', 'http://', '.localhost', '%00', '\n']), at);
        break;
      default:
        return bytes.subarray(0, at);
    }
  }
  return bytes;
}

test('each kind of client is recognized and reaches its destination', async () => {
  const hosts: string[] = [];
  for (const seed of SEEDS) {
    const { routed, client } = await serve(seed);
    hosts.push(
      routed.map(({ host, port = '-' }) => `${host} ${port}`).join() || client.written.join('').slice(0, 12),
    );
  }
  assert.deepEqual(hosts, [
    'web.demo.localhost -',
    'web.demo.localhost -',
    'web.demo.localhost -',
    'HTTP/1.1 200',
    'web.demo 80',
    // The password of this client is empty, which is not a valid secret.
    'HTTP/1.1 407',
    'web.demo 80',
    '10.0.0.7 443',
    'web 80',
  ]);
});

test(`${COUNT} mutations of first bytes are refused or lead to a name, with browsers' connections guarded`, async () => {
  const seed = testSeed();
  const random = new SpdyRandom(seed);
  let routes = 0;
  for (let index = 0; index < COUNT; index++) {
    const bytes = mutated(random);
    const { routed, refused, carried } = await serve(bytes);
    const what = `seed ${seed}, mutation ${index}: ${bytes.toString('latin1')}`;
    for (const { code } of refused) assert.ok(CODES.has(code), `${code}, ${what}`);
    for (const [at, { host, port }] of routed.entries()) {
      if (port === undefined) assert.match(host, /\.localhost\.?$/i, what);
      else assert.ok(port > 0 && port < 65_536, what);
      if (port === undefined && at < carried.length) assert.ok(carried[at], what);
    }
    routes += carried.length;
  }
  assert.ok(routes > COUNT / 50, `only ${routes} went through: the mutations are too wild`);
});
