import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { LatencyStream } from '../../../../src/demo/api/latencyStream.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { settle } from '../../../support/spdyBytes.ts';

test('each direction delays bytes and keeps their order', async () => {
  const clock = new FakeClock();
  const [far, near] = duplexPair();
  const delayed = new LatencyStream(near, 30, clock);
  const inbound: string[] = [];
  delayed.on('data', (chunk: Buffer) => inbound.push(chunk.toString()));
  const outbound: string[] = [];
  far.on('data', (chunk: Buffer) => outbound.push(chunk.toString()));

  far.write('a');
  delayed.write('1');
  await settle();
  clock.advance(20);
  far.write('b');
  delayed.write('2');
  await settle();
  assert.deepEqual([inbound, outbound], [[], []]);
  clock.advance(10);
  await settle();
  assert.deepEqual([inbound, outbound], [['a'], ['1']]);
  clock.advance(20);
  await settle();
  assert.deepEqual(
    [inbound, outbound],
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  );
  delayed.destroy();
  assert.equal(clock.pending, 0);
});

test('a chunk arrives at the millisecond nearest to its time', async () => {
  const clock = new FakeClock();
  const [far, near] = duplexPair();
  const delayed = new LatencyStream(near, 24, clock);
  const inbound: string[] = [];
  delayed.on('data', (chunk: Buffer) => inbound.push(chunk.toString()));
  for (const chunk of ['a', 'b', 'c']) {
    far.write(chunk);
    await settle();
    clock.advance(0.4);
  }
  clock.advance(22.8);
  await settle();
  assert.deepEqual(inbound, ['a', 'b'], 'the third is due 0.8 ms later');
  clock.advance(0.8);
  await settle();
  assert.deepEqual(inbound, ['a', 'b', 'c']);
  delayed.destroy();
});

test('the end arrives as late as the bytes before it', async () => {
  const clock = new FakeClock();
  const [far, near] = duplexPair();
  const delayed = new LatencyStream(near, 30, clock);
  let hasEnded = false;
  const ended = once(delayed.resume(), 'end').then(() => {
    hasEnded = true;
  });
  far.end('last');
  await settle();
  clock.advance(29);
  await settle();
  assert.equal(hasEnded, false);
  clock.advance(1);
  await ended;
  delayed.end();
  await settle();
  clock.advance(30);
  await once(far.resume(), 'end');
});

test('a slow reader holds the far end up', async () => {
  const clock = new FakeClock();
  const [far, near] = duplexPair();
  const delayed = new LatencyStream(near, 30, clock);
  let written = 0;
  const write = (): void => {
    while (written < 40 && far.write(Buffer.alloc(1024 * 1024))) written++;
  };
  far.on('drain', () => {
    written++;
    write();
  });
  write();
  for (let i = 0; i < 40; i++) {
    await settle();
    clock.advance(30);
  }
  assert.ok(written < 20, `${written} MiB were taken`);
  delayed.destroy();
});
