import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { testFolders } from '../../../scripts/testFolders.ts';

test('testFolders leaves the workbench out on Windows and macOS, and nothing on Linux', () => {
  const all = testFolders('linux');
  assert.deepEqual(all, ['unit', 'golden', 'integration', 'workbench']);
  for (const platform of ['win32', 'darwin'] as const) {
    assert.deepEqual(
      testFolders(platform),
      all.filter((folder) => folder !== 'workbench'),
    );
  }
  for (const folder of all) assert.ok(existsSync(`test/${folder}`), folder);
});
