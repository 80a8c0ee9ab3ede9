import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exponentialBackoff } from '../../../src/base/backoff.ts';

function delays(random: () => number, count: number): number[] {
  const all: number[] = [];
  for (let backoff = exponentialBackoff({ firstMs: 100, maxMs: 1_000, random }); all.length < count; ) {
    all.push(backoff.delayMs);
    backoff = backoff.next();
  }
  return all;
}

test('the delay doubles up to its limit, drawn from the upper half of each step', () => {
  assert.deepEqual(
    delays(() => 0, 6),
    [50, 100, 200, 400, 500, 500],
  );
  assert.deepEqual(
    delays(() => 0.5, 6),
    [75, 150, 300, 600, 750, 750],
  );
  for (const [index, delayMs] of delays(() => 1 - Number.EPSILON, 6).entries()) {
    assert.ok(delayMs < ([100, 200, 400, 800, 1_000, 1_000][index] ?? 0) + 1e-9);
  }
});

test('a backoff is a value: its delay and its next step do not change', () => {
  const draws = [0.1, 0.2, 0.3, 0.4];
  const backoff = exponentialBackoff({ firstMs: 100, maxMs: 150, random: () => draws.shift() ?? 0 });
  assert.equal(backoff.delayMs, backoff.delayMs);
  assert.deepEqual([backoff.next().delayMs, backoff.next().delayMs], [90, 97.5]);
});
