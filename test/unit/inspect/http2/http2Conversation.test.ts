import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { PREFACE } from '../../../../src/inspect/http2/frames.ts';
import type { RequestLogMode } from '../../../../src/kinds/exchange.ts';
import { columns } from '../../../support/fields.ts';
import { usedMemory } from '../../../support/spdyMemory.ts';
import { SpdyRandom, testSeed } from '../../../support/spdyRandom.ts';
import { connected, TappedConversation } from '../../../support/tappedConversation.ts';

/** Returns an HTTP/2 frame (RFC 9113 section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(9);
  header.writeUIntBE(body.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, body]);
}

/** Returns a header block whose fields are written as literals, without use of HPACK's tables. */
function block(...fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), ...literal(name), ...literal(value)]),
  );
}

/** Returns the text as a string literal of HPACK: the length, and then the bytes (RFC 7541 section 5.2). */
function literal(text: string): readonly Buffer[] {
  const length = text.length < 127 ? [text.length] : [127];
  for (let rest = text.length - 127; rest >= 0; rest = rest < 128 ? -1 : rest >> 7)
    length.push(rest < 128 ? rest : (rest & 127) | 128);
  return [Buffer.from(length), Buffer.from(text)];
}

const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

const request = (path: string, ...more: readonly (readonly [string, string])[]) =>
  block([':method', 'GET'], [':path', path], [':authority', 'shop.test'], ...more);

function begun(mode?: RequestLogMode) {
  const begins = connected(mode);
  begins.client(Buffer.concat([PREFACE, frame(4, 0, 0)]));
  begins.pod(frame(4, 0, 0));
  return begins;
}

