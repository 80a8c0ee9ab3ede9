import assert from 'node:assert/strict';
import net, { type Server } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import type { BoundAddress, PortPair } from '../../../src/kinds/ports.ts';
import { type LocalListener, listen } from '../../../src/portforward/listener.ts';
import { rejection } from '../../support/coded.ts';
import { fieldOf } from '../../support/fields.ts';
import { holdPort, isFree, isListening, isQuiet, loopbacks } from '../../support/localPorts.ts';

/** Starts a listener that closes each connection at once. `seen` contains the addresses that clients connected to. */
function start(
  addresses: readonly string[] = ['localhost'],
  pairs: readonly PortPair[] = [{ local: 0, remote: 80 }],
): Promise<LocalListener & { readonly seen: BoundAddress[] }> {
  const seen: BoundAddress[] = [];
  return listen(addresses, pairs, (socket, at) => {
    seen.push(at);
    socket.on('error', () => {});
    socket.destroy();
  }).then((listener) => ({ ...listener, seen }));
}

/**
 * Makes every attempt to listen fail with the code that `codeFor` returns. If `codeFor` returns undefined, listening
 * succeeds.
 */
function refuse(t: TestContext, codeFor: (host: string, port: number) => string | undefined): void {
  const original = net.Server.prototype.listen;
  t.mock.method(net.Server.prototype, 'listen', function (this: Server, ...args: unknown[]) {
    const [{ host, port }] = args as [{ host: string; port: number }];
    const code = codeFor(host, port);
    if (code === undefined) return Reflect.apply(original, this, args);
    const error = Object.assign(new Error(`listen ${code}: ${host}`), { code });
    process.nextTick(() => this.emit('error', error));
    return this;
  });
}

/** Returns a function for {@link refuse} that refuses one host, as a machine without IPv4 or IPv6 does. */
function without(host: string, code = 'EADDRNOTAVAIL'): (host: string) => string | undefined {
  return (asked) => (asked === host ? code : undefined);
}

suite('localhost', () => {
  test('is every loopback on the same port, also for any free one', async () => {
    const listener = await start();
    assert.deepEqual(fieldOf(listener.addresses, 'address'), loopbacks);
    const [port = 0, ...others] = new Set(fieldOf(listener.addresses, 'localPort'));
    assert.ok(port > 0);
    assert.deepEqual(others, []);
    for (const address of loopbacks) assert.ok(await isListening(address, port), address);
    listener.dispose();
    assert.ok(await isQuiet(port));
    assert.deepEqual(listener.seen, listener.addresses);
  });

  test('binds several pairs with their remote ports', async () => {
    const pairs = [80, 443].map((remote) => ({ local: 0, remote }));
    const listener = await start(['localhost'], pairs);
    const expected = [80, 443].flatMap((port) => loopbacks.map(() => port));
    assert.deepEqual(fieldOf(listener.addresses, 'remotePort'), expected);
    assert.equal(new Set(listener.addresses.map(({ localPort }) => localPort)).size, 2);
    listener.dispose();
  });

  test('beside one of its own addresses is bound once', async () => {
    const listener = await start(['127.0.0.1', 'localhost', ...loopbacks.slice(1)]);
    assert.deepEqual(fieldOf(listener.addresses, 'address'), loopbacks);
    listener.dispose();
  });

  for (const taken of loopbacks) {
    test(`is refused if the port is taken on ${taken} alone, and nothing stays bound`, async () => {
      await using other = await holdPort(taken);
      const error = await rejection(start(['localhost'], [{ local: other.port, remote: 80 }]), 'PORT_IN_USE');
      assert.equal(error.arguments['address'], taken);
      assert.equal(error.arguments['port'], other.port);
      if (process.platform === 'linux') {
        assert.match(
          error.message,
          / in use by another forward of this program: stop it or use another local port/,
        );
      }
      const suggestion = Number(error.arguments['suggestion']);
      assert.ok(suggestion !== other.port && suggestion >= 1024);
      for (const address of loopbacks) {
        assert.ok(await isFree(address, suggestion), address);
        assert.equal(await isFree(address, other.port), address !== taken, address);
      }
    });

    test(`is not suggested a port that is taken on ${taken} alone`, async () => {
      const other = await neighbours(taken);
      await using _ = other.first;
      await using __ = other.second;
      const pairs = [{ local: other.first.port, remote: 80 }];
      const error = await rejection(start(['localhost'], pairs), 'PORT_IN_USE');
      assert.notEqual(error.arguments['suggestion'], other.second.port);
    });
  }

  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']) {
    test(`needs only one loopback if the other family does not exist (${code})`, async (t) => {
      refuse(t, without('::1', code));
      const listener = await start();
      assert.deepEqual(fieldOf(listener.addresses, 'address'), ['127.0.0.1']);
      listener.dispose();
    });
  }

  test('is refused if no loopback exists', async (t) => {
    refuse(t, () => 'EADDRNOTAVAIL');
    await rejection(start(), 'ADDRESS_NOT_AVAILABLE');
  });

  test('gets a free port that is free on every loopback', async (t) => {
    const codes = ['EADDRINUSE'];
    refuse(t, (host) => (host === '::1' ? codes.pop() : undefined));
    const listener = await start();
    assert.deepEqual(codes, []);
    assert.deepEqual(fieldOf(listener.addresses, 'address'), loopbacks);
    assert.equal(new Set(fieldOf(listener.addresses, 'localPort')).size, 1);
    listener.dispose();
  });
});

