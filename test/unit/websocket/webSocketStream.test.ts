import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { WebSocketStream } from '../../../src/websocket/webSocketStream.ts';
import { hex, settle } from '../../support/spdyBytes.ts';
import { SpdyTransport, transportPair } from '../../support/spdyTransport.ts';

function client(highWaterMark?: number): { transport: SpdyTransport; stream: WebSocketStream } {
  const transport = new SpdyTransport(highWaterMark);
  return { transport, stream: new WebSocketStream(transport, { role: 'client', masking: 'zero' }) };
}

test('bytes pass in both directions, then both ends close', async () => {
  const [left, right] = transportPair();
  const ours = new WebSocketStream(left, { role: 'client', masking: 'random' });
  const theirs = new WebSocketStream(right, { role: 'server', masking: 'none' });
  const bytes = Buffer.alloc(1_000_000, 'abcdefghijk');
  const transportsClosed = Promise.all([once(left, 'close'), once(right, 'close')]);
  const ended = Promise.all([once(ours, 'close'), once(theirs, 'close')]);
  ours.resume().end(bytes);
  assert.ok((await buffer(theirs)).equals(bytes));
  await Promise.all([ended, transportsClosed]);
});

test('corked writes leave as one message in one write without a copy', async () => {
  const { transport, stream } = client();
  const payload = Buffer.alloc(10_000, 'x');
  stream.cork();
  stream.write(Buffer.from('head'));
  stream.write(payload);
  stream.uncork();
  await settle();
  assert.equal(transport.writes.length, 1);
  assert.deepEqual(transport.sent.subarray(0, 8), hex('82fe 2714 00000000'));
  assert.ok(transport.chunks.includes(payload));
  stream.destroy();
});

test('a reader that stops holds a bounded number of bytes and then the transport', async () => {
  const { transport, stream } = client();
  const message = Buffer.concat([hex('827e 2710'), Buffer.alloc(10_000)]);
  let delivered = 0;
  while (transport.deliver(message) && delivered < 1_000) {
    delivered++;
    await settle();
  }
  assert.ok(transport.isPaused());
  assert.ok(stream.readableLength <= stream.readableHighWaterMark + message.length);
  let read = 0;
  stream.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  await settle();
  assert.equal(read, (delivered + 1) * 10_000);
  assert.ok(!transport.isPaused());
  stream.destroy();
});

test('a peer that reads nothing holds the writer', async () => {
  const { transport, stream } = client(1024);
  transport.stall();
  let finished = 0;
  stream.write(Buffer.alloc(2_000), () => finished++);
  stream.write(Buffer.alloc(2_000), () => finished++);
  await settle();
  assert.equal(finished, 0);
  assert.ok(transport.writableLength < 3_000);
  transport.flow();
  await settle();
  assert.equal(finished, 2);
  stream.destroy();
});

test("the peer's close frame is the end, read after all earlier bytes", async () => {
  const { transport, stream } = client();
  transport.deliver(hex('8203 616263 | 8802 03e8'));
  await settle();
  assert.equal((await buffer(stream)).toString(), 'abc');
});

test('a lost transport is an error with its reason', async () => {
  const { transport, stream } = client();
  const failed = once(stream, 'error');
  transport.destroy(new Error('read ECONNRESET'));
  const [error] = await failed;
  assert.ok(isCoded(error, 'LOST_CONNECTION_TO_SERVER'));
  assert.match(error.message, /ECONNRESET/);
});

test('a transport that hangs up during a write is one error', async () => {
  const { transport, stream } = client(1024);
  transport.stall();
  const errors: unknown[] = [];
  stream.on('error', (error) => errors.push(error));
  stream.write(Buffer.alloc(5_000));
  await settle();
  transport.destroy();
  await settle();
  assert.equal(errors.length, 1);
  assert.ok(stream.destroyed);
});

test('destroying sends a close frame if the stream is in order, and hangs up if not', async () => {
  const orderly = client();
  orderly.stream.destroy();
  await once(orderly.transport, 'close');
  assert.deepEqual(orderly.transport.sent, hex('8882 00000000 03e8'));
  const failing = client();
  failing.stream.on('error', () => {});
  failing.stream.destroy(new Error('broken'));
  await settle();
  assert.ok(failing.transport.destroyed);
  assert.equal(failing.transport.sent.length, 0);
});
