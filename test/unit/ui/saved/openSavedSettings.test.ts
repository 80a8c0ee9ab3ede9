import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fake } from '../../../support/fakeVscode.ts';

const { openSavedSettings } = await import('../../../../src/ui/saved/openSavedSettings.ts');

test('the settings of the folder of an entry open at the entry, without a question for the folder', async () => {
  fake.documentText = '{"kubePortForward.forwards":[{"name":"first"},{"name":"web"}]}';
  await openSavedSettings({ type: 'folder', folder: 'file:///work/shop' }, 'web');
  assert.deepEqual(fake.opened, ['file:///work/shop/.vscode/settings.json']);
  assert.deepEqual(fake.executed, []);
  assert.equal(fake.editor?.selection?.anchor, fake.documentText.indexOf('"name":"web"'));
});

test('the user and workspace settings open by the commands of VS Code', async () => {
  for (const type of ['user', 'workspace'] as const) await openSavedSettings({ type }, 'web');
  assert.deepEqual(
    fake.executed.map(({ command }) => command),
    ['workbench.action.openSettingsJson', 'workbench.action.openWorkspaceSettingsFile'],
  );
});
