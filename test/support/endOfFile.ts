import { after } from 'node:test';

// Every test file loads this file. If a test leaves something open, such as a socket, Node does not end after the last
// test, and the test runner waits without a limit. Therefore, this file prints what is still open 30 s after the last
// test, and ends the process.
const LIMIT_MS = 30_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`still open after all tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
});
