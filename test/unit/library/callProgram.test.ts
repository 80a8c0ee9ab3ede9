import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('an error of a listener is an uncaught exception, and the listeners and the forward continue', () => {
  // Runs in a separate process, because the test runner reports every uncaught exception as a failed test.
  const program = `
    import { callProgram } from './src/library/callProgram.ts';
    import { Emitter } from './src/base/event.ts';
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const emitter = new Emitter();
    emitter.event((value) => callProgram(() => { throw new Error('mine'); }, value));
    emitter.event((value) => callProgram((given) => console.log('second', given), value));
    emitter.fire('state');
    console.log('fired');
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(stdout, 'second state\nfired\nuncaught mine\n', stderr);
});
