import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import { SpdyConnection } from '../../../src/spdy/connection.ts';
import { activeTimers } from '../../support/activeTimers.ts';
import { coded } from '../../support/coded.ts';
import { recorded } from '../../support/observed.ts';
import { settle } from '../../support/spdyBytes.ts';
import { connect, data, fin, ping, record, rstStream, type TestConnection } from '../../support/spdyPeer.ts';
import { SpdyTransport } from '../../support/spdyTransport.ts';

const EVENTS = ['data', 'drain', 'end', 'error', 'close', 'finish', 'readable', 'resume', 'pause'] as const;

type Ending = readonly [name: string, end: (side: TestConnection) => unknown, reason: RegExp | undefined];

const ENDINGS: readonly Ending[] = [
  ['the transport ends', ({ transport }) => transport.push(null), /lost connection .*closed the connection/],
  [
    'the transport fails',
    ({ transport }) => transport.destroy(new Error('cable cut')),
    /lost connection .*cable cut/,
  ],
  ['the transport closes', ({ transport }) => transport.destroy(), /lost connection .*was closed/],
  ['it breaks the protocol', ({ transport }) => transport.push(data(0, 'x')), /SPDY\/3\.1 protocol error/],
  ['this side wants it', ({ connection }) => connection.destroy(), undefined],
  [
    'this side gives it up',
    ({ connection }) => connection.destroy(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'silent' })),
    /lost connection .*silent/,
  ],
];

for (const [name, end, reason] of ENDINGS) {
  test(`${name} is reported once, ends every stream and the transport, and leaves nothing behind`, async () => {
    const timersBefore = activeTimers();
    using server = await connect('server');
    const { connection, peer, transport } = server;
    await peer.send(peer.synStream(1), peer.synStream(3), data(1, 'unread'));
    const own = connection.openStream({});
    const streams = [...server.streams, own];
    const closed: unknown[] = [];
    for (const one of [...streams, transport]) one.on('close', () => closed.push(one));
    end(server);
    await settle();
    assert.equal(closed.length, streams.length + 1);

    assert.equal(server.closes.length, 1);
    if (reason === undefined) assert.equal(server.closes[0], undefined);
    else assert.match(String(server.closes[0]), reason);
    assert.equal(connection.isClosed, true);
    assert.equal(connection.streamCount, 0);
    for (const stream of streams) {
      assert.ok(stream.destroyed);
      assert.ok(isCoded(stream.errored));
    }
    assert.throws(() => connection.openStream({}), coded('LOST_CONNECTION_TO_SERVER'));

    // After the end, further events and calls have no effect.
    transport.emit('error', new Error('late'));
    transport.emit('end');
    transport.emit('data', peer.synStream(5));
    transport.emit('drain');
    transport.emit('close');
    connection.destroy();
    connection.goAway();
    server.streams[0]?.reply();
    own.reset();
    await settle();
    assert.equal(server.closes.length, 1);
    assert.equal(server.streams.length, 2);
    assert.equal(transport.writableCorked, 0);
    assert.equal(activeTimers(), timersBefore);
  });
}

test('bytes sent before this side ends still leave, including resets and answers', async () => {
  using server = await connect('server');
  const { connection, peer, transport } = server;
  await peer.send(peer.synStream(1), peer.synStream(3));
  server.streams[0]?.end('goodbye');
  server.streams[1]?.reset(3);
  connection.openStream({ opened: 'right before' });
  connection.goAway();
  connection.destroy();
  // These calls come after the end, so they must write nothing: the transport would report an error.
  connection.goAway();
  server.streams[0]?.reply();
  await once(transport, 'close');
  assert.equal(transport.errored, null);
  assert.deepEqual(await peer.seen(), [
    'DATA 1 7 "goodbye"',
    'FIN 1',
    'RST_STREAM 3 3',
    'SYN_STREAM 2 opened=right before',
    'GOAWAY 3 0',
  ]);
});

test('the GOAWAY for invalid bytes waits for its turn on the transport', async () => {
  using server = await connect('server');
  const { peer, transport } = server;
  transport.stall();
  await peer.send(ping(1));
  await peer.send(data(0, 'bad'));
  assert.equal(server.closes.length, 1);
  assert.deepEqual(await peer.seen(), ['PING 1']);
  transport.flow();
  assert.deepEqual(await peer.seen(), ['GOAWAY 0 1']);
  assert.ok(transport.destroyed);
});

test('a peer that reads nothing has a second before the transport is destroyed', async (t) => {
  using client = await connect('client');
  const { connection, transport } = client;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  transport.stall();
  const stream = connection.openStream({});
  for (let count = 0; count < 20; count++) stream.write(Buffer.alloc(64 * 1024));
  await settle();
  connection.destroy();
  await settle();
  assert.ok(stream.destroyed);
  assert.equal(client.closes.length, 1);
  assert.equal(transport.destroyed, false);
  t.mock.timers.tick(999);
  await settle();
  assert.equal(transport.destroyed, false);
  t.mock.timers.tick(1);
  assert.equal(transport.destroyed, true);
});

