import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';

/** Ends with status 9 as soon as its standard input contains a byte. */
const PROGRAM = `
  process.stdin.once('data', () => process.exit(9));
  setInterval(() => {}, 1_000);
  console.log(process.pid);
`;

/**
 * Runs {@link PROGRAM} with `runProgram`. On the message `crash`, throws an error. On any other message, acts as if
 * this process had received SIGTERM, and makes every signal to the program fail, as for a program of another user.
 */
const RUNNER = `
  import { ChildProcess } from 'node:child_process';
  import { runProgram } from './src/cli/proxy/runProgram.ts';
  process.once('message', (message) => {
    if (message === 'crash') throw new Error('a bug');
    ChildProcess.prototype.kill = function () {
      this.emit('error', new Error('kill EPERM'));
      return false;
    };
    process.emit('SIGTERM', 'SIGTERM');
    process.send('passed');
  });
  const program = [process.execPath, '-e', ${JSON.stringify(PROGRAM)}];
  process.exitCode = await runProgram(program, process.env, new AbortController().signal);
  process.disconnect();
`;

/**
 * Runs a program that waits, with `runProgram`. This process gets the signal in its argument at the moment in which
 * Node starts the program.
 */
const SIGNALED_RUNNER = `
  import { ChildProcess } from 'node:child_process';
  import { runProgram } from './src/cli/proxy/runProgram.ts';
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) {
    process.kill(process.pid, process.argv[1]);
    return spawn.call(this, options);
  };
  process.exitCode = await runProgram(['sleep', '60'], process.env, new AbortController().signal);
`;

/**
 * Starts a process that runs {@link RUNNER}, and waits until PROGRAM runs in it. PROGRAM writes to the same pipes,
 * which close only when no process has them open. So `ended` resolves after both processes have ended.
 */
async function startRunner(t: TestContext) {
  const runner: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', RUNNER], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  const { stdin, stdout, stderr } = runner;
  assert.ok(stdin && stdout && stderr);
  const errors = text(stderr);
  const processId = Number(String((await once(stdout, 'data'))[0]));
  t.after(() => endIfRunning(processId));
  stdout.resume();
  return { runner, stdin, errors, ended: once(runner, 'close', { signal: AbortSignal.timeout(20_000) }) };
}

function endIfRunning(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch {
    // The program has ended.
  }
}

test('a program does not outlive a proxy that crashes', async (t) => {
  const { runner, errors, ended } = await startRunner(t);
  runner.send('crash');
  await ended;
  assert.match(await errors, /a bug/);
});

test('a program of another user, which gets no signals, keeps the proxy until the program ends', async (t) => {
  const { runner, stdin, errors, ended } = await startRunner(t);
  runner.send('signal');
  await once(runner, 'message');
  stdin.end('x');
  assert.deepEqual(await ended, [9, null]);
  assert.equal(await errors, '');
});

test('a signal at the moment in which the program starts reaches the program, and does not end the proxy', {
  // Windows has no signals: the console notifies both processes.
  skip: process.platform === 'win32',
}, async (t) => {
  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
    const runner = spawn(process.execPath, ['--input-type=module', '-e', SIGNALED_RUNNER, signal], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => runner.kill('SIGKILL'));
    const errors = text(runner.stderr);
    const ended = await once(runner, 'close', { signal: AbortSignal.timeout(20_000) });
    assert.deepEqual([...ended, await errors], [128 + constants.signals[signal], null, ''], signal);
  }
});
