import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
