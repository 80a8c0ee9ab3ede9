import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { SpdyConnection } from '../../../src/spdy/connection.ts';
import { type SpdyStream, STREAM_BUFFER_BYTES } from '../../../src/spdy/stream.ts';
import { recorded } from '../../support/observed.ts';
import { socketPair } from '../../support/socketPair.ts';
import { settle } from '../../support/spdyBytes.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { connect, data, fin, ping, record, rstStream, type TestConnection } from '../../support/spdyPeer.ts';
import { ReferenceReader } from '../../support/spdyReference.ts';
import { transportPair } from '../../support/spdyTransport.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * Delivers data for a stream until this side stops reading from the transport. Returns the number of delivered bytes.
 */
async function deliverUntilPaused(side: TestConnection, streamId: number): Promise<number> {
  for (let delivered = 0; ; delivered += CHUNK_BYTES) {
    if (!side.transport.deliver(data(streamId, Buffer.alloc(CHUNK_BYTES, 'x'))))
      return delivered + CHUNK_BYTES;
    await settle();
  }
}

test('a slow reader stops the transport, with no more than a few chunks in memory', async () => {
  using client = await connect('client');
  const { connection, peer, transport } = client;
  const slow = connection.openStream({});
  const other = record(connection.openStream({}));
  const pauses = recorded(connection.onDidChangePause);

  const delivered = await deliverUntilPaused(client, 1);
  assert.ok(delivered <= 4 * CHUNK_BYTES);
  assert.ok(slow.readableLength <= STREAM_BUFFER_BYTES + CHUNK_BYTES);
  assert.ok(connection.isPaused);
  assert.ok(transport.isPaused());
  // This side does not read, so neither the data for another stream nor the ping reaches the connection.
  await peer.send(data(3, 'for the other'), ping(2));
  assert.deepEqual(other, []);
  assert.deepEqual(await peer.seen(), ['SYN_STREAM 1', 'SYN_STREAM 3']);

  slow.resume();
  await settle();
  assert.deepEqual(other, ['for the other']);
  assert.deepEqual(await peer.seen(), ['PING 2']);
  assert.equal(connection.isPaused, false);
  assert.equal(transport.isPaused(), false);
  assert.deepEqual(pauses.slice(0, 2), [true, false]);
  assert.equal(pauses.at(-1), false);
});

for (const [name, letGo] of [
  ['its destruction', 'destroy'],
  ['its reset', 'reset'],
] as const) {
  test(`${name} lets the transport continue without the slow reader`, async () => {
    using client = await connect('client');
    const slow = client.connection.openStream({});
    const other = record(client.connection.openStream({}));
    await deliverUntilPaused(client, 1);
    client.transport.deliver(Buffer.concat([data(1, 'late'), data(3, 'for the other')]));
    slow[letGo]();
    await settle();
    assert.equal(client.connection.isPaused, false);
    assert.deepEqual(other, ['for the other']);
  });
}

test('the transport waits for the last of several slow readers', async () => {
  using client = await connect('client');
  const streams = [1, 3, 5].map(() => client.connection.openStream({}));
  const full = Buffer.alloc(STREAM_BUFFER_BYTES, 'x');
  const pauses = recorded(client.connection.onDidChangePause);
  await client.peer.send(data(1, full), data(3, full), data(5, full));
  for (const stream of streams) {
    assert.ok(client.transport.isPaused());
    if (stream.id === 3) stream.destroy();
    else assert.equal(stream.read()?.length, STREAM_BUFFER_BYTES);
    await settle();
  }
  assert.equal(client.transport.isPaused(), false);
  assert.deepEqual(pauses, [true, false]);
});

test('a reader that takes a little at a time pauses and resumes until everything has arrived', async () => {
  using client = await connect('client');
  const stream = client.connection.openStream({});
  const whole = Buffer.alloc(2_000_000);
  for (let offset = 0; offset < whole.length; offset += 4) whole.writeUInt32BE(offset, offset);
  const sender = (async () => {
    for (let offset = 0; offset < whole.length; offset += 30_000) {
      if (!client.transport.deliver(data(1, whole.subarray(offset, offset + 30_000)))) await settle();
    }
    client.transport.deliver(fin(1));
  })();
  const hash = createHash('sha256');
  let pauses = 0;
  client.connection.onDidChangePause((isPaused) => pauses++ + Number(isPaused));
  for (let ended = false; !ended; ) {
    await settle();
    const piece = stream.read(Math.min(7_777, Math.max(1, stream.readableLength))) as Buffer | null;
    if (piece !== null) hash.update(piece);
    assert.ok(stream.readableLength <= STREAM_BUFFER_BYTES + 60_000);
    ended = stream.readableEnded;
  }
  await sender;
  assert.equal(hash.digest('hex'), createHash('sha256').update(whole).digest('hex'));
  assert.ok(pauses >= 10);
});