suite('streams', () => {
  test('of one connection are a row each, in any order', () => {
    const { conversation, client, pod } = begun();
    client(frame(1, END_HEADERS | END_STREAM, 1, request('/one?token=planted')));
    client(frame(1, END_HEADERS, 3, request('/two')));
    client(frame(0, END_STREAM, 3, 'a body'));
    pod(frame(1, END_HEADERS, 3, block([':status', '201'])));
    pod(frame(1, END_HEADERS | END_STREAM, 1, block([':status', '404'])));
    pod(frame(0, END_STREAM, 3, 'an answer'));
    assert.deepEqual(columns(conversation.rows, 'protocol', 'host', 'path', 'queryNames', 'status'), [
      ['http/2', 'shop.test', '/one', ['token'], 404],
      ['http/2', 'shop.test', '/two', undefined, 201],
    ]);
    assert.deepEqual(
      columns(conversation.rows, 'requestBytes', 'responseBytes', 'firstByteMs', 'durationMs'),
      [
        [0, 0, 4, 4],
        [6, 9, 2, 4],
      ],
    );
  });

  test('with padding, priority and continuations are read', () => {
    const { conversation, client, pod } = begun();
    const whole = request('/padded');
    const first = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 16]), whole.subarray(0, 10), Buffer.alloc(3)]);
    client(frame(1, PADDED | PRIORITY | END_STREAM, 1, first));
    client(frame(9, 0, 1, whole.subarray(10, 20)));
    client(frame(9, END_HEADERS, 1, whole.subarray(20)));
    pod(frame(1, END_HEADERS, 1, block([':status', '200'])));
    pod(frame(0, PADDED | END_STREAM, 1, '\x04body\0\0\0\0'));
    const [row] = conversation.rows;
    assert.deepEqual([row?.path, row?.status, row?.responseBytes], ['/padded', 200, 4]);
    assert.equal(typeof row?.durationMs, 'number');
  });

  test('that are reset or cut off have a note', () => {
    const { conversation, client, pod, end } = begun();
    client(frame(1, END_HEADERS | END_STREAM, 1, request('/cancelled')));
    client(frame(1, END_HEADERS | END_STREAM, 3, request('/lost')));
    client(frame(3, 0, 1, Buffer.from([0, 0, 0, 8])));
    pod(frame(1, END_HEADERS, 1, block([':status', '200'])));
    end();
    assert.deepEqual(columns(conversation.rows, 'path', 'status', 'note'), [
      ['/cancelled', undefined, 'the stream was reset: CANCEL'],
      ['/lost', undefined, 'the connection ended before the response was complete'],
    ]);
  });

  test('have marks for the bodies that were not sent completely', async () => {
    const { conversation, client, pod, end } = begun('record');
    const open = (id: number) => {
      client(frame(1, END_HEADERS, id, request(`/${id}`)));
      client(frame(0, 0, id, 'begun'));
    };
    const trailers = block(['x-sum', '1']);
    for (const id of [1, 3, 5, 7, 9]) open(id);
    client(frame(1, END_HEADERS | END_STREAM, 11, request('/11')));
    client(frame(0, END_STREAM, 3, 'done'));
    client(frame(1, END_HEADERS | END_STREAM, 5, trailers));
    for (const id of [1, 3, 5, 7, 11]) pod(frame(1, END_HEADERS, id, block([':status', '200'])));
    for (const id of [1, 3]) pod(frame(0, END_STREAM, id, 'answer'));
    pod(frame(1, END_HEADERS | END_STREAM, 5, trailers));
    pod(frame(3, 0, 7, Buffer.from([0, 0, 0, 8])));
    end();
    const marks = await Promise.all(
      conversation.rows.map(async ({ id, path }) => {
        const { request: sent, response } = await conversation.log.exchanges.read(id);
        return [path, sent.isTruncated, response.isTruncated];
      }),
    );
    assert.deepEqual(marks, [
      ['/1', true, false],
      ['/3', false, false],
      ['/5', false, false],
      ['/7', true, true],
      ['/9', true, false],
      ['/11', false, true],
    ]);
  });

  test('that the server pushes are rows with a note', () => {
    const { conversation, client, pod } = begun();
    client(frame(1, END_HEADERS | END_STREAM, 1, request('/')));
    pod(frame(5, END_HEADERS, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), request('/style.css')])));
    pod(frame(1, END_HEADERS, 2, block([':status', '200'])));
    pod(frame(0, END_STREAM, 2, 'css'));
    const pushed = columns(conversation.rows, 'path', 'status', 'responseBytes', 'note')?.[1];
    assert.deepEqual(pushed, ['/style.css', 200, 3, 'pushed by the server']);
  });

  test('with long methods keep only the beginning of the methods in memory', async () => {
    const { conversation, pod } = begun();
    const before = await usedMemory();
    for (let count = 0; count < 128; count++) {
      const method = block([':method', `PUSHED-BY-THE-SERVER${'X'.repeat(200_000)}`]);
      pod(frame(5, END_HEADERS, 1, Buffer.concat([Buffer.from([0, 0, 2, 2 * count]), method])));
    }
    assert.equal(conversation.rows.length, 128);
    assert.equal(conversation.rows[0]?.method, 'PUSHED-BY-THE-SERVER');
    const more = (await usedMemory()) - before;
    assert.ok(more < 128 * 10_000, `${more} bytes`);
  });

  test('of gRPC have their status, also without a message', () => {
    const { conversation, client, pod } = begun();
    const call = request('/shop.Items/Get', ['content-type', 'application/grpc']);
    client(frame(1, END_HEADERS, 1, call));
    client(frame(0, END_STREAM, 1, 'message'));
    pod(frame(1, END_HEADERS, 1, block([':status', '200'], ['content-type', 'application/grpc'])));
    pod(frame(0, 0, 1, 'message'));
    pod(frame(1, END_HEADERS | END_STREAM, 1, block(['grpc-status', '0'])));
    client(frame(1, END_HEADERS | END_STREAM, 3, call));
    pod(frame(1, END_HEADERS | END_STREAM, 3, block([':status', '200'], ['grpc-status', '5'])));
    assert.deepEqual(columns(conversation.rows, 'protocol', 'status', 'grpcStatus'), [
      ['grpc', 200, 0],
      ['grpc', 200, 5],
    ]);
    assert.ok(conversation.rows.every(({ durationMs }) => durationMs !== undefined));
  });
});

