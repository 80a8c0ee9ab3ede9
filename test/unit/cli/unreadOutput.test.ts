import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

/**
 * Fills the pipe of the standard output, and then runs the command. Sends `full` as soon as the output of the command
 * waits for the reader. When the command has finished, sends how many bytes are still unread.
 */
const RUNNER = `
  import { setImmediate } from 'node:timers/promises';
  import { main } from './src/cli/main.ts';
  const before = 4 * 1024 * 1024;
  process.stdout.write('.'.repeat(before));
  const filled = process.stdout.writableLength;
  let isFinished = false;
  const finished = main(process.argv.slice(1), { hostScript: '', keepCode() {} }).finally(() => {
    isFinished = true;
  });
  while (process.stdout.writableLength === filled && !isFinished) await setImmediate();
  process.send('full');
  await finished;
  process.send(process.stdout.writableLength);
  process.disconnect();
`;

/** On Windows, a write to a full pipe waits for the reader, so nothing stays unread. */
const skip = process.platform === 'win32';

/** Starts the command, and waits until the output of the command waits for the reader of the pipe. */
async function startUnread(test: TestContext, args: readonly string[]) {
  const folder = await temporaryFolder(test);
  const child = spawn(process.execPath, ['--input-type=module', '-e', RUNNER, '--', ...args], {
    env: { ...process.env, KUBE_PORT_FORWARD_HOST_FOLDER: folder },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  test.after(() => void child.kill('SIGKILL'));
  const [first] = await once(child, 'message');
  assert.equal(first, 'full');
  const finished = once(child, 'message');
  return { reader: child.stdout ?? assert.fail(), finished };
}

for (const args of [['list'], ['completion', 'bash'], ['__complete', '=--'], ['--help'], ['--version']]) {
  test(`${args.join(' ')} ends after its reader has read everything, however late`, { skip }, async (t) => {
    const { reader, finished } = await startUnread(t, args);
    reader.resume();
    const [unread] = await finished;
    assert.equal(unread, 0);
  });
}

test('a command that prints ends when its reader goes away', { skip }, async (t) => {
  const { reader, finished } = await startUnread(t, ['list']);
  reader.destroy();
  await finished;
});
