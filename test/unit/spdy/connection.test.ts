import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { coded } from '../../support/coded.ts';
import { fieldOf } from '../../support/fields.ts';
import { hex, settle } from '../../support/spdyBytes.ts';
import {
  connect,
  data,
  FIN,
  fin,
  goAway,
  record,
  rstStream,
  UNIDIRECTIONAL,
} from '../../support/spdyPeer.ts';

const portHeaders = { streamtype: 'data', port: '8080', requestid: '0' };

test('a client opens odd streams, and a server even ones', async () => {
  using client = await connect('client');
  using server = await connect('server');
  for (const { connection } of [client, server]) {
    connection.openStream({ streamtype: 'error' });
    assert.deepEqual([...connection.openStream(portHeaders).headers], Object.entries(portHeaders));
    assert.equal(connection.streamCount, 2);
  }
  const [first, second] = ['streamtype=error', 'streamtype=data port=8080 requestid=0'];
  assert.deepEqual(await client.peer.seen(), [`SYN_STREAM 1 ${first}`, `SYN_STREAM 3 ${second}`]);
  assert.deepEqual(await server.peer.seen(), [`SYN_STREAM 2 ${first}`, `SYN_STREAM 4 ${second}`]);
});

test('both openings and the first bytes leave in one write, even a turn of the event loop later', async () => {
  for (const turns of [0, 1]) {
    using client = await connect('client');
    client.connection.openStream({ streamtype: 'error' }).end();
    const stream = client.connection.openStream({ streamtype: 'data' });
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(client.transport.writes, []);
    stream.write('GET / HTTP/1.1\r\n\r\n');
    assert.equal(client.transport.writes.length, 1);
    assert.deepEqual(await client.peer.seen(), [
      'SYN_STREAM 1 streamtype=error',
      'FIN 1',
      'SYN_STREAM 3 streamtype=data',
      'DATA 3 18 "GET / HTTP/1.1\\r\\n\\r\\n"',
    ]);
    // Later bytes are sent at once again: the transport is no longer corked.
    stream.write('more');
    assert.equal(client.transport.writes.length, 1);
    assert.equal(client.transport.writableCorked, 0);
  }
});

test('an opening waits no longer than that for bytes that do not come', async () => {
  using client = await connect('client');
  client.connection.openStream({ streamtype: 'error' }).end();
  client.connection.openStream({ streamtype: 'data' });
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(client.transport.writes.length, 1);
  assert.equal(client.transport.writableCorked, 0);
});

test('consecutive openings each carry their own first bytes', async () => {
  using client = await connect('client');
  for (const text of ['a', 'b', 'c']) {
    client.connection.openStream({ name: text }).write(text);
    const later = client.connection.openStream({ name: `${text}2` });
    await new Promise((resolve) => setImmediate(resolve));
    later.write('later');
  }
  assert.equal(client.transport.writes.length, 6);
});

test("a server passes on the peer's streams in order, and replies on request", async () => {
  using server = await connect('server');
  await server.peer.send(server.peer.synStream(1, Object.entries(portHeaders)), server.peer.synStream(3));
  assert.deepEqual(
    server.streams.map((stream) => [stream.id, ...stream.headers]),
    [[1, ...Object.entries(portHeaders)], [3]],
  );
  assert.deepEqual(await server.peer.seen(), []);
  server.streams[1]?.reply([['status', 'ok']]);
  server.streams[0]?.reply();
  assert.deepEqual(await server.peer.seen(), ['SYN_REPLY 3 status=ok', 'SYN_REPLY 1']);
});

test('ids may have gaps, and go up to 2^31 - 1', async () => {
  using server = await connect('server');
  const { peer } = server;
  await peer.send(peer.synStream(5), peer.synStream(0x7fffffff));
  assert.deepEqual(fieldOf(server.streams, 'id'), [5, 0x7fffffff]);
});

