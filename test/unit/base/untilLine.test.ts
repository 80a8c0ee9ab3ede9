import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { untilLine } from '../../../src/base/untilLine.ts';

const LIMIT_MS = 20_000;

test('a line is found after a long output, and after a long line', async () => {
  for (const before of ["'x\\n'.repeat(10_000)", "'x'.repeat(100_000) + '\\n'"])
    assert.equal(await run(`process.stdout.write(${before} + 'ready: yes\\n');`), 'yes');
});

test('a line is found although it comes in pieces', async () => {
  assert.equal(await run("process.stdout.write('no\\nready: y', () => console.log('es'));"), 'yes');
});

test('a program that ends before the line is an error with its first error or its exit status', async () => {
  await assert.rejects(run("console.log('no')"), { message: 'it exited with 0' });
  await assert.rejects(run("console.error('one\\nTypeError: two'); process.exit(3);"), {
    message: 'TypeError: two',
  });
  await assert.rejects(
    run("console.error('\\nwarning\\n'.repeat(1_000) + 'Error: late'); process.exit(3);"),
    { message: 'Error: late' },
  );
  await assert.rejects(run("process.stdout.write('ready: y')"), { message: 'it exited with 0' });
  await assert.rejects(run("process.stderr.write('no break');"), { message: 'no break' });
});

/** Runs JavaScript code that prints the line `ready: WORD`, and returns WORD. */
async function run(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  try {
    return await untilLine(child, (line) => /^ready: (.+)$/.exec(line)?.[1], AbortSignal.timeout(LIMIT_MS));
  } finally {
    child.kill();
    await closed;
  }
}
