import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSupportedNode } from '../../../src/cli/nodeVersion.ts';
import { passSignals, runWithOwnNode } from '../../../src/cli/ownNode.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

/** Longer than the pause before a signal is passed on. Milliseconds. */
const LATER_MS = 1_000;

/**
 * An older Node starts the program with a newer Node, and passes its own signals on. Returns the signals that the
 * program gets after the older Node got SIGINT.
 */
function passedOn(platform: NodeJS.Platform, setLater: (milliseconds: number) => void): readonly string[] {
  const from = new EventEmitter();
  const got: string[] = [];
  const stop = passSignals(from, { kill: (signal) => got.push(String(signal)) > 0 }, platform);
  assert.equal(from.emit('SIGINT', 'SIGINT'), true, 'the older Node does not end by itself');
  setLater(LATER_MS);
  stop();
  assert.equal(from.emit('SIGINT', 'SIGINT'), false, 'nothing listens any more');
  return got;
}

test('Ctrl-C is passed to the program behind an older Node, and not on Windows, where that would kill the program', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const setLater = (milliseconds: number) => t.mock.timers.tick(milliseconds);
  assert.deepEqual(passedOn('linux', setLater), ['SIGINT']);
  assert.deepEqual(passedOn('darwin', setLater), ['SIGINT']);
  assert.deepEqual(passedOn('win32', setLater), []);
});

test('an older Node says why it cannot start the newer one that npm installed', {
  skip: process.platform === 'win32' && 'files have no modes',
}, async (t) => {
  const folder = await temporaryFolder(t);
  const bin = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'node'), '', { mode: 0o600 });
  const write = t.mock.method(process.stderr, 'write', () => true);
  const status = await runWithOwnNode(join(folder, 'cli.js'), []);
  write.mock.restore();
  assert.equal(status, 1);
  const [text] = write.mock.calls.map(({ arguments: [written] }) => String(written));
  assert.match(text ?? '', /is too old: install Node.js .* or later \(.*: spawn .*bin.node EACCES\)\n$/);
});

test('the command runs on Node 22.19 and newer', () => {
  for (const version of ['22.19', '22.19.0', '22.20.1', '24.0.0'])
    assert.equal(isSupportedNode(version), true);
  for (const version of ['0', '20.19.5', '22.18.0']) assert.equal(isSupportedNode(version), false);
});