suite('addresses given by name', () => {
  test('share the port of their pair', async () => {
    const listener = await start([...loopbacks].reverse());
    assert.equal(listener.addresses.length, loopbacks.length);
    assert.equal(new Set(fieldOf(listener.addresses, 'localPort')).size, 1);
    listener.dispose();
  });

  test('are refused if this machine lacks one, and the others are released', async () => {
    await using holder = await holdPort('127.0.0.1');
    const { port } = holder;
    await holder[Symbol.asyncDispose]();
    const error = await rejection(
      start(['127.0.0.1', '192.0.2.1'], [{ local: port, remote: 80 }]),
      'ADDRESS_NOT_AVAILABLE',
    );
    assert.equal(error.arguments['address'], '192.0.2.1');
    assert.ok(await isFree('127.0.0.1', port));
  });

  test('are refused if link-local without an interface', async () => {
    await rejection(start(['fe80::1']), 'ADDRESS_NOT_AVAILABLE');
  });

  test('are refused as ::1 without IPv6', async (t) => {
    refuse(t, without('::1'));
    await rejection(start(['::1']), 'ADDRESS_NOT_AVAILABLE');
  });
});

test('a listener releases its earlier ports if a later one is in use', async () => {
  await using other = await holdPort('127.0.0.1');
  await using holder = await holdPort('127.0.0.1');
  const { port } = holder;
  await holder[Symbol.asyncDispose]();
  const pairs = [
    { local: port, remote: 80 },
    { local: other.port, remote: 81 },
  ];
  await rejection(start(['localhost'], pairs), 'PORT_IN_USE');
  for (const address of loopbacks) assert.ok(await isFree(address, port), address);
});

test('a port that needs more rights is refused with a suggested port', async (t) => {
  refuse(t, (_host, port) => (port < 1024 ? 'EACCES' : undefined));
  const error = await rejection(start(['localhost'], [{ local: 80, remote: 80 }]), 'PORT_NOT_PERMITTED');
  assert.equal(error.arguments['port'], 80);
  assert.ok(Number(error.arguments['suggestion']) >= 1024);
});

test("a listener rejects with the system's error if it is not about the address", async (t) => {
  refuse(t, () => 'EMFILE');
  await assert.rejects(start(['127.0.0.1']), { code: 'EMFILE' });
});

/** Listens on two ports with adjacent numbers: the first on 127.0.0.1, the second on `host`. */
async function neighbours(host: string) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await holdPort('127.0.0.1');
    try {
      return { first, second: await holdPort(host, first.port + 1) };
    } catch {
      await first[Symbol.asyncDispose]();
    }
  }
  throw new Error('no two free ports next to each other');
}
