import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ChallengeError, challengeClient, challengeHost } from '../../../src/rpc/challenge.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { never } from '../../support/never.ts';
import { socketPair } from '../../support/socketPair.ts';

const SECRET = 'the secret that is never sent';

/** Returns two ends of a connection with all bytes that either sends. */
async function connection(test: TestContext) {
  const pair = await socketPair();
  test.after(() => pair[Symbol.dispose]());
  const { client, accepted: host } = pair;
  const chunks: Buffer[] = [];
  for (const socket of [client, host]) {
    socket.allowHalfOpen = false;
    const write = socket.write.bind(socket);
    socket.write = ((chunk: Buffer) => {
      chunks.push(chunk);
      return write(chunk);
    }) as Socket['write'];
  }
  return { client, host, sent: () => Buffer.concat(chunks).toString('latin1') };
}

const failsWith = (reason: ChallengeError['reason']) => (error: unknown) =>
  error instanceof ChallengeError && error.reason === reason;

test('both sides prove that they know the secret, and the following bytes are theirs', async (t) => {
  const { client, host, sent } = await connection(t);
  const clock = new FakeClock();
  await Promise.all([
    challengeHost(client, SECRET, clock, never),
    challengeClient(host, SECRET, clock, never),
  ]);
  assert.equal(clock.pending, 0);
  assert.ok(!sent().includes(SECRET));
  client.write(Buffer.from('hello'));
  assert.equal(String((await once(host, 'data'))[0]), 'hello');
});

test('a client without the secret gets no proof and is cut off', async (t) => {
  const { client, host } = await connection(t);
  const clock = new FakeClock();
  const guess = assert.rejects(challengeHost(client, 'a guess', clock, never), failsWith('closed'));
  await assert.rejects(challengeClient(host, SECRET, clock, never), failsWith('wrong'));
  await guess;
  assert.ok(host.destroyed);
});

test('a host without the secret gets no message', async (t) => {
  const { client, host } = await connection(t);
  const clock = new FakeClock();
  const pretend = async () => {
    host.write(Buffer.alloc(32));
    await once(host, 'data');
    host.write(Buffer.alloc(32));
  };
  await Promise.all([
    assert.rejects(challengeHost(client, SECRET, clock, never), failsWith('wrong')),
    pretend(),
  ]);
  assert.ok(client.destroyed);
});

test('an echo of the challenge proves nothing', async (t) => {
  const { client, host } = await connection(t);
  host.write(Buffer.alloc(32, 1));
  host.on('data', (chunk) => host.write(chunk.subarray(32)));
  await assert.rejects(challengeHost(client, SECRET, new FakeClock(), never), failsWith('wrong'));
});

test('a silent peer is waited for no longer than 5 s', async (t) => {
  const { client } = await connection(t);
  const clock = new FakeClock();
  const waiting = challengeHost(client, SECRET, clock, never);
  clock.advance(4_999);
  assert.ok(!client.destroyed);
  clock.advance(1);
  await assert.rejects(waiting, failsWith('silent'));
});

type Side = 'client' | 'host';

/** The bytes that a side waits for: the peer's random number and proof, 32 bytes each. */
const AWAITED_BYTES = 64;
/** A busy loop would call `read` thousands of times during a test. */
const MOST_READS = 12;

/** Runs one side of the challenge with a peer that the test plays. */
async function challenged(side: Side) {
  const sockets = await socketPair();
  const { client: peer, accepted: own } = sockets;
  own.allowHalfOpen = false;
  let reads = 0;
  const read = own.read.bind(own);
  own.read = (size?: number) => {
    reads++;
    return read(size);
  };
  const clock = new FakeClock();
  const challenge = side === 'client' ? challengeHost : challengeClient;
  const result = challenge(own, SECRET, clock, never);
  result.catch(() => {});
  return { own, peer, clock, result, reads: () => reads, [Symbol.dispose]: () => sockets[Symbol.dispose]() };
}

/** Lets enough turns of the event loop pass to show a busy loop. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function relayBytes(from: Socket, to: Socket): Promise<void> {
  for await (const bytes of from as AsyncIterable<Buffer>) {
    for (const byte of bytes) {
      to.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  to.end();
}

test('both sides pass the challenge when each byte arrives alone, and the following bytes are theirs', async () => {
  using toClient = await socketPair();
  using toHost = await socketPair();
  const relays = [
    relayBytes(toClient.accepted, toHost.accepted),
    relayBytes(toHost.accepted, toClient.accepted),
  ];
  await Promise.all([
    challengeHost(toClient.client, SECRET, new FakeClock(), never),
    challengeClient(toHost.client, SECRET, new FakeClock(), never),
  ]);
  toClient.client.write('hello');
  let received = '';
  for await (const bytes of toHost.client as AsyncIterable<Buffer>) {
    received += bytes.toString();
    if (received.length >= 5) break;
  }
  assert.equal(received, 'hello');
  toClient.client.destroy();
  await Promise.all(relays);
});

for (const side of ['client', 'host'] as const) {
  test(`the ${side} fails when the peer ends after any number of bytes, and leaves nothing behind`, async () => {
    for (let length = 0; length < AWAITED_BYTES; length++) {
      using challenge = await challenged(side);
      const { own, peer, clock, result, reads } = challenge;
      peer.end(randomBytes(length));
      await assert.rejects(result, failsWith('closed'), `${length} bytes`);
      assert.ok(own.destroyed);
      assert.equal(clock.pending, 0);
      assert.ok(reads() <= MOST_READS, `${reads()} reads for ${length} bytes`);
    }
  });

  test(`the ${side} fails when the peer resets the connection after any number of bytes`, async () => {
    for (let length = 0; length < AWAITED_BYTES; length++) {
      using challenge = await challenged(side);
      const { own, peer, clock, result } = challenge;
      if (length > 0) {
        peer.write(randomBytes(length));
        await once(own, 'readable');
      }
      peer.resetAndDestroy();
      await assert.rejects(result, failsWith('closed'), `${length} bytes`);
      assert.equal(clock.pending, 0);
    }
  });

  test(`the ${side} reads no more often than bytes arrive, and gives up after 5 s, at any number of bytes`, async () => {
    for (let length = 0; length < AWAITED_BYTES; length++) {
      using challenge = await challenged(side);
      const { own, peer, clock, result, reads } = challenge;
      if (length > 0) {
        peer.write(randomBytes(length));
        await once(own, 'readable');
      }
      await someTurns();
      assert.ok(reads() <= MOST_READS, `${reads()} reads for ${length} bytes`);
      clock.advance(5_000);
      await assert.rejects(result, failsWith('silent'), `${length} bytes`);
      assert.ok(own.destroyed);
    }
  });

  test(`the ${side} ends the connection of a peer that sends garbage without end`, async () => {
    using challenge = await challenged(side);
    const { own, peer, result } = challenge;
    const flood = () => {
      while (!peer.destroyed && peer.write(randomBytes(65_536)));
    };
    peer.on('drain', flood);
    flood();
    await assert.rejects(result, failsWith('wrong'));
    assert.ok(own.destroyed);
  });
}

test('a connection that closed before the challenge fails it at once', async () => {
  using sockets = await socketPair();
  const closed = once(sockets.client, 'close');
  sockets.client.destroy();
  await closed;
  const result = challengeHost(sockets.client, SECRET, new FakeClock(), never);
  await assert.rejects(result, failsWith('closed'));
});
