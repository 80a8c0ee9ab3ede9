import { spawnSync } from 'node:child_process';

// Runs tests that take too long for `npm test`: minutes of random clients, faults and a hostile cluster, and tests with
// large counts.
const SECONDS = '300';
const FILES = [
  'test/integration/host/soak.test.ts',
  'test/integration/portforward/everyTransport.test.ts',
  'test/unit/inspect/conversations.test.ts',
  'test/unit/gateway/firstBytes.test.ts',
];
const LIMIT_MS = '1200000';

const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=1', `--test-timeout=${LIMIT_MS}`, ...FILES],
  { stdio: 'inherit', env: { SOAK_SECONDS: SECONDS, ...process.env } },
);
process.exit(status ?? 1);