for (const [name, role, ids] of [
  ['twice the same id', 'server', [3, 3]],
  ['an id lower than one before', 'server', [3, 1]],
  ["an id of the server's own", 'server', [2]],
  ["an id of the client's own", 'client', [1]],
] as const) {
  test(`a stream opened out of order ends the connection: ${name}`, async () => {
    using side = await connect(role);
    const streams = ids.map((id) => side.peer.synStream(id));
    await side.peer.send(...streams);
    const accepted = ids.length - 1;
    assert.equal(side.streams.length, accepted);
    assert.deepEqual(await side.peer.seen(), [`GOAWAY ${accepted > 0 ? ids[0] : 0} 1`]);
    assert.equal(side.closes.length, 1);
    assert.ok(isCoded(side.closes[0], 'PROTOCOL'));
    assert.ok(side.transport.destroyed);
    assert.ok(side.streams.every((stream) => stream.destroyed));
  });
}

test('a side that takes no streams refuses them and drops their bytes', async () => {
  using client = await connect('client', { onStream: undefined as never });
  const { peer } = client;
  await peer.send(
    peer.synStream(2, [['a', 'b']]),
    data(2, 'abc'),
    fin(2),
    peer.synStream(4),
    rstStream(4, 5),
  );
  assert.deepEqual(await peer.seen(), ['RST_STREAM 2 3', 'RST_STREAM 4 3']);
  assert.equal(client.connection.streamCount, 0);
  assert.deepEqual(client.closes, []);
});

test('streams of the peer beyond the limit are refused, and the header compression stays in step', async () => {
  using server = await connect('server', { maxPeerStreams: 2 });
  const { peer, streams } = server;
  server.connection.openStream({ own: 'streams do not count' });
  server.connection.openStream({}).destroy();
  await peer.send(...[1, 3, 5, 7].map((id) => peer.synStream(id, [['id', String(id)]])));
  assert.deepEqual(await peer.seen(), [
    'SYN_STREAM 2 own=streams do not count',
    'SYN_STREAM 4',
    'RST_STREAM 4 5',
    'RST_STREAM 5 3',
    'RST_STREAM 7 3',
  ]);
  // A stream that has ended makes room for one new stream, even if its end comes twice.
  streams[0]?.destroy();
  streams[0]?.destroy();
  await peer.send(peer.synStream(9, [['id', '9']]), peer.synStream(11));
  await peer.send(rstStream(3, 5), rstStream(3, 5), peer.synStream(13), peer.synStream(15));
  streams[2]?.end();
  streams[2]?.resume();
  await peer.send(fin(9));
  await peer.send(peer.synStream(17), peer.synStream(19));
  assert.deepEqual(fieldOf(streams, 'id'), [1, 3, 9, 13, 17]);
  assert.equal(streams[2]?.headers.get('id'), '9');
  assert.deepEqual(
    (await peer.seen()).filter((line) => line.startsWith('RST')),
    ['RST_STREAM 1 5', 'RST_STREAM 11 3', 'RST_STREAM 15 3', 'RST_STREAM 19 3'],
  );
});

test('bytes for an unknown stream are answered with a reset, and for an ended one with nothing', async () => {
  using server = await connect('server');
  const { peer, streams } = server;
  await peer.send(data(1, 'x'), fin(2), peer.synStream(3));
  assert.deepEqual(await peer.seen(), ['RST_STREAM 1 2', 'RST_STREAM 2 2']);
  streams[0]?.destroy();
  assert.deepEqual(await peer.seen(), ['RST_STREAM 3 5']);
  await peer.send(
    data(3, 'x'),
    fin(3),
    rstStream(3, 1),
    peer.headers(3),
    peer.synReply(3, [], FIN),
    data(1, 'x'),
  );
  assert.deepEqual(await peer.seen(), []);
  server.connection.openStream({}).destroy();
  await peer.send(data(2, 'x'), fin(2));
  assert.deepEqual(await peer.seen(), ['SYN_STREAM 2', 'RST_STREAM 2 5']);
  assert.deepEqual(server.closes, []);
});

test('SETTINGS, WINDOW_UPDATE, unknown frames, and replies and resets for no stream get no answer', async () => {
  using client = await connect('client');
  const { peer } = client;
  await peer.send(
    hex('8003 0004 00 00000c 00000001 00000007 00000000'),
    hex('8003 0009 00 000008 00000000 00010000'),
    hex('8003 0009 00 000008 00000001 00000001'),
    hex('8003 000c 00 000001 00'),
    peer.synReply(1),
    peer.headers(9, [], FIN),
    rstStream(9, 1),
  );
  assert.deepEqual(await peer.seen(), []);
  assert.deepEqual(client.closes, []);
});

