import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { applyMask, decodeFrameHeader, encodeFrameHeader, Opcode } from '../../../src/websocket/frames.ts';
import { WebSocket, type WebSocketOptions } from '../../../src/websocket/webSocket.ts';
import { coded } from '../../support/coded.ts';
import { hex, settle } from '../../support/spdyBytes.ts';
import { SpdyTransport } from '../../support/spdyTransport.ts';

/** A client's WebSocket. The test plays the server. */
class Peer implements Disposable {
  readonly transport: SpdyTransport;
  readonly webSocket: WebSocket;
  readonly closed: Promise<unknown>;
  readonly received: string[] = [];
  readonly ends: (CodedError | undefined)[] = [];
  /** What `onData` returns: whether the client wants more data. */
  wantsMore = true;

  constructor(options: Partial<WebSocketOptions> = {}, highWaterMark?: number) {
    this.transport = new SpdyTransport(highWaterMark);
    this.closed = new Promise((resolve) => this.transport.once('close', resolve));
    this.webSocket = new WebSocket(this.transport, {
      role: 'client',
      masking: 'zero',
      ...options,
      handlers: {
        onData: (piece) => {
          this.received.push(piece.toString());
          return this.wantsMore;
        },
        onEnd: (error) => this.ends.push(error),
      },
    });
  }

  async deliver(text: string): Promise<void> {
    this.transport.deliver(hex(text));
    await settle();
  }

  /** Returns the frames that the client has sent since the last call, as `OPCODE:PAYLOAD` without the mask. */
  takeFrames(): string[] {
    let rest = this.transport.takeSent();
    const frames: string[] = [];
    while (rest.length > 0) {
      const header = decodeFrameHeader(rest, 0);
      assert.ok(header?.maskingKey !== undefined && header.fin, 'a whole masked frame');
      const payload = Buffer.from(rest.subarray(header.size, header.size + header.length));
      applyMask(payload, header.maskingKey, 0);
      frames.push(`${header.opcode}:${payload.toString('latin1')}`);
      rest = rest.subarray(header.size + header.length);
    }
    return frames;
  }

  [Symbol.dispose](): void {
    this.transport.destroy();
  }
}

const CLOSE_NORMAL = '8:\x03\xe8';
const CLOSE_PROTOCOL_ERROR = '8:\x03\xea';

suite('sending', () => {
  test('puts a message of several payloads into one frame and one write', async () => {
    using peer = new Peer();
    let called = 0;
    peer.webSocket.send([Buffer.from('ab'), Buffer.alloc(0), Buffer.from('cde')], () => called++);
    await settle();
    assert.equal(peer.transport.writes.length, 1);
    assert.deepEqual(peer.takeFrames(), ['2:abcde']);
    assert.equal(called, 1);
  });

  test('passes the payload on without a copy under a zero mask', async () => {
    using peer = new Peer();
    const payload = Buffer.alloc(50_000, 'x');
    peer.webSocket.send([payload], () => {});
    await settle();
    assert.ok(peer.transport.chunks.some((chunk) => chunk === payload));
  });

  test('hides the payload with a random mask and leaves the original unchanged', async () => {
    using peer = new Peer({ masking: 'random' });
    const payload = Buffer.from('secret words, rather long');
    peer.webSocket.send([payload.subarray(0, 7), payload.subarray(7)], () => {});
    await settle();
    assert.ok(!peer.transport.sent.includes('secret'));
    assert.equal(payload.toString(), 'secret words, rather long');
    assert.deepEqual(peer.takeFrames(), ['2:secret words, rather long']);
  });

  test('does not mask as a server', async () => {
    using peer = new Peer({ role: 'server', masking: 'none' });
    peer.webSocket.send([Buffer.from('Hello')], () => {});
    await settle();
    assert.deepEqual(peer.transport.sent, hex('8205 48656c6c6f'));
  });

  test('delays the callback while the network is full, and calls it afterwards', () => {
    using peer = new Peer({}, 1024);
    peer.transport.stall();
    const called: string[] = [];
    peer.webSocket.send([Buffer.alloc(100)], () => called.push('small'));
    peer.webSocket.send([Buffer.alloc(2000)], () => called.push('big'));
    assert.deepEqual(called, ['small']);
    peer.transport.flow();
    return settle().then(() => assert.deepEqual(called, ['small', 'big']));
  });

  test('calls waiting callbacks at the end too, and drops later messages', async () => {
    using peer = new Peer({}, 1024);
    peer.transport.stall();
    let called = 0;
    peer.webSocket.send([Buffer.alloc(2000)], () => called++);
    peer.transport.destroy();
    await settle();
    assert.equal(called, 1);
    peer.webSocket.send([Buffer.from('late')], () => called++);
    assert.equal(called, 2);
    assert.ok(!peer.transport.sent.includes('late'));
  });
});

