import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detachedRuntime } from '../../../src/cli/detachedRuntime.ts';
import { updateNote } from '../../../src/cli/hostLink.ts';
import { FakeSystem } from '../../support/fakeSystem.ts';

const CODE = 'C:\\Code\\Code.exe';
const NODE = 'C:\\nodejs\\node.exe';

/**
 * Returns the runtime that is chosen if the Node on the PATH reports `version`. If `version` is undefined, this Node
 * does not start.
 */
function choose(version: string | undefined, platform: NodeJS.Platform = 'win32', isEditor = true) {
  return detachedRuntime({
    execPath: CODE,
    isEditor,
    environment: { Path: 'C:\\nodejs' },
    system: new FakeSystem({ platform, ...(version !== undefined && { tools: { [NODE]: version } }) }),
    isFile: async (path) => path === NODE,
  });
}

test('forwards that a terminal of VS Code on Windows leaves behind run in the Node of the PATH, which no update ends', async () => {
  assert.deepEqual(await choose('v22.19.0\r\n'), { execPath: NODE, outlivesUpdates: true });
});

test('forwards run in the program of VS Code if that Node is too old or does not start', async () => {
  const ends = { execPath: CODE, outlivesUpdates: false };
  assert.deepEqual(await choose('v20.11.1\r\n'), ends);
  assert.deepEqual(await choose(undefined), ends);
});

test("forwards run in the command's own program on other systems and outside of VS Code", async () => {
  assert.deepEqual(await choose('v22.19.0', 'linux'), { execPath: CODE, outlivesUpdates: false });
  assert.deepEqual(await choose('v22.19.0', 'win32', false), { execPath: CODE, outlivesUpdates: true });
});

test('list says whether forwards of terminals survive an update of VS Code', () => {
  assert.equal(updateNote(undefined), undefined);
  assert.equal(updateNote({}), undefined);
  assert.match(
    updateNote({ endsWithUpdate: true }) ?? '',
    /ends these forwards\. .* when VS Code runs again\.$/,
  );
  assert.match(
    updateNote({ endsWithUpdate: true, survivesUpdate: true }) ?? '',
    /ends these forwards\. .* right away\.$/,
  );
});