test('a SYN_STREAM with FIN is a stream on which only this side writes', async () => {
  using server = await connect('server');
  await server.peer.send(server.peer.synStream(1, [], FIN));
  const [stream] = server.streams;
  assert.ok(stream);
  const events = record(stream);
  stream.reply();
  stream.end('answer');
  assert.deepEqual(await server.peer.seen(), ['SYN_REPLY 1', 'DATA 1 6 "answer"', 'FIN 1']);
  assert.deepEqual(events, ['end', 'close']);
});

test('a unidirectional stream gets no frame at all from this side', async () => {
  using server = await connect('server');
  const { peer, streams } = server;
  await peer.send(
    peer.synStream(1, [], UNIDIRECTIONAL),
    data(1, 'news'),
    peer.synStream(3, [], UNIDIRECTIONAL | FIN),
  );
  const events = streams.map(record);
  streams[0]?.reply();
  await peer.send(fin(1));
  assert.deepEqual(events, [
    ['news', 'end', 'close'],
    ['end', 'close'],
  ]);
  assert.deepEqual(await peer.seen(), []);
  assert.equal(server.connection.streamCount, 0);
});

test("SYN_REPLY and HEADERS with FIN end the peer's side", async () => {
  using client = await connect('client');
  const { peer } = client;
  const streams = [client.connection.openStream({}), client.connection.openStream({})];
  const events = streams.map(record);
  for (const stream of streams) stream.end();
  await peer.send(
    peer.synReply(1, [], FIN),
    peer.synReply(3),
    data(3, 'x'),
    peer.headers(3, [['a', 'b']], FIN),
  );
  assert.deepEqual(events, [
    ['end', 'close'],
    ['x', 'end', 'close'],
  ]);
  assert.equal(client.connection.streamCount, 0);
});

test('new streams are refused after our GOAWAY, and open ones continue', async () => {
  using server = await connect('server');
  const { peer, streams } = server;
  await peer.send(peer.synStream(1), peer.synStream(3));
  server.connection.goAway();
  await peer.send(peer.synStream(5), data(1, 'x'));
  assert.deepEqual(await peer.seen(), ['GOAWAY 3 0', 'RST_STREAM 5 3']);
  assert.equal(streams.length, 2);
  assert.equal(String(streams[0]?.read()), 'x');
});

test("no stream can be opened after the peer's GOAWAY; unprocessed ones end, and others continue", async () => {
  using client = await connect('client');
  const { connection, peer } = client;
  const streams = [1, 3, 5].map(() => connection.openStream({}));
  const events = streams.map(record);
  await peer.send(peer.synStream(8), goAway(3));
  assert.ok(connection.isGoingAway);
  assert.throws(() => connection.openStream({}), coded('LOST_CONNECTION_TO_SERVER'));
  await peer.send(data(1, 'one'), data(3, 'three'), data(5, 'five'), data(8, 'theirs'));
  assert.deepEqual(events, [['one'], ['three'], ['error: stream reset by peer (status 3)', 'close']]);
  assert.equal(String(client.streams[0]?.read()), 'theirs');
  assert.equal(connection.isClosed, false);
  // Stream 5 gets no RST_STREAM, because the GOAWAY says that the peer has not processed it.
  assert.deepEqual(await peer.seen(), ['SYN_STREAM 1', 'SYN_STREAM 3', 'SYN_STREAM 5']);
});

test('invalid bytes end their connection with a GOAWAY, and no other connection', async () => {
  using good = await connect('server');
  using bad = await connect('server');
  await good.peer.send(good.peer.synStream(1));
  await bad.peer.send(bad.peer.synStream(7), data(7, 'x'), hex('8002 0001 00 000000'));
  assert.deepEqual(await bad.peer.seen(), ['GOAWAY 7 1']);
  assert.ok(isCoded(bad.closes[0], 'PROTOCOL'));
  assert.match(String(bad.closes[0]), /SPDY\/3\.1 protocol error \(unsupported SPDY version 2\)/);
  assert.ok(bad.streams[0]?.destroyed);
  assert.ok(bad.transport.destroyed);
  // Bytes that come after the invalid ones open no stream.
  bad.transport.push(bad.peer.synStream(9));
  await settle();
  assert.equal(bad.streams.length, 1);
  assert.equal(good.connection.isClosed, false);
  assert.equal(good.streams.length, 1);
});
