import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { MAX_FRAME_BYTES } from '../../../src/spdy/frames.ts';
import { STREAM_BUFFER_BYTES, StreamResetError } from '../../../src/spdy/stream.ts';
import { fieldOf } from '../../support/fields.ts';
import { readBuffered } from '../../support/readBuffered.ts';
import { everyByte, randomCut, settle, uncut } from '../../support/spdyBytes.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { connect, data, FIN, fin, record, rstStream } from '../../support/spdyPeer.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { ReferenceReader } from '../../support/spdyReference.ts';

/** Returns a client with one open stream. The frame that opens the stream is already sent and read. */
async function connectWithStream() {
  const client = await connect('client');
  const stream = client.connection.openStream({});
  await client.peer.seen();
  return { ...client, stream };
}

const lost = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'test' });
const wasReset = (status: number) => `error: stream reset by peer (status ${status})`;

test("our FIN leaves the other direction open until the peer's FIN", async () => {
  using client = await connectWithStream();
  const events = record(client.stream);
  client.stream.end('question');
  assert.deepEqual(await client.peer.seen(), ['DATA 1 8 "question"', 'FIN 1']);
  await client.peer.send(data(1, 'an'), data(1, 'swer'));
  assert.deepEqual(events, ['an', 'swer']);
  assert.equal(client.stream.destroyed, false);
  await client.peer.send(fin(1));
  assert.deepEqual(events, ['an', 'swer', 'end', 'close']);
  assert.deepEqual(await client.peer.seen(), []);
  assert.equal(client.connection.streamCount, 0);
});

test("the peer's FIN leaves our direction open", async () => {
  using client = await connectWithStream();
  const events = record(client.stream);
  await client.peer.send(data(1, 'all of it', FIN));
  assert.deepEqual(events, ['all of it', 'end']);
  client.stream.write('still');
  client.stream.end();
  assert.deepEqual(await client.peer.seen(), ['DATA 1 5 "still"', 'FIN 1']);
  assert.deepEqual(events, ['all of it', 'end', 'close']);
  assert.equal(client.connection.streamCount, 0);
});

test('a reset by the peer is reported as a reset and not answered', async () => {
  using client = await connectWithStream();
  const events = record(client.stream);
  let error: unknown;
  client.stream.on('error', (reason) => {
    error = reason;
  });
  await client.peer.send(data(1, 'x'), rstStream(1, 3));
  assert.deepEqual(events, ['x', wasReset(3), 'close']);
  assert.ok(error instanceof StreamResetError);
  assert.equal(error.status, 3);
  client.stream.destroy();
  client.stream.reset();
  assert.deepEqual(await client.peer.seen(), []);
  assert.equal(client.connection.streamCount, 0);
});

test('a reset without a listener causes no error', async () => {
  using client = await connectWithStream();
  await client.peer.send(rstStream(1, 5));
  assert.ok(client.stream.destroyed);
  assert.equal(client.connection.isClosed, false);
});

test('our reset and destroy cut off both directions', async () => {
  using client = await connectWithStream();
  const other = client.connection.openStream({});
  const events = [record(client.stream), record(other)];
  client.stream.end();
  client.stream.reset(6);
  other.write('x');
  other.destroy();
  other.reset(6);
  assert.deepEqual(await client.peer.seen(), [
    'SYN_STREAM 3',
    'FIN 1',
    'RST_STREAM 1 6',
    'DATA 3 1 "x"',
    'RST_STREAM 3 5',
  ]);
  await client.peer.send(data(1, 'late'), fin(1), rstStream(3, 5));
  assert.deepEqual(events, [['close'], ['close']]);
  assert.deepEqual(await client.peer.seen(), []);
});

test('a stream whose directions have both ended is not reset, read or not', async () => {
  for (const cutOff of ['reset', 'destroy'] as const) {
    using client = await connectWithStream();
    client.stream.end();
    await client.peer.send(data(1, 'unread'), fin(1));
    assert.equal(client.stream.destroyed, false);
    assert.deepEqual(await client.peer.seen(), ['FIN 1']);
    client.stream[cutOff]();
    assert.deepEqual(await client.peer.seen(), []);
    assert.equal(client.connection.streamCount, 0);
  }
});

test('a stream destroyed before its FIN left is reset', async () => {
  using client = await connectWithStream();
  await client.peer.send(fin(1));
  client.stream.destroy();
  assert.deepEqual(await client.peer.seen(), ['RST_STREAM 1 5']);
});

test('bytes before a FIN are all read even if a reset follows at once, however the bytes are cut', async () => {
  const seed = testSeed();
  for (const cut of [
    uncut,
    everyByte,
    randomCut(new SpdyRandom(seed)),
    randomCut(new SpdyRandom(seed + 1)),
  ]) {
    for (const isReading of [true, false]) {
      using client = await connectWithStream();
      const events = isReading ? record(client.stream) : [];
      const bytes = Buffer.concat([data(1, 'abc'), data(1, 'def'), fin(1), rstStream(1, 5)]);
      for (const piece of cut(bytes)) client.transport.deliver(piece);
      await settle();
      if (!isReading) events.push(...(await readLate(client)));
      await settle();
      assert.equal(events.slice(0, -3).join(''), 'abcdef');
      assert.deepEqual(events.slice(-3), ['end', wasReset(5), 'close']);
      assert.deepEqual(await client.peer.seen(), []);
    }
  }
});