test('a stream whose FIN has arrived pauses nothing, however slow its reader', async () => {
  using client = await connect('client');
  const slow = client.connection.openStream({});
  const other = record(client.connection.openStream({}));
  await client.peer.send(data(1, Buffer.alloc(STREAM_BUFFER_BYTES + 1)), fin(1));
  assert.equal(client.connection.isPaused, false);
  await client.peer.send(data(3, 'for the other'));
  assert.deepEqual(other, ['for the other']);
  assert.equal(slow.readableLength, STREAM_BUFFER_BYTES + 1);
});

test('a reset in the chunk that filled the buffer ends the pause at once', async () => {
  using client = await connect('client');
  client.connection.openStream({});
  await client.peer.send(data(1, Buffer.alloc(STREAM_BUFFER_BYTES)), rstStream(1, 5));
  assert.equal(client.connection.isPaused, false);
  assert.equal(client.transport.isPaused(), false);
});

test('the end of the connection ends a pause, and nothing resumes after it', async () => {
  using client = await connect('client');
  const slow = client.connection.openStream({});
  await deliverUntilPaused(client, 1);
  const pauses = recorded(client.connection.onDidChangePause);
  let resumes = 0;
  client.transport.on('resume', () => resumes++);
  client.transport.destroy(new Error('cable cut'));
  await settle();
  assert.ok(slow.destroyed);
  assert.equal(client.connection.isPaused, false);
  slow.read();
  await settle();
  assert.equal(resumes, 0);
  assert.deepEqual(pauses, []);
});

test('unread streams hold at most one buffer each, and then the connection pauses', async () => {
  using server = await connect('server');
  const { peer, transport } = server;
  const before = await usedMemory();
  let id = 1;
  for (let isReading = true; isReading; id += 2) {
    isReading = transport.deliver(
      Buffer.concat([peer.synStream(id), data(id, Buffer.alloc(40_000)), data(id, 'x')]),
    );
    await settle();
    if (id > 1_000) break;
  }
  assert.ok((await usedMemory()) - before < 500 * (STREAM_BUFFER_BYTES + CHUNK_BYTES));
  const held = server.streams.reduce((sum, stream) => sum + stream.readableLength, 0);
  assert.equal(held, server.streams.length * 40_001);
  transport.deliver(data(1, Buffer.alloc(STREAM_BUFFER_BYTES)));
  await settle();
  assert.ok(server.connection.isPaused);
});

test('a full transport holds the writers, and little else', async () => {
  using client = await connect('client');
  const { connection, transport } = client;
  const streams = Array.from({ length: 50 }, () => connection.openStream({}));
  await client.peer.seen();
  const pauses = recorded(connection.onDidChangePause);
  transport.stall();
  const unfinished = streams.map((stream) => {
    let pending = 0;
    while (stream.writableLength < 2 * STREAM_BUFFER_BYTES) {
      pending++;
      stream.write(Buffer.alloc(16 * 1024, stream.id), () => pending--);
    }
    return () => pending;
  });
  await settle();
  assert.ok(connection.isPaused);
  assert.deepEqual(pauses, [true]);
  assert.ok(streams.every((stream) => stream.writableNeedDrain));
  assert.ok(transport.writableLength <= transport.writableHighWaterMark + CHUNK_BYTES);

  transport.flow();
  await settle();
  assert.equal(connection.isPaused, false);
  assert.deepEqual([pauses[0], pauses.at(-1)], [true, false]);
  assert.ok(unfinished.every((pending) => pending() === 0));
  const frames = await new ReferenceReader().read(transport.sent);
  for (const stream of streams) {
    const bytes = Buffer.concat(
      frames.filter(({ streamId }) => streamId === stream.id).map(({ body }) => body),
    );
    assert.ok(bytes.length >= 2 * STREAM_BUFFER_BYTES);
    assert.ok(bytes.every((byte) => byte === stream.id % 256));
  }
});

