import { after } from 'node:test';

// Loaded into every test file. The test runner has no limit for a file whose tests have ended while its process continues
// because of something left open. The file would run for ever, and nobody would learn the cause.
const LIMIT_MS = 30_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`still open after all tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
});
