import { spawnSync } from 'node:child_process';

// Runs tests longer than `npm test` does. Some tests run for minutes with random clients, faults and a hostile cluster.
// Other tests use larger numbers: see `test/support/soak.ts`.
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