test('writers get their turns in the order in which they began to wait', async () => {
  using client = await connect('client');
  const { connection, transport } = client;
  const streams = [1, 3, 5, 7, 9].map(() => connection.openStream({}));
  await client.peer.seen();
  transport.stall();
  for (let round = 0; round < 3; round++) {
    for (const stream of streams) stream.write(Buffer.alloc(CHUNK_BYTES));
  }
  for (let round = 0; round < 20; round++) {
    transport.finishWrite();
    await settle();
    // The transport may exceed its limit only by the two chunks that one stream has collected meanwhile.
    assert.ok(transport.writableLength <= transport.writableHighWaterMark + 2 * CHUNK_BYTES);
  }
  const frames = await new ReferenceReader().read(transport.sent);
  const order = frames.map(({ streamId }) => streamId);
  assert.deepEqual(order.slice(0, 5), [1, 3, 5, 7, 9]);
  const sums = new Map<number, number>();
  for (const { streamId, body } of frames) sums.set(streamId, (sums.get(streamId) ?? 0) + body.length);
  assert.deepEqual(
    [...sums],
    [1, 3, 5, 7, 9].map((id) => [id, 3 * CHUNK_BYTES]),
  );
});

test('a writer of many waiting bytes does not go before writers of few', async () => {
  using client = await connect('client');
  const { connection, transport } = client;
  const [filler, ...streams] = [1, 3, 5, 7].map(() => connection.openStream({}));
  await client.peer.seen();
  transport.stall();
  filler?.write(Buffer.alloc(CHUNK_BYTES));
  for (const stream of streams) for (const text of ['first', 'second', 'third']) stream.write(text);
  transport.flow();
  assert.deepEqual((await client.peer.seen()).slice(1), [
    ...[3, 5, 7].map((id) => `DATA ${id} 5 "first"`),
    ...[3, 5, 7].map((id) => `DATA ${id} 11 "secondthird"`),
  ]);
});

test('a write that fills the transport ends when the transport has drained, and later writes leave together', async () => {
  using client = await connect('client');
  const { connection, transport } = client;
  const stream = connection.openStream({});
  await client.peer.seen();
  transport.stall();
  let isSettled = false;
  stream.write(Buffer.alloc(CHUNK_BYTES), () => {
    isSettled = true;
  });
  for (const text of ['a', 'b', 'c']) stream.write(text);
  await settle();
  assert.equal(isSettled, false);
  transport.flow();
  await settle();
  assert.equal(isSettled, true);
  assert.deepEqual(
    (await new ReferenceReader().read(transport.sent)).map(({ body }) => body.length),
    [CHUNK_BYTES, 3],
  );
});

test('a stream cut off while it waits takes its bytes with it, and its write callbacks are called', async () => {
  using client = await connect('client');
  const { connection, peer, transport } = client;
  const streams = [1, 3, 5].map(() => connection.openStream({}));
  const [filler = assert.fail(), waiting = assert.fail(), other = assert.fail()] = streams;
  await peer.seen();
  transport.stall();
  filler.write(Buffer.alloc(CHUNK_BYTES, 'f'));
  filler.write(Buffer.alloc(CHUNK_BYTES, 'f'));
  const pauses = recorded(connection.onDidChangePause);
  filler.destroy();
  assert.deepEqual(pauses, [false]);
  const called: string[] = [];
  waiting.write('never sent', () => called.push('first'));
  waiting.write('nor this', () => called.push('second'));
  other.write('sent');
  waiting.destroy();
  await settle();
  assert.deepEqual(called, ['first', 'second']);
  transport.flow();
  const lines = await peer.seen();
  assert.ok(lines.includes('RST_STREAM 3 5'));
  assert.ok(lines.includes('DATA 5 4 "sent"'));
  assert.ok(!lines.some((line) => line.startsWith('DATA 3')));
  assert.equal(connection.isPaused, false);
});

test('a FIN waits behind the waiting bytes', async () => {
  using client = await connect('client');
  const { connection, peer, transport } = client;
  const stream = connection.openStream({});
  await peer.seen();
  transport.stall();
  stream.write(Buffer.alloc(CHUNK_BYTES));
  stream.write('last');
  stream.end();
  await settle();
  assert.equal(stream.writableFinished, false);
  transport.flow();
  const lines = await peer.seen();
  const beginnings = lines.map((line) => line.slice(0, 12));
  assert.deepEqual(beginnings, ['DATA 1 65540', 'FIN 1']);
  assert.ok(stream.writableFinished);
});

