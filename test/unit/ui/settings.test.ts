import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../../../src/contributions.ts';
import { fake } from '../../support/fakeVscode.ts';

const { addKubeconfigFile, readForwardDefaults, readKubeconfigFiles, readKubeconfigPlaces, readSetting } =
  await import('../../../src/ui/settings.ts');

const KEY = 'kubePortForward.kubeconfigFiles';
const own = resolve('/own');

test('a setting of another type or with an unknown value counts as its default', () => {
  const NAMES = [
    'bindAddress',
    'transport',
    'keepForwards',
    'proxyPort',
    'stopForwardsAfterDebugging',
  ] as const;
  for (const name of [...NAMES, 'notifications', 'openInBrowserHost', 'requestLog'] as const) {
    for (const value of [undefined, null, {}, [], ...(name === 'bindAddress' ? [5] : ['x', 'constructor'])]) {
      fake.settings = { [name]: value };
      assert.equal(readSetting(name), SETTINGS[name].default, name);
    }
  }
  fake.settings = { waitForTargetMinutes: '5', requireReady: 'true' };
  assert.deepEqual(readForwardDefaults(), { waitForTargetMs: 600_000, requiresReady: false });
});

test('a list may be a single text, and leaves out all other types', () => {
  for (const [value, expected] of [
    ['demo', ['demo']],
    [
      ['demo', 5, null, 'shop'],
      ['demo', 'shop'],
    ],
    [5, []],
    [{}, []],
  ] as const) {
    fake.settings = { namespaces: value };
    assert.deepEqual(readSetting('namespaces'), expected);
  }
  fake.settings = { kubeconfigFiles: '~/other' };
  assert.deepEqual(readKubeconfigFiles(), [join(homedir(), 'other')]);
});

test('a kubeconfig is added to the settings of the workspace too if they have a list, each time once', async () => {
  for (const _ of [1, 2]) await addKubeconfigFile('/chosen');
  assert.deepEqual(fake.inspected[KEY], { globalValue: ['/chosen'] });
  fake.inspected = { [KEY]: { globalValue: ['/chosen'], workspaceValue: [] } };
  for (const _ of [1, 2]) await addKubeconfigFile('/chosen');
  assert.deepEqual(fake.inspected[KEY], { globalValue: ['/chosen'], workspaceValue: ['/chosen'] });
});

test('a kubeconfig is added to a single text in the user settings', async () => {
  fake.inspected = { [KEY]: { globalValue: own } };
  assert.deepEqual(readKubeconfigPlaces().own, [own]);
  await addKubeconfigFile('/chosen');
  assert.deepEqual(fake.inspected[KEY], { globalValue: [own, '/chosen'] });
});
