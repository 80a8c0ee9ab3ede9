import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { endSoon } from '../../../src/base/streams.ts';
import { activeTimers } from '../../support/activeTimers.ts';
import { settle } from '../../support/spdyBytes.ts';
import { SpdyTransport } from '../../support/spdyTransport.ts';

test("a stream is destroyed after its bytes left, without waiting for the peer's end", async () => {
  const before = activeTimers();
  const stream = new SpdyTransport();
  const closed = once(stream, 'close');
  stream.cork();
  stream.write('last words');
  endSoon(stream);
  await closed;
  assert.equal(String(stream.sent), 'last words');
  assert.equal(activeTimers(), before);
});

test('a peer that reads nothing has one second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stream = new SpdyTransport();
  stream.stall();
  stream.write('never read');
  endSoon(stream);
  t.mock.timers.tick(999);
  assert.equal(stream.destroyed, false);
  t.mock.timers.tick(1);
  assert.equal(stream.destroyed, true);
  await settle();
});

test('bytes that still arrive are discarded', async () => {
  const stream = new SpdyTransport();
  stream.pause();
  stream.stall();
  stream.write('x');
  endSoon(stream);
  for (let count = 0; count < 50; count++) {
    stream.deliver(Buffer.alloc(64 * 1024));
    await settle();
  }
  assert.equal(stream.readableLength, 0);
  const closed = once(stream, 'close');
  stream.flow();
  await closed;
});

test('a destroyed stream gets no timer', async () => {
  const before = activeTimers();
  const stream = new SpdyTransport();
  stream.destroy();
  await settle();
  endSoon(stream);
  assert.equal(activeTimers(), before);
});
