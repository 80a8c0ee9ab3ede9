import { after } from 'node:test';

// Loaded into every test file. The test runner has no limit for a file whose tests are through but whose process goes on,
// because of something that a test has left: it would wait for ever, and nobody would learn what was left.
const LIMIT_MS = 30_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`still open after all tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
});
