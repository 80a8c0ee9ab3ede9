import { spawnSync } from 'node:child_process';
import { buildBundles } from './build.ts';

const TEST_LIMIT_MS = 300_000;

await buildBundles();
const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-timeout=${TEST_LIMIT_MS}`, 'test/wine/wine.test.ts'],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
