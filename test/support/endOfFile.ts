import { after } from 'node:test';

// Every test file loads this file. If a test leaves something open, the process would continue after the last test,
// without a time limit of the test runner. This file ends such a process after 30 s, and prints what is still open.
const LIMIT_MS = 30_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`still open after all tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
});
