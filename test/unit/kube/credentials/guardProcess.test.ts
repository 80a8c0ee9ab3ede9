import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../../../support/eventually.ts';
import { createTestPlugin, isAlive, type TestPlugin } from '../../../support/execPlugin.ts';
import { runWithFewFiles } from '../../../support/fileShortage.ts';

const RUN_PLUGIN = new URL('../../../../src/kube/credentials/runPlugin.ts', import.meta.url).href;

/** Starts a process that runs the plugin as a forward host does. */
function startHolder(plugin: TestPlugin, mode: string, isInteractive: boolean): ChildProcess {
  const { command, arguments: args } = plugin.config(mode);
  const program = `
    const { runPlugin } = await import(${JSON.stringify(RUN_PLUGIN)});
    await runPlugin({
      command: ${JSON.stringify(command)}, arguments: ${JSON.stringify(args)}, environment: process.env,
      clientEnvironment: process.env, workingDirectory: '/', isInteractive: ${isInteractive}, timeoutMs: 60_000,
      signal: new AbortController().signal, onMessage: () => {},
    });
  `;
  const options = { env: plugin.environment, stdio: 'inherit' } as const;
  return spawn(process.execPath, ['--input-type=module', '-e', program], options);
}

for (const { mode, processes, isInteractive } of [
  { mode: 'slow', processes: 2, isInteractive: false },
  { mode: 'slow', processes: 2, isInteractive: true },
  { mode: 'stubborn', processes: 1, isInteractive: false },
]) {
  test(`a plugin (${mode}, ${isInteractive ? 'with' : 'without'} a terminal) ends when the process that runs it is killed`, {
    skip: process.platform === 'win32',
  }, async () => {
    await using plugin = await createTestPlugin();
    const holder = startHolder(plugin, mode, isInteractive);
    await eventually(() => plugin.runs().length === processes, 'it should run');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    // A plugin with a terminal has no process group of its own, so only the plugin itself is ended, not its child
    // processes.
    const runs = isInteractive ? plugin.runs().slice(0, 1) : plugin.runs();
    await eventually(() => !runs.some(({ pid }) => isAlive(pid)), 'it should end');
  });
}

test('an ended plugin leaves no guard behind', {
  skip: process.platform !== 'linux',
}, async () => {
  await using plugin = await createTestPlugin();
  const holder = startHolder(plugin, 'counted', false);
  const [status] = await once(holder, 'exit');
  assert.equal(status, 0);
  const [run] = plugin.runs();
  assert.ok(run !== undefined);
  await eventually(
    async () => !(await commandLines()).some((line) => line.endsWith(`\0-${run.pid}\0`)),
    'the guard should end',
  );
});

for (const isInteractive of [false, true]) {
  test(`a plugin (${isInteractive ? 'with' : 'without'} a terminal) runs or is not started if few file handles are left`, {
    skip: process.platform === 'win32',
  }, async () => {
    const printed = await runWithFewFiles(`
      import { runPlugin } from ${JSON.stringify(RUN_PLUGIN)};
      const results = [];
      for (let spare = 0; spare < 10; spare++) {
        const closeFiles = useAllFiles(spare);
        results.push(await runPlugin({
          command: '/bin/echo', arguments: ['token'], environment: process.env, clientEnvironment: process.env,
          workingDirectory: '/', isInteractive: ${isInteractive}, timeoutMs: 60_000,
          signal: new AbortController().signal, onMessage: () => {},
        }));
        closeFiles();
      }
      process.stdout.write(JSON.stringify(results));
    `);
    const results: readonly object[] = JSON.parse(printed);
    assert.deepEqual(results[0], { type: 'notStarted', errorCode: 'EMFILE' });
    assert.deepEqual(results.at(-1), { type: 'finished', output: 'token\n' });
    for (const result of results) {
      assert.ok([results[0], results.at(-1)].some((expected) => isDeepStrictEqual(result, expected)));
    }
  });
}

async function commandLines(): Promise<readonly string[]> {
  const { readdir, readFile } = await import('node:fs/promises');
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
}
