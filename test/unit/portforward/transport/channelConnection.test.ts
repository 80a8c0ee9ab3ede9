import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import { ChannelConnection } from '../../../../src/portforward/transport/channelConnection.ts';
import { encodeFrameHeader, Opcode } from '../../../../src/websocket/frames.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { type Cut, everyByte, hex, randomCut, settle, uncut } from '../../../support/spdyBytes.ts';
import { SpdyRandom, testSeed } from '../../../support/spdyRandom.ts';
import { SpdyTransport } from '../../../support/spdyTransport.ts';
import { bytesOf, wireRecording } from '../../../support/wireRecording.ts';

const seed = testSeed();
const cuts: Cut[] = [
  uncut,
  everyByte,
  ...Array.from({ length: 20 }, (_, run) => randomCut(new SpdyRandom(seed + run))),
];
/** The first message of the server on each of the two channels. Each message contains the port 80. */
const PREFIXES = hex('8203 00 5000 | 8203 01 5000');
const GOODBYE = hex('8802 03e8');

function message(channel: number, text: string | Buffer): Buffer {
  const payload = Buffer.concat([Buffer.of(channel), Buffer.from(text)]);
  return Buffer.concat([encodeFrameHeader(Opcode.binary, payload.length), payload]);
}

class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly transport: SpdyTransport;
  readonly opening = Promise.withResolvers<Socket>();
  readonly connection: ChannelConnection;
  readonly errors: Error[] = [];
  signal: AbortSignal | undefined;
  text = '';
  isEnded = false;

  constructor(highWaterMark?: number) {
    this.transport = new SpdyTransport(highWaterMark);
    this.connection = new ChannelConnection({
      open: (signal) => {
        this.signal = signal;
        return this.opening.promise;
      },
      masking: 'zero',
      clock: this.clock,
    });
    this.connection.on('error', (error) => this.errors.push(error));
    this.connection.once('end', () => {
      this.isEnded = true;
    });
  }

  /** Opens the connection with a client that reads everything. */
  static async open(): Promise<Bench> {
    const bench = new Bench();
    bench.connection.on('data', (chunk: Buffer) => {
      bench.text += chunk.toString();
    });
    bench.succeed();
    await settle();
    return bench;
  }

  succeed(): void {
    this.opening.resolve(this.transport as unknown as Socket);
  }

  async deliver(...bytes: Buffer[]): Promise<void> {
    for (const piece of bytes) this.transport.deliver(Buffer.from(piece));
    await settle();
  }

  /** Ends the connection and checks that nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.dispose();
    await settle();
    assert.equal(this.clock.pending, 0);
    assert.ok(this.signal?.aborted);
    if (!this.transport.destroyed) await once(this.transport, 'close');
  }
}

suite('reading', () => {
  test('gives a recorded answer, however its bytes are cut', async () => {
    for (const cut of cuts) {
      const bench = await Bench.open();
      await bench.deliver(...cut(bytesOf(wireRecording('channel-http'), 's>c')));
      assert.match(
        bench.text,
        /^HTTP\/1\.1 200 OK\r\n[\s\S]*\nfrom 127\.0\.0\.1:\d+ at 127\.0\.0\.1:8080\n$/,
      );
      assert.ok(bench.isEnded);
      assert.equal(await bench.connection.failure, undefined);
      await bench[Symbol.asyncDispose]();
      assert.deepEqual(bench.errors, []);
    }
  });

  test('gives a recorded refusal: an end without a byte, and the reason', async () => {
    for (const cut of cuts) {
      await using bench = await Bench.open();
      await bench.deliver(...cut(bytesOf(wireRecording('channel-refused'), 's>c')));
      assert.equal(bench.text, '');
      assert.ok(bench.isEnded);
      assert.match(
        (await bench.connection.failure) ?? '',
        /^error forwarding port 9999 .*no suitable address/,
      );
    }
  });

  test('joins port prefixes and messages split over any frames', async () => {
    const fragments = hex(
      '0200 | 0001 00 | 0001 50 | 8002 0061 | 0201 01 | 8001 50 | 0202 0062 | 0001 63 | 8000',
    );
    for (const cut of cuts) {
      await using bench = await Bench.open();
      await bench.deliver(...cut(Buffer.concat([fragments, message(1, Buffer.of(0)), message(0, 'd')])));
      assert.equal(bench.text, 'abcd');
    }
  });

  test('ignores other channels', async () => {
    await using bench = await Bench.open();
    await bench.deliver(PREFIXES, message(2, 'what'), message(255, 'ever'), hex('8200'), message(0, 'mine'));
    assert.equal(bench.text, 'mine');
  });

  test('passes bytes on without a copy', async () => {
    await using bench = new Bench();
    const chunks: Buffer[] = [];
    bench.connection.on('data', (chunk: Buffer) => chunks.push(chunk));
    bench.succeed();
    await bench.deliver(PREFIXES);
    const bytes = message(0, Buffer.alloc(50_000, 'x'));
    bench.transport.deliver(bytes);
    await settle();
    assert.equal(Buffer.concat(chunks).length, 50_000);
    assert.ok(chunks.every((chunk) => chunk.buffer === bytes.buffer));
  });

  test('stops the server when the reader stops', async () => {
    await using bench = new Bench();
    bench.succeed();
    await bench.deliver(PREFIXES);
    const piece = message(0, Buffer.alloc(16_384, 'x'));
    let delivered = 0;
    while (bench.transport.deliver(piece) && delivered < 1_000) {
      delivered++;
      await settle();
    }
    assert.ok(bench.transport.isPaused());
    assert.ok(bench.connection.readableLength <= bench.connection.readableHighWaterMark + piece.length);
    let read = 0;
    bench.connection.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await settle();
    assert.equal(read, (delivered + 1) * 16_384);
  });
});

suite('writing', () => {
  test('before the opening waits, and leaves as one message', async () => {
    await using bench = new Bench();
    bench.connection.write('GET / ');
    bench.connection.write('HTTP/1.1\r\n\r\n');
    await settle();
    assert.equal(bench.transport.writes.length, 0);
    bench.succeed();
    await settle();
    const messages = bench.transport.sent;
    assert.ok(messages.includes('GET / ') && messages.includes('HTTP/1.1\r\n\r\n'));
    assert.equal(bench.transport.writes.length, 1);
  });

  test('names the data channel in each message and copies no payload', async () => {
    await using bench = await Bench.open();
    const payload = Buffer.alloc(300, 'x');
    bench.connection.write(payload);
    await settle();
    assert.deepEqual(bench.transport.sent.subarray(0, 9), hex('82fe 012d 00000000 00'));
    assert.ok(bench.transport.chunks.includes(payload));
    assert.equal(bench.transport.writes.length, 1);
  });

  test('waits for a server that reads nothing', async () => {
    await using bench = new Bench(16 * 1024);
    bench.succeed();
    await settle();
    bench.transport.stall();
    let finished = 0;
    for (let index = 0; index < 10; index++) bench.connection.write(Buffer.alloc(32_768), () => finished++);
    await settle();
    assert.equal(finished, 0);
    assert.ok(bench.transport.writableLength < 100_000);
    bench.transport.flow();
    await settle();
    assert.equal(finished, 10);
  });
});

suite('without half-close', () => {
  test("the pod has two seconds for its answer after the client's FIN, from its last byte on", async () => {
    const bench = await Bench.open();
    bench.connection.end('question');
    await bench.deliver(PREFIXES);
    bench.clock.advance(1_999);
    await bench.deliver(message(0, 'first'));
    bench.clock.advance(1_999);
    await bench.deliver(message(0, ' second'));
    bench.clock.advance(1_999);
    await settle();
    assert.ok(!bench.isEnded);
    bench.clock.advance(1);
    await settle();
    assert.equal(bench.text, 'first second');
    assert.ok(bench.isEnded);
    assert.equal(await bench.connection.failure, undefined);
    assert.deepEqual(bench.transport.sent.subarray(-8), hex('8882 00000000 03e8'));
    await bench[Symbol.asyncDispose]();
    assert.deepEqual(bench.errors, []);
  });

  test('later bytes are dropped without an error', async () => {
    await using bench = await Bench.open();
    bench.connection.end();
    await settle();
    bench.transport.stall();
    bench.clock.advance(2_000);
    await bench.deliver(PREFIXES, message(0, 'too late'));
    assert.equal(bench.text, '');
    assert.deepEqual(bench.errors, []);
    bench.transport.flow();
  });

  test("a slow client loses nothing, because the time is the pod's", async () => {
    await using bench = new Bench();
    bench.succeed();
    bench.connection.end('question');
    await bench.deliver(PREFIXES, message(0, 'an answer'));
    assert.equal(bench.connection.readableLength, 9);
    bench.clock.advance(60_000);
    await bench.deliver(message(0, ', the rest'));
    bench.connection.on('data', (chunk: Buffer) => {
      bench.text += chunk.toString();
    });
    await settle();
    bench.clock.advance(1_999);
    await settle();
    assert.ok(!bench.isEnded);
    bench.clock.advance(1);
    await settle();
    assert.equal(bench.text, 'an answer, the rest');
    assert.ok(bench.isEnded);
  });

  test('a reason that arrives meanwhile is reported', async () => {
    await using bench = await Bench.open();
    bench.connection.end();
    await bench.deliver(PREFIXES, message(1, 'it broke\n'));
    bench.clock.advance(2_000);
    assert.equal(await bench.connection.failure, 'it broke');
  });

  test("the end of the pod's side ends both, and later writes are dropped", async () => {
    const bench = await Bench.open();
    await bench.deliver(PREFIXES, message(0, 'bye'), GOODBYE);
    assert.ok(bench.isEnded);
    bench.connection.write('is anybody there');
    await settle();
    assert.ok(!bench.transport.sent.includes('anybody'));
    bench.connection.end();
    await once(bench.connection, 'close');
    await bench[Symbol.asyncDispose]();
    assert.deepEqual(bench.errors, []);
  });
});

suite('a failure', () => {
  test("of the opening is the connection's error", async () => {
    const bench = new Bench();
    bench.connection.write('hello');
    const refused = new CodedError('POD_NOT_FOUND', { name: 'web', namespace: 'demo' });
    bench.opening.reject(refused);
    await settle();
    assert.deepEqual(bench.errors, [refused]);
    assert.equal(await bench.connection.failure, undefined);
    assert.ok(bench.connection.destroyed);
    assert.equal(bench.clock.pending, 0);
  });

  test('of the connection is an error unless the server gave a reason', async () => {
    const bench = await Bench.open();
    await bench.deliver(PREFIXES, message(0, 'half'));
    bench.transport.destroy(new Error('read ECONNRESET'));
    await settle();
    assert.ok(isCoded(bench.errors[0], 'LOST_CONNECTION_TO_SERVER'));
    assert.equal(await bench.connection.failure, undefined);
    await using told = await Bench.open();
    await told.deliver(PREFIXES, message(1, 'connection refused'));
    told.transport.destroy();
    await settle();
    assert.deepEqual(told.errors, []);
    assert.equal(await told.connection.failure, 'connection refused');
  });

  test('has a reason of bounded size that ends with a whole character', async () => {
    await using bench = await Bench.open();
    await bench.deliver(PREFIXES, message(1, 'x'));
    for (let index = 0; index < 20; index++) await bench.deliver(message(1, 'ä'.repeat(512)));
    await bench.deliver(GOODBYE);
    assert.equal(Buffer.byteLength((await bench.connection.failure) ?? ''), 8 * 1024 - 1);
  });

  test('has a readable reason, however its bytes are cut', async () => {
    for (const cut of cuts) {
      await using bench = await Bench.open();
      await bench.deliver(...cut(Buffer.concat([PREFIXES, message(1, 'zurückgewiesen 😀'), GOODBYE])));
      assert.equal(await bench.connection.failure, 'zurückgewiesen 😀');
    }
  });

  test('is reported for a server that breaks the protocol', async () => {
    await using bench = await Bench.open();
    await bench.deliver(hex('c201 00'));
    assert.ok(isCoded(bench.errors[0], 'PROTOCOL'));
  });
});

suite('disposing', () => {
  test('during the opening ends the opening at once', async () => {
    const bench = new Bench();
    await settle();
    assert.ok(bench.signal?.aborted === false);
    bench.connection.write('hello');
    bench.connection.dispose();
    assert.ok(bench.signal.aborted);
    bench.opening.reject(bench.signal.reason);
    await settle();
    assert.equal(await bench.connection.failure, undefined);
    assert.ok(bench.connection.closed);
  });

  test('too late to stop the opening closes the opened socket', async () => {
    const bench = new Bench();
    await settle();
    bench.succeed();
    bench.connection.dispose();
    await settle();
    await bench[Symbol.asyncDispose]();
    assert.ok(bench.transport.destroyed);
  });

  test('before the beginning keeps nothing open', async () => {
    const bench = new Bench();
    bench.connection.dispose();
    await settle();
    assert.ok(bench.signal === undefined || bench.signal.aborted);
    bench.opening.reject(new Error('aborted'));
    await settle();
    assert.ok(bench.connection.closed);
  });

  test('when open sends a close frame and ends the transport', async () => {
    const bench = await Bench.open();
    bench.connection.dispose();
    await once(bench.transport, 'close');
    assert.deepEqual(bench.transport.sent, hex('8882 00000000 03e8'));
    assert.equal(await bench.connection.failure, undefined);
    assert.equal(bench.clock.pending, 0);
  });

  test('while the connection lingers leaves no timer', async () => {
    await using bench = await Bench.open();
    bench.connection.end();
    await settle();
    assert.equal(bench.clock.pending, 1);
  });
});