test('writers that wait at the end of the connection all get the error', async () => {
  for (const isLost of [false, true]) {
    using client = await connect('client');
    const { connection, transport } = client;
    const streams = [1, 3, 5].map(() => connection.openStream({}));
    await client.peer.seen();
    transport.stall();
    let pending = 0;
    for (const stream of streams) {
      for (let count = 0; count < 5; count++) {
        pending++;
        stream.write(Buffer.alloc(CHUNK_BYTES), () => pending--);
      }
    }
    await settle();
    assert.ok(pending > 0);
    if (isLost) transport.destroy(new Error('cable cut'));
    else connection.destroy();
    await settle();
    assert.equal(pending, 0);
    assert.ok(streams.every((stream) => stream.destroyed && !stream.writableFinished));
  }
});

test('a peer that asks for answers and reads none is disconnected, with bounded memory', async () => {
  using server = await connect('server');
  const { connection, peer, transport } = server;
  transport.stall();
  const before = await usedMemory();
  const pings = Buffer.concat(Array.from({ length: 1_000 }, (_, index) => ping(1 + 2 * index)));
  let sent = 0;
  for (; sent < 1_000_000 && !connection.isClosed; sent += 1_000) await peer.send(pings);
  assert.ok(sent < 50_000);
  assert.ok(isCoded(server.closes[0], 'PROTOCOL'));
  assert.match(String(server.closes[0]), /does not read responses/);
  assert.ok((await usedMemory()) - before < 20_000_000);
});

test('a peer that reads late is answered in full', async () => {
  using server = await connect('server');
  const { peer, transport } = server;
  for (let round = 0; round < 5; round++) {
    transport.stall();
    await peer.send(...Array.from({ length: 10_000 }, (_, index) => ping(1 + 2 * index)));
    transport.flow();
    assert.equal((await peer.seen()).length, 10_000);
  }
  assert.deepEqual(server.closes, []);
});

test('a slow reader holds up the writer on the other side of two connections', async () => {
  const [left, right] = transportPair();
  const accepted: SpdyStream[] = [];
  const client = new SpdyConnection(left, { role: 'client' });
  const server = new SpdyConnection(right, { role: 'server', onStream: (stream) => accepted.push(stream) });
  const stream = client.openStream({});
  let written = 0;
  while (stream.write(Buffer.alloc(16 * 1024, 'a'))) written += 16 * 1024;
  let isStuck = false;
  while (!isStuck) {
    await settle();
    isStuck = stream.writableNeedDrain;
    while (stream.write(Buffer.alloc(16 * 1024, 'a'))) written += 16 * 1024;
  }
  // Bytes wait only in the buffers of the writing stream, of the two transports and of the reading stream.
  assert.ok(written <= 12 * STREAM_BUFFER_BYTES, `${written} bytes written`);
  assert.ok(server.isPaused);
  const [reader] = accepted;
  assert.ok(reader);
  let received = 0;
  reader.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.end();
  await once(reader, 'end');
  assert.ok(received >= written);
  client.destroy();
  server.destroy();
  await settle();
});

test('bytes pass by hash over real sockets in both directions while a neighbour is destroyed', async () => {
  using sockets = await socketPair();
  const server = new SpdyConnection(sockets.accepted, {
    role: 'server',
    onStream: (stream) => void stream.pipe(stream),
  });
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const neighbour = client.openStream({});
  neighbour.write(Buffer.alloc(5_000_000));
  const stream = client.openStream({});
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  stream.on('data', (chunk: Buffer) => received.update(chunk));
  let isFirst = true;
  for (let count = 0; count < 300; count++) {
    const chunk = Buffer.alloc(50_000 + count, count);
    sent.update(chunk);
    if (!stream.write(chunk)) {
      // Nothing reads the neighbour's bytes, so the whole connection waits until the neighbour is destroyed.
      if (isFirst) setImmediate(() => neighbour.destroy());
      isFirst = false;
      await once(stream, 'drain');
    }
  }
  stream.end();
  await once(stream, 'end');
  assert.equal(received.digest('hex'), sent.digest('hex'));
  const closed = [once(sockets.accepted, 'close'), once(sockets.client, 'close')];
  client.destroy();
  await Promise.all(closed);
  assert.ok(server.isClosed);
});
