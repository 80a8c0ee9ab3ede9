import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContextRow } from '../../../../src/rpc/clustersContract.ts';
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

test('the questions name the proxy of the kubeconfig, and say that the kubeconfig decides about the trust in the server', async () => {
  const ask = async (changes: Partial<ContextRow>) => {
    fake.nextButton = 'Not Now';
    await askForPlugin({ ...row, ...changes });
    return fake.texts.at(-1) ?? '';
  };
  const proxy = 'http://attacker:1';
  assert.match(await ask({ proxy }), /through the proxy http:\/\/attacker:1 to https:\/\/127\.0\.0\.1:6443/);
  assert.match(
    await ask({ proxy, tokenFile: '/me/token' }),
    /through the proxy http:\/\/attacker:1 to https:/,
  );
  assert.doesNotMatch(await ask({}), /proxy|certificate/);
  for (const tokenFile of [{}, { tokenFile: '/me/token' }]) {
    assert.match(await ask({ ...tokenFile, trust: 'none' }), /does not check the certificate of the server/);
    assert.match(
      await ask({ ...tokenFile, trust: 'kubeconfig' }),
      /decides which certificate of the server is trusted/,
    );
  }
});

test('long names from the kubeconfig do not push the rest of the question out of the notification', async () => {
  fake.nextButton = 'Not Now';
  const long = '/x'.repeat(2_000);
  await askForPlugin({
    ...{ ...row, plugin: long, tokenFile: long, context: long },
    ...{ server: `https://a${long}`, proxy: `http://b${long}`, trust: 'none' },
  });
  // VS Code cuts a notification off after 1,000 characters.
  const text = fake.texts.at(-1) ?? '';
  assert.ok(text.length <= 1_000, `${text.length} characters`);
  assert.match(text, /to https:\/\/a.* does not check the certificate of the server\.$/);
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

test('the question shows the end of the host that gets the token file, also if the host or the path is long', async () => {
  fake.nextButton = undefined;
  const host = `api.company.example.${'internal.'.repeat(20)}evil.example`;
  const server = `https://${host}/k8s/${'clusters/'.repeat(30)}`;
  await askForPlugin({ ...row, tokenFile: '/home/me/secret', server });
  assert.match(fake.texts.at(-1) ?? '', /to https:\/\/\S*internal\.evil\.example to sign in/);
});
