import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const FILES = {
  'helper.ts':
    "import { test } from 'node:test'; export const check = (body) => test('a test of a helper', body);",
  'fails.test.ts':
    "import { check } from './helper.ts'; check(() => { throw new Error('failed'); }); check(() => { throw new Error('again'); });",
  'passes.test.ts': "import { check } from './helper.ts'; check(() => {});",
  'ends.test.ts': "import { check } from './helper.ts'; check(() => process.exit(1));",
  'load.test.ts': "throw new Error('not loaded');",
};

test('the files that run again are the failed test files, never a helper that calls `test` for them', async () => {
  await using directory = await temporaryDirectory();
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory.path, name), text);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      ...['--test', '--test-reporter=./scripts/failedFiles.ts'],
      ...Object.keys(FILES)
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => join(directory.path, name)),
    ],
    { encoding: 'utf8', env },
  );
  assert.equal(status, 1);
  const failed = stdout
    .split('\n')
    .filter(Boolean)
    .map((path) => basename(path));
  assert.deepEqual(failed.sort(), ['ends.test.ts', 'fails.test.ts', 'load.test.ts']);
});
