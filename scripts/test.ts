import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureWorkbenchInstalled } from '../test/workbench/harness/installation.ts';
import { buildBundles } from './build.ts';
import { testFolders } from './testFolders.ts';

/** No single test takes that long, on a slow machine either: one that does hangs. */
const TEST_LIMIT_MS = 180_000;

// Compiled code is kept from one test process to the next: unbundled, client-node takes most of a second to compile.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/node-compile-cache');

const tool = (path: string): string => join('node_modules', path);

step('format and lint', tool('@biomejs/biome/bin/biome'), ['ci', '--error-on-warnings', '--colors=off']);
step('types', tool('typescript/bin/tsc'), []);
await buildBundles();
const files =
  process.argv.length > 2
    ? process.argv.slice(2)
    : globSync(`test/{${testFolders(process.platform).join()}}/**/*.test.ts`, {
        exclude: ['**/node_modules/**'],
      }).sort();
if (process.platform !== 'linux')
  process.stdout.write('test/workbench runs on Linux only, and is left out.\n');
// Once, before test files that run side by side would each do it.
if (files.some((file) => file.includes('workbench'))) {
  ensureWorkbenchInstalled((line) => process.stdout.write(`${line}\n`));
}
step('tests', '--test', [
  ...['--test-concurrency=2', `--test-timeout=${TEST_LIMIT_MS}`],
  ...['--import', './test/support/endOfFile.ts'],
  ...files,
]);

/** Runs one part with this Node and ends everything with its status if it fails. */
function step(name: string, program: string, programArguments: readonly string[]): void {
  process.stdout.write(`▶ ${name}\n`);
  const { status, signal } = spawnSync(process.execPath, [program, ...programArguments], {
    stdio: 'inherit',
  });
  if (status === 0) return;
  process.stdout.write(`✖ ${name}${signal === null ? '' : ` (${signal})`}\n`);
  process.exit(status ?? 1);
}
