import assert from 'node:assert/strict';
import type { Row } from '../../src/rpc/clustersContract.ts';

/** Fails if a field of a row of the Clusters tree does not have its type in `src/rpc/clustersContract.ts`. */
export function assertWellFormedRow(row: Row): void {
  const { type, name, ...facts } = row;
  assertText(name);
  assert.notEqual(name, '');
  assertText(type);
  for (const [field, value] of Object.entries(facts)) {
    if (field === 'ports' || field === 'containerNames') {
      assert.ok(Array.isArray(value), field);
      for (const part of value) field === 'ports' ? assertPort(part) : assertText(part);
    } else if (typeof value === 'number') assert.ok(Number.isSafeInteger(value) && value >= 0, field);
    else if (typeof value !== 'boolean') assertText(value);
  }
}

function assertPort(port: Record<string, unknown>): void {
  const { number, ...texts } = port;
  assert.ok(Number.isInteger(number) && Number(number) >= 1 && Number(number) <= 65_535);
  for (const text of Object.values(texts)) assertText(text);
}

function assertText(value: unknown): void {
  assert.equal(typeof value, 'string');
  assert.ok(String(value).length <= 1024);
}
