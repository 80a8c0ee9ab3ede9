import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { ensureWorkbenchInstalled } from '../test/workbench/harness/installation.ts';
import { buildBundles } from './build.ts';
import { testFolders } from './testFolders.ts';

/** The time limit of each test. A test that takes longer will probably never end, even if the machine is slow. */
const TEST_LIMIT_MS = 180_000;
/**
 * How many test files run at the same time. Most of the time, a test file waits and uses no CPU, so four test files
 * keep two cores busy.
 */
const CONCURRENCY = 4;
/** The maximum number of failed files to run again. If more files fail, the failures are probably not by chance. */
const MOST_AGAIN = 4;
const DRIVES_PROGRAMS = /^test[\\/](integration|workbench)[\\/]/;

// Test processes share a cache of compiled code. Without the cache, compiling the unbundled client-node takes most of a
// second in each process.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/node-compile-cache');

const tool = (path: string): string => join('node_modules', path);

step('format and lint', tool('@biomejs/biome/bin/biome'), ['ci', '--error-on-warnings', '--colors=off']);
step('types', tool('typescript/bin/tsc'), []);
step('types of webviews', tool('typescript/bin/tsc'), ['--project', 'src/webview']);
await buildBundles();
const files =
  process.argv.length > 2
    ? process.argv.slice(2)
    : globSync(`test/{${testFolders(process.platform).join()}}/**/*.test.ts`, {
        exclude: ['**/node_modules/**'],
      }).sort();
if (process.platform !== 'linux')
  process.stdout.write('Skipping test/workbench, which runs on Linux only.\n');
// Installs the workbench once. Otherwise, each of several test files that run at the same time would install it.
if (files.some((file) => file.includes('workbench'))) {
  ensureWorkbenchInstalled((line) => process.stdout.write(`${line}\n`));
}
const failed = runTests(files, CONCURRENCY);
if (failed.length > 0) process.exit(mayRunAgain(failed) && runAgain(failed) ? 0 : 1);

/**
 * Returns whether to run the failed files again. They must be few. All of them must be tests that start real programs,
 * such as kubectl, hosts or a browser, because only such tests can fail by chance.
 */
function mayRunAgain(paths: readonly string[]): boolean {
  return paths.length <= MOST_AGAIN && paths.every((path) => DRIVES_PROGRAMS.test(path));
}

/**
 * Runs failed files again, one at a time, and prints their names. A file that now passes is flaky. This must be fixed,
 * although the run counts as passed. Returns whether all files passed.
 */
function runAgain(paths: readonly string[]): boolean {
  process.stdout.write(`▶ failed, running again (flaky if it passes): ${paths.join(', ')}\n`);
  return runTests(paths, 1).length === 0;
}

/** Runs test files. @returns the paths of the files that failed */
function runTests(paths: readonly string[], concurrency: number): readonly string[] {
  const list = join(tmpdir(), `kube-port-forward-failed-tests-${process.pid}`);
  const { status } = spawnSync(
    process.execPath,
    [
      ...['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${TEST_LIMIT_MS}`],
      ...['--import', './test/support/endOfFile.ts'],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./scripts/failedFiles.ts', `--test-reporter-destination=${list}`],
      ...paths,
    ],
    { stdio: 'inherit' },
  );
  const failed = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  rmSync(list);
  if (status === 0) return [];
  return failed.length === 0 ? paths : failed.map((path) => relative('.', path));
}

/** Runs one step with this Node. If the step fails, this process ends with the step's exit status. */
function step(name: string, program: string, programArguments: readonly string[]): void {
  process.stdout.write(`▶ ${name}\n`);
  const { status, signal } = spawnSync(process.execPath, [program, ...programArguments], {
    stdio: 'inherit',
  });
  if (status === 0) return;
  process.stdout.write(`✖ ${name}${signal === null ? '' : ` (${signal})`}\n`);
  process.exit(status ?? 1);
}