suite('receiving', () => {
  test('passes messages on in pieces without their control frames', async () => {
    using peer = new Peer();
    await peer.deliver('8202 6162 | 8900 | 0201 63');
    await peer.deliver('8001 64');
    assert.deepEqual(peer.received, ['ab', 'c', 'd']);
  });

  test('stops the transport while the receiver is full, until it resumes', async () => {
    using peer = new Peer();
    peer.wantsMore = false;
    await peer.deliver('8201 61');
    await peer.deliver('8201 62');
    assert.deepEqual(peer.received, ['a']);
    assert.ok(peer.transport.isPaused());
    peer.wantsMore = true;
    peer.webSocket.resume();
    await settle();
    assert.deepEqual(peer.received, ['a', 'b']);
  });

  test('drops bytes after our own close frame', async () => {
    using peer = new Peer();
    peer.transport.stall();
    peer.webSocket.close();
    await peer.deliver('8201 61');
    assert.deepEqual(peer.received, []);
  });

  test('drops bytes after a close frame in the same chunk', async () => {
    using peer = new Peer();
    await peer.deliver('8201 61 | 8802 03e8 | 8201 62 | 8900');
    assert.deepEqual(peer.received, ['a']);
    assert.deepEqual(peer.takeFrames(), [CLOSE_NORMAL]);
  });
});

suite('pings', () => {
  test('are answered with their payload, masked', async () => {
    using peer = new Peer({ masking: 'random' });
    await peer.deliver('8905 48656c6c6f | 8900');
    assert.deepEqual(peer.takeFrames(), ['10:Hello', '10:']);
  });

  test('cause no answer as unsolicited pongs', async () => {
    using peer = new Peer();
    await peer.deliver('8a05 48656c6c6f');
    assert.deepEqual(peer.takeFrames(), []);
    assert.deepEqual(peer.ends, []);
  });

  test('of a peer that does not read cost one answer, to the last ping', async () => {
    using peer = new Peer({}, 1024);
    peer.transport.stall();
    peer.webSocket.send([Buffer.alloc(2000)], () => {});
    for (let index = 0; index < 1000; index++) peer.transport.deliver(Buffer.of(0x89, 1, index % 256));
    await settle();
    assert.ok(peer.transport.writableLength < 4000, `${peer.transport.writableLength} bytes wait`);
    peer.transport.takeSent();
    peer.transport.flow();
    await settle();
    assert.deepEqual(peer.takeFrames(), [`10:${String.fromCharCode(999 % 256)}`]);
  });
});

suite('the end', () => {
  test('by our close frame ends the transport without waiting for the peer', async () => {
    const peer = new Peer();
    peer.webSocket.close();
    peer.webSocket.close();
    await peer.closed;
    assert.deepEqual(peer.takeFrames(), [CLOSE_NORMAL]);
    assert.deepEqual(peer.ends, [undefined]);
  });

  test("by the peer's close frame is answered and ends the transport without an error", async () => {
    const peer = new Peer();
    await peer.deliver('8802 03e8');
    await peer.closed;
    assert.deepEqual(peer.takeFrames(), [CLOSE_NORMAL]);
    assert.deepEqual(peer.ends, [undefined]);
  });

  test('by a close frame without a code has no error', async () => {
    using peer = new Peer();
    await peer.deliver('8800');
    assert.deepEqual(peer.ends, [undefined]);
  });

  test('by a close frame with another code is an error with that code', async () => {
    using peer = new Peer();
    await peer.deliver('8805 03f3 627965');
    assert.equal(peer.ends.length, 1);
    coded('LOST_CONNECTION_TO_SERVER', '1011')(peer.ends[0]);
  });

  test('by a hang-up without a close frame is an error that names the side that hung up', async () => {
    for (const [role, reason] of [
      ['client', 'the server closed the connection'],
      ['server', 'the client closed the connection'],
    ] as const) {
      using peer = new Peer({ role });
      peer.transport.push(null);
      await settle();
      coded('LOST_CONNECTION_TO_SERVER', { reason })(peer.ends[0]);
      assert.equal(peer.ends.length, 1);
    }
  });

  test("by the transport's error has that error as its reason", async () => {
    using peer = new Peer();
    const broken = new Error('read ECONNRESET');
    peer.transport.destroy(broken);
    await settle();
    assert.equal(peer.ends.length, 1);
    assert.equal(peer.ends[0]?.cause, broken);
  });

  test('of a peer that breaks the protocol has close code 1002 and ends its transport', async () => {
    const peer = new Peer();
    await peer.deliver('8201 61 | c201 62');
    await peer.closed;
    assert.deepEqual(peer.received, ['a']);
    assert.deepEqual(peer.takeFrames(), [CLOSE_PROTOCOL_ERROR]);
    assert.equal(peer.ends.length, 1);
    assert.ok(isCoded(peer.ends[0], 'PROTOCOL'));
  });

  test('of a transport whose writing side has ended is no error', async () => {
    const peer = new Peer();
    peer.transport.end();
    await settle();
    peer.webSocket.close();
    await peer.closed;
    assert.deepEqual(peer.ends, [undefined]);
  });

  test('by destroying ends the transport at once', async () => {
    const peer = new Peer();
    peer.webSocket.destroy();
    await settle();
    assert.ok(peer.transport.destroyed);
    assert.deepEqual(peer.takeFrames(), []);
  });

  test('is recognized behind frames whose length is split over chunks', async () => {
    using peer = new Peer();
    const header = encodeFrameHeader(Opcode.binary, 300);
    peer.transport.deliver(Buffer.concat([header, Buffer.alloc(100, 'x')]));
    await settle();
    peer.transport.push(null);
    await settle();
    assert.equal(peer.received.join('').length, 100);
    assert.ok(isCoded(peer.ends[0], 'LOST_CONNECTION_TO_SERVER'));
  });
});
