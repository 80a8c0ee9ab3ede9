import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { findPortHolder, OWN_HOLDER } from '../../../src/portforward/portHolder.ts';
import { loopbacks } from '../../support/localPorts.ts';

/** Listens on a port of `host`. For each address, returns whether a process is found that holds the port there. */
async function holders(host: string, asked: readonly string[]): Promise<boolean[]> {
  await using server = net.createServer();
  server.listen({ host, port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found: boolean[] = [];
  for (const address of asked) {
    const holder = await findPortHolder(address, port);
    if (holder !== undefined) assert.equal(holder, OWN_HOLDER);
    found.push(holder !== undefined);
  }
  return found;
}

const tells = ['linux', 'win32', 'darwin'].includes(process.platform);

test('the holder of a port is found for its address and for all addresses', async () => {
  const asked = ['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1'];
  assert.deepEqual(await holders('127.0.0.1', asked), [tells, false, tells, false]);
  assert.deepEqual(await holders('0.0.0.0', asked), [tells, tells, tells, false]);
});

const withIpv6 = { skip: !loopbacks.includes('::1') };

test('the holder is found for IPv6, and a listener on :: counts for IPv4', withIpv6, async () => {
  const asked = ['::1', '0:0:0:0:0:0:0:1', 'fe80::1%lo', '127.0.0.1'];
  assert.deepEqual(await holders('::1', asked), [tells, tells, false, false]);
  assert.deepEqual(await holders('::', asked), [tells, tells, tells, tells]);
});

const onLinux = { skip: process.platform !== 'linux' };

test(
  'the holder is found for IPv4 if it listens on an IPv4 address in IPv6 notation, as Java does',
  onLinux,
  async () => {
    const asked = ['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1'];
    assert.deepEqual(await holders('::ffff:127.0.0.1', asked), [true, false, true, false]);
    assert.deepEqual(await holders('::ffff:0.0.0.0', asked), [true, true, true, false]);
  },
);

test('no holder is found if nobody listens', async () => {
  assert.equal(await findPortHolder('127.0.0.1', 1), undefined);
  assert.equal(await findPortHolder('::1', 1), undefined);
});
