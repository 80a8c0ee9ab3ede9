import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartColumns } from '../../../src/panel/chartColumns.ts';

test('points have a time without values between them, if points are missing', () => {
  const points = [1, 2, 4, 244, 245].map((at) => ({ at, open: at * 10 }));
  assert.deepEqual(chartColumns(points, 1, [({ open }) => open, () => null]), [
    [1, 2, 4, 5, 244, 245],
    [10, 20, 40, null, 2_440, 2_450],
    [null, null, null, null, null, null],
  ]);
  assert.deepEqual(chartColumns(points, 120, [])[0].length, 5);
  assert.deepEqual(chartColumns([], 1, [() => 1]), [[], []]);
});
