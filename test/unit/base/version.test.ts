import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { version } from '../../../src/base/version.ts';

test("the program's version is the version in package.json", () => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  assert.equal(version, (JSON.parse(manifest) as { version: string }).version);
  assert.match(version, /^\d+\.\d+\.\d+/);
});