test('bytes that a peer sends while the last bytes leave are ignored', async (t) => {
  using client = await connect('client');
  const { connection, peer, transport } = client;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stream = connection.openStream({});
  const events = record(stream);
  await settle();
  transport.stall();
  stream.write('x');
  connection.destroy();
  for (let count = 0; count < 100; count++) await peer.send(data(1, Buffer.alloc(64 * 1024)));
  assert.equal(transport.readableLength, 0);
  assert.deepEqual(events, ['error: stopped', 'close']);
  transport.flow();
  await once(transport, 'close');
});

test('a peer that hangs up, or accepts no more streams, is named in the error', async () => {
  for (const [role, other] of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    using side = await connect(role);
    side.transport.push(null);
    await settle();
    coded('LOST_CONNECTION_TO_SERVER', { reason: `the ${other} closed the connection` })(side.closes[0]);
    const refused = coded('LOST_CONNECTION_TO_SERVER', { reason: `the ${other} accepts no new streams` });
    assert.throws(() => side.connection.openStream({}), refused);
  }
});

test('a transport that had ended before the takeover is noticed', async () => {
  for (const how of ['destroyed', 'failed', 'ended'] as const) {
    const transport = new SpdyTransport();
    transport.on('error', () => {});
    if (how === 'destroyed') transport.destroy();
    else if (how === 'failed') transport.destroy(new Error('cable cut'));
    else {
      transport.push(null);
      transport.resume();
    }
    await settle();
    const connection = new SpdyConnection(transport, { role: 'client' });
    const closes = recorded(connection.onDidClose);
    const stream = connection.openStream({});
    await settle();
    assert.equal(closes.length, 1, how);
    assert.ok(isCoded(closes[0], 'LOST_CONNECTION_TO_SERVER'));
    assert.ok(stream.destroyed);
    assert.ok(transport.destroyed);
  }
});

test('bytes that arrived before the takeover of the transport are read', async () => {
  const transport = new SpdyTransport();
  const side = await connect('server', {}, transport);
  using _ = side;
  const early = new SpdyTransport();
  early.push(side.peer.synStream(1));
  using later = await connect('server', {}, early);
  assert.equal(later.streams.length, 1);
});

test('a thousand streams leave no listeners on the transport', async () => {
  using server = await connect('server');
  const { connection, peer, transport, streams } = server;
  const count = () => EVENTS.map((event) => transport.listenerCount(event));
  const before = count();
  for (let id = 1; id < 2_000; id += 4) {
    await peer.send(peer.synStream(id), peer.synStream(id + 2), data(id, 'x'), fin(id), rstStream(id + 2, 5));
    streams.at(-2)?.resume().end('y');
    connection.openStream({}).destroy();
    const answered = connection.ping(new AbortController().signal);
    await peer.send(data(2, ''), Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 0]));
    answered.catch(() => {});
  }
  assert.equal(streams.length, 1_000);
  assert.equal(connection.streamCount, 0);
  assert.deepEqual(count(), before);
});

test('a stream or the connection may be destroyed in the middle of a chunk', async () => {
  using server = await connect('server');
  const { connection, peer, transport } = server;
  await peer.send(peer.synStream(1), peer.synStream(3));
  const [first, second] = server.streams;
  assert.ok(first && second);
  const events = record(second);
  first.on('data', () => {
    first.destroy();
    connection.destroy();
  });
  await settle();
  transport.push(Buffer.concat([data(1, 'x'), data(1, 'y'), data(3, 'z'), peer.synStream(5)]));
  await settle();
  assert.deepEqual(events, ['error: stopped', 'close']);
  assert.equal(server.streams.length, 2);
  assert.deepEqual(await peer.seen(), ['RST_STREAM 1 5']);
});

test('a close from onDidClose, onStream or a write callback is one close', async () => {
  for (const where of ['onDidClose', 'onStream', 'write'] as const) {
    const transport = new SpdyTransport();
    using server: TestConnection = await connect(
      'server',
      {
        onStream: (stream) => {
          if (where === 'onStream') server.connection.destroy();
          if (where === 'write') stream.write('x', () => server.connection.destroy());
          if (where === 'onDidClose') server.connection.onDidClose(() => server.connection.destroy());
        },
      },
      transport,
    );
    await server.peer.send(server.peer.synStream(1), server.peer.synStream(3));
    server.connection.destroy();
    await settle();
    assert.deepEqual(server.closes, [undefined]);
    assert.ok(transport.destroyed);
  }
});