async function readLate(client: Awaited<ReturnType<typeof connectWithStream>>): Promise<string[]> {
  assert.equal(client.stream.destroyed, false);
  const events = record(client.stream);
  await settle();
  return events;
}

test('writes after a reset behind a FIN are dropped and hold nobody up', async () => {
  using client = await connectWithStream();
  await client.peer.send(data(1, 'unread'), fin(1), rstStream(1, 5));
  for (let count = 0; count < 10; count++) {
    await new Promise<void>((resolve) => client.stream.write(Buffer.alloc(100_000), () => resolve()));
  }
  client.stream.end();
  assert.deepEqual(await client.peer.seen(), []);
  assert.deepEqual(await readLate(client), ['unread', 'end', wasReset(5), 'close']);
  assert.deepEqual(await client.peer.seen(), []);
});

test('a reset behind a FIN drops the bytes that wait for the transport', async () => {
  using client = await connectWithStream();
  client.transport.stall();
  client.stream.write(Buffer.alloc(STREAM_BUFFER_BYTES));
  let calls = 0;
  client.stream.write('waits', () => calls++);
  client.stream.end();
  await client.peer.send(data(1, 'unread'), fin(1), rstStream(1, 5));
  assert.equal(calls, 1);
  client.transport.flow();
  assert.deepEqual(
    (await client.peer.seen()).map((line) => line.slice(0, 14)),
    ['DATA 1 65536 "'],
  );
  assert.deepEqual(await readLate(client), ['unread', 'end', wasReset(5), 'close']);
});

test('repeated resets of a peer accumulate nothing', async () => {
  using client = await connectWithStream();
  await client.peer.send(data(1, 'unread'), fin(1), ...Array.from({ length: 100 }, () => rstStream(1, 5)));
  assert.ok(client.stream.listenerCount('end') <= 2);
  assert.deepEqual(await readLate(client), ['unread', 'end', wasReset(5), 'close']);
});

test('a reset behind both FINs is ignored', async () => {
  using client = await connectWithStream();
  client.stream.end();
  await client.peer.send(data(1, 'x'), fin(1), rstStream(1, 5));
  assert.deepEqual(await readLate(client), ['x', 'end', 'close']);
});

test('a reset without a FIN does not wait for the reader', async () => {
  using client = await connectWithStream();
  await client.peer.send(data(1, 'unread'), rstStream(1, 5));
  assert.ok(client.stream.destroyed);
});

test('a stream whose connection is lost after its FIN is read to its end before the error', async () => {
  using client = await connectWithStream();
  const whole = client.connection.openStream({});
  const other = client.connection.openStream({});
  whole.end();
  await client.peer.send(data(1, 'one'), fin(1), data(3, 'three'), fin(3), data(5, 'five'));
  client.connection.destroy(lost);
  await settle();
  assert.deepEqual([client.stream.destroyed, whole.destroyed, other.destroyed], [false, false, true]);
  const events = [record(client.stream), record(whole)];
  client.stream.write('into the void');
  await settle();
  assert.deepEqual(events, [
    ['one', 'end', `error: ${lost.message}`, 'close'],
    ['three', 'end', 'close'],
  ]);
});

test('a connection lost after a FIN while our last bytes wait is no clean end', async () => {
  using client = await connectWithStream();
  client.transport.stall();
  client.stream.write(Buffer.alloc(STREAM_BUFFER_BYTES));
  client.stream.write('waits');
  client.stream.end();
  await client.peer.send(data(1, 'unread'), fin(1));
  client.connection.destroy(lost);
  assert.deepEqual(await readLate(client), ['unread', 'end', `error: ${lost.message}`, 'close']);
});

test('a connection that this side ends takes every stream along, however much is unread', async () => {
  using client = await connectWithStream();
  const whole = client.connection.openStream({});
  whole.end();
  await client.peer.send(data(1, 'unread'), fin(1), data(3, 'unread'), fin(3));
  client.connection.destroy();
  assert.deepEqual([client.stream.destroyed, whole.destroyed], [true, true]);
});

test('bytes and a second FIN after the FIN are ignored', async () => {
  using client = await connectWithStream();
  const events = record(client.stream);
  await client.peer.send(data(1, 'x', FIN), data(1, 'y'), fin(1));
  assert.deepEqual(events, ['x', 'end']);
  assert.deepEqual(client.closes, []);
});

test('an unread stream, such as an error stream, ends once it is read', async () => {
  using client = await connectWithStream();
  client.stream.end();
  await client.peer.send(fin(1));
  assert.equal(client.connection.streamCount, 1);
  client.stream.resume();
  await once(client.stream, 'close');
  assert.equal(client.connection.streamCount, 0);
});