suite('the tap leaves a connection alone', () => {
  for (const [name, bytes] of [
    ['with a header block that is not valid', frame(1, END_HEADERS, 1, Buffer.from([0x80]))],
    ['with a continuation of nothing', frame(9, END_HEADERS, 1)],
    ['with padding that is longer than its frame', frame(1, END_HEADERS | PADDED, 1, Buffer.from([200, 1]))],
    [
      'with a head that has no end',
      Buffer.concat([frame(1, 0, 1, Buffer.alloc(200_000)), frame(9, 0, 1, Buffer.alloc(200_000))]),
    ],
    [
      'with continuations of nothing that have no end',
      Buffer.concat([
        frame(1, 0, 1, Buffer.from([0x82])),
        ...Array.from({ length: 40_000 }, () => frame(9, 0, 1)),
      ]),
    ],
    ['with a field of no entry of the table', frame(1, END_HEADERS, 1, Buffer.from([0x82, 0x40, 0x80]))],
  ] as const) {
    test(name, () => {
      const { client, place } = begun();
      client(bytes);
      assert.equal(place.tap, undefined);
    });
  }
});

test('a connection that was open before its log has a note that its requests are not shown', () => {
  const { conversation, client, pod, end } = connected('off');
  client(PREFACE);
  pod(frame(4, 0, 0));
  conversation.forward.setMode('metadata');
  client(frame(1, END_HEADERS | END_STREAM, 1, Buffer.from([0x82, 0x87, 0xbe])));
  pod(frame(1, END_HEADERS, 1, Buffer.from([0xbe])));
  end();
  assert.deepEqual(columns(conversation.rows, 'protocol', 'path', 'note'), [
    [
      'http/2',
      undefined,
      'opened before the log was turned on: HTTP/2 requests are shown for new connections only',
    ],
  ]);
});

test('the decoder returns the fields that Node encodes', async (context) => {
  const random = new SpdyRandom(testSeed());
  const conversation = new TappedConversation('record');
  const received: IncomingHttpHeaders[] = [];
  const server = http2.createServer((incoming, response) => {
    received.push(incoming.headers);
    response.writeHead(200, fields(random));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = createServer((socket) =>
    tapped(socket, (server.address() as AddressInfo).port, conversation),
  );
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  context.after(() => {
    session.destroy();
    proxy.close();
    server.close();
  });
  const answered: IncomingHttpHeaders[] = [];
  for (let count = 0; count < 60; count++) {
    const stream = session.request({ ':path': `/${count}`, ...fields(random) });
    stream.resume();
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    answered.push(headers);
    await once(stream, 'close');
  }
  assert.equal(conversation.rows.length, 60);
  for (const [index, { id, path }] of conversation.rows.entries()) {
    assert.equal(path, `/${index}`);
    const { request: asked, response } = await conversation.log.exchanges.read(id);
    assert.deepEqual(
      Object.fromEntries(asked.head.filter(([name]) => name !== 'host')),
      plain(received[index] ?? {}),
    );
    assert.deepEqual(Object.fromEntries(response.head), plain(answered[index] ?? {}));
  }
});

/** Returns random header fields. Some values repeat, and lengths vary. */
function fields(random: SpdyRandom): OutgoingHttpHeaders {
  const entries = Array.from({ length: 1 + random.below(6) }, () => {
    const value = Array.from({ length: random.below(300) }, () =>
      String.fromCharCode(33 + random.below(94)),
    ).join('');
    return [`x-field-${random.below(12)}`, random.below(3) === 0 ? 'the same' : value];
  });
  return Object.fromEntries(entries);
}

function plain(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

function tapped(socket: Socket, port: number, conversation: TappedConversation): void {
  const upstream = connect(port, '127.0.0.1');
  const { client, pod, end } = conversation.connect();
  socket.on('data', (chunk) => {
    client(chunk);
    upstream.write(chunk);
  });
  upstream.on('data', (chunk) => {
    pod(chunk);
    socket.write(chunk);
  });
  socket.on('close', () => {
    upstream.destroy();
    end();
  });
  upstream.on('close', () => socket.destroy());
  socket.on('error', () => {});
  upstream.on('error', () => {});
}
