import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferScavenger } from '../../../src/base/bufferScavenger.ts';

const PIECE_BYTES = 64 * 1024;

test('a transfer of 100 MB causes 12 scavenges, however small its pieces are', () => {
  for (const piece of [1_000, PIECE_BYTES, 1_000_000]) {
    let scavenges = 0;
    const scavenger = new BufferScavenger(() => scavenges++);
    for (let bytes = 0; bytes < 100_000_000; bytes += piece) scavenger.add(piece);
    assert.equal(scavenges, 12, `pieces of ${piece} bytes`);
  }
});

test('the buffers of a transfer are freed before they are 32 MB', () => {
  const scavenger = new BufferScavenger();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let count = 0; count < 3_000; count++) {
    Buffer.allocUnsafeSlow(PIECE_BYTES);
    scavenger.add(PIECE_BYTES);
    if (count % 50 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  assert.ok(most < 32_000_000, `${most} bytes`);
  assert.equal(Reflect.has(globalThis, 'gc'), false, 'the collector is nobody else’s');
});
