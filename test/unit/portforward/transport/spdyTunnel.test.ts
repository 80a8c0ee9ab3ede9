import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { suite, type TestContext, test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import { SpdyTunnel } from '../../../../src/portforward/transport/spdyTunnel.ts';
import { WebSocketStream } from '../../../../src/websocket/webSocketStream.ts';
import { coded } from '../../../support/coded.ts';
import { never } from '../../../support/never.ts';
import { recorded } from '../../../support/observed.ts';
import { hex, settle } from '../../../support/spdyBytes.ts';
import { type RawFrame, ReferenceReader, transcript } from '../../../support/spdyReference.ts';
import { SpdyTransport } from '../../../support/spdyTransport.ts';
import { type Direction, spdyRecordings, wireRecording } from '../../../support/wireRecording.ts';

function create(test: TestContext, highWaterMark?: number) {
  const transport = new SpdyTransport(highWaterMark);
  const tunnel = new SpdyTunnel('spdy', transport);
  test.after(() => tunnel.dispose());
  const reader = new ReferenceReader();
  return {
    transport,
    tunnel,
    /** Returns the frames that were sent since the last call, as lines such as `SYN_STREAM 1 streamtype=error`. */
    async sent(): Promise<string[]> {
      const frames: RawFrame[] = await reader.read(transport.takeSent());
      return frames.flatMap((frame) => transcript([frame]));
    },
  };
}

suite('opening a connection', () => {
  test('sends both streams and the first bytes in one write, with the headers of a port-forward', async (t) => {
    const { transport, tunnel, sent } = create(t);
    const first = tunnel.open(8080);
    first.data.write('GET / HTTP/1.1\r\n\r\n');
    await settle();
    assert.equal(transport.writes.length, 1);
    assert.deepEqual(await sent(), [
      'SYN_STREAM 1 streamtype=error port=8080 requestid=0',
      'FIN 1',
      'SYN_STREAM 3 streamtype=data port=8080 requestid=0',
      'DATA 3 18 "GET / HTTP/1.1\\r\\n\\r\\n"',
    ]);
    tunnel.open(80);
    await settle();
    assert.deepEqual(await sent(), [
      'SYN_STREAM 5 streamtype=error port=80 requestid=1',
      'FIN 5',
      'SYN_STREAM 7 streamtype=data port=80 requestid=1',
    ]);
  });

  test('fails in an ended tunnel', (t) => {
    const { tunnel } = create(t);
    tunnel.dispose();
    assert.ok(tunnel.isClosing);
    assert.throws(() => tunnel.open(80), coded('LOST_CONNECTION_TO_SERVER'));
  });

  test('fails if the server accepts no more streams', async (t) => {
    const { transport, tunnel } = create(t);
    transport.deliver(hex('80030007 00000008 00000000 00000000'));
    await settle();
    assert.ok(tunnel.isClosing);
    assert.throws(() => tunnel.open(80));
  });

  test('and disposing of it cuts off both streams', async (t) => {
    const { tunnel, sent } = create(t);
    const connection = tunnel.open(80);
    await settle();
    await sent();
    connection.dispose();
    await settle();
    assert.deepEqual(await sent(), ['RST_STREAM 3 5', 'RST_STREAM 1 5']);
    assert.equal(await connection.failure, undefined);
  });
});

suite('the reason of a failure', () => {
  for (const [name, bytes, reason] of [
    ['the text', '00000001 00000003 6e6f20 | 00000001 01000003 77617920', 'no way'],
    ['undefined without a text', '00000001 01000000', undefined],
  ] as const) {
    test(`is ${name} of the error stream, once it has ended`, async (t) => {
      const { transport, tunnel } = create(t);
      const connection = tunnel.open(80);
      transport.deliver(hex(bytes));
      assert.equal(await connection.failure, reason);
    });
  }

  test('is cut at 8 KiB', async (t) => {
    const { transport, tunnel } = create(t);
    const connection = tunnel.open(80);
    for (let index = 0; index < 10; index++) {
      transport.deliver(Buffer.concat([hex('00000001 00000400'), Buffer.alloc(1024, 'x')]));
    }
    transport.deliver(hex('00000001 01000000'));
    assert.equal((await connection.failure)?.length, 8 * 1024);
  });
});

suite('recordings of real servers', () => {
  for (const { name, pieces } of spdyRecordings()) {
    const isTunnel = name.startsWith('websocket');
    const kind = /(refused|halfclose)/.exec(name)?.[1];
    if (kind === undefined) continue;
    test(`are replayed: ${name}, ${isTunnel ? 'in WebSocket frames' : 'as recorded'}`, async () => {
      const transport = new SpdyTransport();
      const tunnel = isTunnel
        ? new SpdyTunnel('websocket', new WebSocketStream(transport, { role: 'client', masking: 'random' }))
        : new SpdyTunnel('spdy', transport);
      const connection = tunnel.open(kind === 'refused' ? 9999 : 7);
      connection.data.on('error', () => {});
      const received = text(connection.data);
      if (kind === 'halfclose') connection.data.end('abc\ndef\n');
      const direction: Direction = 's>c';
      for (const piece of isTunnel ? wireRecording(name).pieces : pieces) {
        if (piece.direction === direction) transport.deliver(Buffer.from(piece.bytes));
        await settle();
      }
      if (kind === 'refused') {
        assert.equal(await received, '');
        assert.match((await connection.failure) ?? '', /^error forwarding port 9999 .*connection refused/);
      } else {
        assert.equal(await received, 'abc\ndef\n');
        assert.equal(await connection.failure, undefined);
      }
      tunnel.dispose();
    });
  }
});

suite('pausing', () => {
  test('begins with a reader that stops, and ends with its connection', async (t) => {
    const { transport, tunnel } = create(t);
    const pauses = recorded(tunnel.onDidChangePause);
    const connection = tunnel.open(80);
    for (let index = 0; index < 5; index++) {
      transport.deliver(Buffer.concat([hex('00000003 00004000'), Buffer.alloc(16_384)]));
    }
    await settle();
    assert.ok(tunnel.isPaused);
    assert.deepEqual(pauses, [true]);
    connection.dispose();
    await settle();
    assert.ok(!tunnel.isPaused);
    assert.equal(pauses.at(-1), false);
  });

  test('lasts until the peer takes the bytes of an ended connection', async (t) => {
    const { transport, tunnel } = create(t, 16 * 1024);
    const pauses = recorded(tunnel.onDidChangePause);
    const connection = tunnel.open(80);
    transport.stall();
    for (let index = 0; index < 10; index++) connection.data.write(Buffer.alloc(16_384));
    await settle();
    assert.ok(tunnel.isPaused);
    connection.dispose();
    await settle();
    assert.ok(tunnel.isPaused);
    transport.flow();
    await settle();
    assert.ok(!tunnel.isPaused);
    assert.equal(pauses.at(-1), false);
  });
});

suite('its life', () => {
  test('answers a ping by the far side, and counts the bytes of the answer', async (t) => {
    const { transport, tunnel, sent } = create(t);
    const answered = tunnel.ping(never);
    assert.deepEqual(await sent(), ['PING 1']);
    assert.equal(tunnel.receivedBytes, 0);
    transport.deliver(hex('80030006 00000004 00000001'));
    assert.ok((await answered) >= 0);
    assert.equal(tunnel.receivedBytes, 12);
  });

  test('counts the bytes that it has sent, with the headers of frames', async (t) => {
    const { transport, tunnel } = create(t);
    assert.equal(tunnel.sentBytes, 0);
    tunnel.open(80).data.write('x'.repeat(1_000));
    void tunnel.ping(never).catch(() => {});
    await settle();
    assert.equal(tunnel.sentBytes, transport.takeSent().length);
  });

  test('ends with a reason for its connections and owner when given up', async (t) => {
    const { transport, tunnel } = create(t);
    const closed = recorded(tunnel.onDidClose);
    const { data, failure } = tunnel.open(80);
    const failed = once(data, 'error');
    const error = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'no response for 10 s' });
    tunnel.lose(error);
    assert.deepEqual(await failed, [error]);
    assert.equal(await failure, undefined);
    assert.deepEqual(closed, [error]);
    await settle();
    assert.ok(transport.destroyed);
  });

  test('ends as a loss with a reason when the server hangs up', async (t) => {
    const { transport, tunnel } = create(t);
    const closed = recorded(tunnel.onDidClose);
    transport.push(null);
    await settle();
    assert.equal(closed.length, 1);
    assert.ok(isCoded(closed[0], 'LOST_CONNECTION_TO_SERVER'));
  });

  test('ends the transport once when disposed of', async (t) => {
    const { transport, tunnel } = create(t);
    const closed = recorded(tunnel.onDidClose);
    tunnel.dispose();
    tunnel.dispose();
    await once(transport, 'close');
    assert.deepEqual(closed, [undefined]);
  });
});
