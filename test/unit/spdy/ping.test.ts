import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { PendingPings } from '../../../src/spdy/pendingPings.ts';
import { STREAM_BUFFER_BYTES } from '../../../src/spdy/stream.ts';
import { coded } from '../../support/coded.ts';
import { settle } from '../../support/spdyBytes.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { connect, data, ping } from '../../support/spdyPeer.ts';

for (const [role, own, theirs] of [
  ['client', [1, 3], [2, 4, 0, 0xfffffffe]],
  ['server', [2, 4], [1, 3, 0xffffffff]],
] as const) {
  test(`a ${role} answers the peer's pings, and never its own`, async () => {
    using side = await connect(role);
    const { connection, peer } = side;
    const answers = [connection.ping(), connection.ping()];
    assert.deepEqual(
      await peer.seen(),
      own.map((id) => `PING ${id}`),
    );
    await peer.send(...theirs.map(ping));
    assert.deepEqual(
      await peer.seen(),
      theirs.map((id) => `PING ${id}`),
    );
    // Answers to our pings in the wrong order, one of them twice, and an answer to a ping that we have not sent.
    await peer.send(...[own[1], own[0], own[0], 100 + own[0]].map(ping));
    for (const roundTrip of await Promise.all(answers)) assert.ok(roundTrip >= 0 && roundTrip < 60_000);
    assert.deepEqual(await peer.seen(), []);
    assert.deepEqual(side.closes, []);
  });
}

test('two of our sides do not play ping-pong', async () => {
  using client = await connect('client');
  using server = await connect('server');
  const answered = client.connection.ping();
  let frames = 0;
  for (let round = 0; round < 10; round++) {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      await settle();
      const sent = from.transport.takeSent();
      if (sent.length > 0) to.transport.deliver(sent);
      frames += sent.length / 12;
    }
  }
  await answered;
  assert.equal(frames, 2);
});

test('an abandoned ping does not affect others, and its late answer is ignored', async () => {
  using client = await connect('client');
  const { connection, peer } = client;
  const [givenUp, other] = [new AbortController(), new AbortController()];
  const first = connection.ping(givenUp.signal);
  const second = connection.ping(other.signal);
  const reason = new Error('no answer within 5 s');
  givenUp.abort(reason);
  await assert.rejects(first, reason);
  await peer.send(ping(1), ping(3));
  assert.ok((await second) >= 0);
  assert.deepEqual(await peer.seen(), ['PING 1', 'PING 3']);
  // The signal may live on, so the pings must leave no listener.
  for (const { signal } of [givenUp, other]) assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('an aborted signal sends no ping', async () => {
  using client = await connect('client');
  const reason = new Error('over');
  await assert.rejects(client.connection.ping(AbortSignal.abort(reason)), reason);
  assert.deepEqual(await client.peer.seen(), []);
});

test('the end of the connection ends pending pings and refuses new ones', async () => {
  for (const isLost of [true, false]) {
    using client = await connect('client');
    const pings = [client.connection.ping(), client.connection.ping(new AbortController().signal)];
    const settled = Promise.allSettled(pings);
    if (isLost) client.transport.destroy(new Error('cable cut'));
    else client.connection.destroy();
    for (const result of await settled) {
      assert.equal(result.status, 'rejected');
      assert.ok(isCoded(result.reason, isLost ? 'LOST_CONNECTION_TO_SERVER' : 'STOPPED'));
    }
    await assert.rejects(client.connection.ping(), coded('LOST_CONNECTION_TO_SERVER'));
  }
});

test('an answer measures the round trip, and waits behind a slow reader', async (t) => {
  using client = await connect('client');
  t.mock.method(performance, 'now', () => time);
  let time = 1_000;
  const answered = client.connection.ping();
  time += 250;
  await client.peer.send(ping(1));
  assert.equal(await answered, 250);

  const slow = client.connection.openStream({});
  await client.peer.send(data(1, Buffer.alloc(STREAM_BUFFER_BYTES)));
  const late = client.connection.ping();
  let isAnswered = false;
  void late.then(() => {
    isAnswered = true;
  });
  await client.peer.send(ping(3));
  assert.equal(isAnswered, false);
  slow.resume();
  await settle();
  assert.equal(isAnswered, true);
});

test('pending pings have ids by role, and settle or fail once', async () => {
  const pings = new PendingPings('server');
  const [one, two] = [pings.begin(), pings.begin()];
  assert.deepEqual([one.id, two.id], [2, 4]);
  assert.equal(pings.settle(1), false);
  assert.equal(pings.settle(2), true);
  assert.equal(pings.settle(2), true);
  pings.fail(2, new Error('too late'));
  assert.ok((await one.answered) >= 0);
  pings.failAll(new Error('over'));
  await assert.rejects(two.answered, /over/);
});

test('answered and abandoned pings are forgotten', async () => {
  const pings = new PendingPings('client');
  const before = await usedMemory();
  for (let count = 0; count < 100_000; count++) {
    const { id, answered } = pings.begin();
    answered.catch(() => {});
    if (count % 2 === 0) pings.settle(id);
    else pings.fail(id, new Error('given up'));
  }
  assert.ok((await usedMemory()) - before < 4_000_000);
  pings.failAll(new Error('over'));
});
