import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fake } from '../../../support/fakeVscode.ts';
import { contextRow } from '../../../support/uiRows.ts';

const { askForPlugin } = await import('../../../../src/ui/clusters/askForPlugin.ts');

const row = contextRow('dev', {
  kubeconfig: '/ws/config',
  files: ['/ws/config', '/ws/users'],
  plugin: '/bin/sh',
});

test('the question about a program says that the kubeconfig names its arguments, and only one button allows the program', async () => {
  for (const [button, isAllowed] of [
    ['Run Program', true],
    ['Not Now', false],
    [undefined, false],
  ] as const) {
    fake.nextButton = button;
    assert.equal(await askForPlugin(row), isAllowed, button);
  }
  assert.match(fake.texts[0] ?? '', /runs the program \/bin\/sh, with arguments that the kubeconfig names,/);
});

test('the question about a token file names the file and the server that gets it, even if there is a plugin', async () => {
  for (const [button, isAllowed] of [
    ['Send File', true],
    ['Run Program', false],
    ['Not Now', false],
    [undefined, false],
  ] as const) {
    fake.nextButton = button;
    assert.equal(await askForPlugin({ ...row, tokenFile: '/home/me/secret' }), isAllowed, button);
  }
  assert.match(
    fake.texts[0] ?? '',
    /sends the content of the file \/home\/me\/secret to https:\/\/127\.0\.0\.1:6443 to sign in/,
  );
});

test('a person can read the arguments in the kubeconfig before the answer', async () => {
  fake.nextButton = 'Open Kubeconfig';
  assert.equal(await askForPlugin(row), false);
  assert.deepEqual(
    fake.executed.map(({ command, commandArguments: [uri] }) => [command, String(uri)]),
    [
      ['vscode.open', 'file:///ws/config'],
      ['vscode.open', 'file:///ws/users'],
    ],
  );
  assert.equal(fake.messages.length, 2, 'the question is asked again');
});
