import { spawnSync } from 'node:child_process';

// Minutes of random clients, faults and a hostile cluster. A slice of it is among the tests.
const SECONDS = '300';
const LIMIT_MS = '1200000';

const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-timeout=${LIMIT_MS}`, 'test/integration/host/soak.test.ts'],
  { stdio: 'inherit', env: { SOAK_SECONDS: SECONDS, ...process.env } },
);
process.exit(status ?? 1);
