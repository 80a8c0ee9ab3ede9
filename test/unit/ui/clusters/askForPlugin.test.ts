import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fake } from '../../../support/fakeVscode.ts';
import { contextRow } from '../../../support/uiRows.ts';

const { askForPlugin } = await import('../../../../src/ui/clusters/askForPlugin.ts');

const row = contextRow('dev', { kubeconfig: '/ws/config', files: ['/ws/config', '/ws/users'] });

test('the question about a program says that the kubeconfig names its arguments, and only one button allows the program', async () => {
  for (const [button, isAllowed] of [
    ['Run Program', true],
    ['Not Now', false],
    [undefined, false],
  ] as const) {
    fake.nextButton = button;
    assert.equal(await askForPlugin(row, '/bin/sh'), isAllowed, button);
  }
  assert.match(fake.texts[0] ?? '', /runs the program \/bin\/sh, with arguments that the kubeconfig names,/);
});

test('a person can read the arguments in the kubeconfig before the answer', async () => {
  fake.nextButton = 'Open Kubeconfig';
  assert.equal(await askForPlugin(row, '/bin/sh'), false);
  assert.deepEqual(
    fake.executed.map(({ command, commandArguments: [uri] }) => [command, String(uri)]),
    [
      ['vscode.open', 'file:///ws/config'],
      ['vscode.open', 'file:///ws/users'],
    ],
  );
  assert.equal(fake.messages.length, 2, 'the question is asked again');
});
