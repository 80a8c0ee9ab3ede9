import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detachedRuntime } from '../../../src/cli/detachedRuntime.ts';
import { FakeSystem } from '../../support/fakeSystem.ts';

const CODE = 'C:\\Code\\Code.exe';
const NODE = 'C:\\nodejs\\node.exe';

/** What is chosen where the Node of the PATH answers `version`. */
function choose(version: string | undefined, platform: NodeJS.Platform = 'win32', isEditor = true) {
  return detachedRuntime({
    execPath: CODE,
    isEditor,
    environment: { Path: 'C:\\nodejs' },
    system: new FakeSystem({ platform, ...(version !== undefined && { tools: { [NODE]: version } }) }),
    isFile: async (path) => path === NODE,
  });
}

test('forwards that a terminal of VS Code leaves behind on Windows run in the Node of the PATH, which no update ends', async () => {
  assert.equal(await choose('v22.19.0\r\n'), NODE);
});

test('they run in the program of VS Code where that Node is too old, or does not start', async () => {
  assert.equal(await choose('v20.11.1\r\n'), CODE);
  assert.equal(await choose(undefined), CODE);
});

test('they run in the own program on other systems, and outside of VS Code', async () => {
  assert.equal(await choose('v22.19.0', 'linux'), CODE);
  assert.equal(await choose('v22.19.0', 'win32', false), CODE);
});
