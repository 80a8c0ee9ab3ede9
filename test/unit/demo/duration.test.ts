import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration, timestamp } from '../../../src/demo/duration.ts';

const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000];

for (const [milliseconds, text] of [
  [-2 * S, '<invalid>'],
  [-S / 2, '0s'],
  [0, '0s'],
  [119 * S, '119s'],
  [2 * M, '2m'],
  [5 * M + 3 * S, '5m3s'],
  [10 * M + 30 * S, '10m'],
  [179 * M, '179m'],
  [3 * H, '3h'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H + 59 * M, '8h'],
  [47 * H, '47h'],
  [2 * D, '2d'],
  [2 * D + 4 * H, '2d4h'],
  [8 * D + 5 * H, '8d'],
  [729 * D, '729d'],
  [2 * 365 * D, '2y'],
  [2 * 365 * D + 10 * D, '2y10d'],
  [8 * 365 * D + 10 * D, '8y'],
] as const) {
  test(`an age of ${milliseconds} ms is shown as ${text}`, () => {
    assert.equal(humanDuration(milliseconds), text);
  });
}

test('a time is written in whole seconds', () => {
  assert.equal(timestamp(new Date('2026-11-24T02:49:34.987Z')), '2026-11-24T02:49:34Z');
});