test('payloads are not copied in either direction', async () => {
  using client = await connectWithStream();
  const payload = Buffer.alloc(20_000, 'p');
  client.stream.write(payload);
  assert.ok(client.transport.chunks.some((chunk) => isSameMemory(chunk, payload)));
  client.transport.takeSent();
  client.stream.cork();
  client.stream.write(payload);
  client.stream.write(payload.subarray(5));
  client.stream.uncork();
  await settle();
  assert.equal(client.transport.writes.length, 1);
  assert.deepEqual(fieldOf(client.transport.chunks, 'length'), [8, 20_000, 19_995]);
  assert.ok(client.transport.chunks.slice(1).every((chunk) => chunk.buffer === payload.buffer));

  const chunk = Buffer.concat([data(1, payload), data(1, payload)]);
  const received: Buffer[] = [];
  client.stream.on('data', (bytes: Buffer) => received.push(bytes));
  await client.peer.send();
  client.transport.deliver(chunk);
  await settle();
  assert.deepEqual(
    received.map((bytes) => [bytes.length, bytes.buffer === chunk.buffer]),
    [
      [20_000, true],
      [20_000, true],
    ],
  );
});

function isSameMemory(one: Buffer, other: Buffer): boolean {
  return one.buffer === other.buffer && one.byteOffset === other.byteOffset && one.length === other.length;
}

test('small pieces that wait for their reader keep no chunks in memory', async () => {
  using client = await connectWithStream();
  const bulk = client.connection.openStream({});
  bulk.resume();
  const before = await usedMemory();
  // If the stream kept views of the chunks instead of copies, its 1,000 bytes would keep 65 MB in memory.
  for (let count = 0; count < 1_000; count++) {
    client.transport.deliver(Buffer.concat([data(1, 'a'), data(3, Buffer.alloc(65_000))]));
    if (count % 100 === 0) await settle();
  }
  await settle();
  assert.equal(client.stream.readableLength, 1_000);
  assert.ok((await usedMemory()) - before < 4_000_000);
  assert.equal(String(readBuffered(client.stream)), 'a'.repeat(1_000));
});

test('written bytes arrive unchanged in whatever form they were given', async () => {
  using client = await connectWithStream();
  client.stream.write('text ü');
  client.stream.write('ff00', 'hex');
  client.stream.write(new Uint8Array([1, 2]));
  client.stream.write('');
  client.stream.end(Buffer.from('end'));
  assert.deepEqual(await client.peer.seen(), ['DATA 1 14 "text Ã¼ÿ\\u0000\\u0001\\u0002end"', 'FIN 1']);
});

test('a write larger than a frame leaves as several frames', async () => {
  using client = await connectWithStream();
  const payload = Buffer.alloc(2 * MAX_FRAME_BYTES + 3);
  for (let offset = 0; offset < payload.length; offset += 4099)
    payload.writeUInt8((offset * 7) % 256, offset);
  client.stream.cork();
  client.stream.write(payload.subarray(0, 1_000));
  client.stream.write(payload.subarray(1_000));
  client.stream.end();
  await settle();
  const frames = await new ReferenceReader().read(client.transport.sent);
  assert.deepEqual(
    frames.map(({ body, fin: isLast }) => [body.length, isLast]),
    [
      [MAX_FRAME_BYTES, false],
      [MAX_FRAME_BYTES, false],
      [3, false],
      [0, true],
    ],
  );
  assert.ok(Buffer.concat(frames.map(({ body }) => body)).equals(payload));
});

test('every byte of a random conversation on many streams arrives in order', async () => {
  const seed = testSeed();
  const random = new SpdyRandom(seed);
  using server = await connect('server');
  const texts = new Map<number, string>();
  const pieces: Buffer[] = [];
  for (let id = 1; id < 40; id += 2) pieces.push(server.peer.synStream(id));
  for (let count = 0; count < 2_000; count++) {
    const id = 1 + 2 * random.below(20);
    const text = `${count},`.repeat(random.below(30));
    texts.set(id, (texts.get(id) ?? '') + text);
    pieces.push(data(id, text));
  }
  for (let id = 1; id < 40; id += 2) pieces.push(fin(id));
  const received = new Map<number, string[]>();
  const cut = randomCut(random)(Buffer.concat(pieces));
  for (const piece of cut) {
    server.transport.deliver(piece);
    for (const stream of server.streams)
      if (!received.has(stream.id)) received.set(stream.id, record(stream));
  }
  await settle();
  for (const [id, text] of texts) {
    const events = received.get(id) ?? [];
    assert.equal(events.pop(), 'end');
    assert.equal(events.join(''), text, `seed ${seed}, stream ${id}`);
  }
  assert.equal(received.size, 20);
});

test('a stream takes STREAM_BUFFER_BYTES for a slow reader', async () => {
  using client = await connectWithStream();
  assert.equal(client.stream.readableHighWaterMark, STREAM_BUFFER_BYTES);
  await client.peer.send(data(1, Buffer.alloc(STREAM_BUFFER_BYTES - 1)));
  assert.equal(client.connection.isPaused, false);
  await client.peer.send(data(1, 'x'));
  assert.equal(client.connection.isPaused, true);
});
