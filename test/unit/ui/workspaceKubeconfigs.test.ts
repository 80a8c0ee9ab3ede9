import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { isOfUser, isOfWorkspace, type KubeconfigPlaces } from '../../../src/ui/workspaceKubeconfigs.ts';
import { contextRow } from '../../support/uiRows.ts';

const path = (text: string) => resolve('/', text);
const places: KubeconfigPlaces = {
  folders: [path('ws'), path('other ws')],
  named: [path('elsewhere/config')],
  own: [path('mine/config')],
};
const row = (kubeconfig: string, files: readonly string[] = []) =>
  contextRow('dev', { kubeconfig: kubeconfig && path(kubeconfig), files: files.map(path) });

test('a workspace controls the kubeconfigs in its folders and those that its settings name', () => {
  for (const one of [row('ws/config'), row('other ws/a/b'), row('ws/..config'), row('elsewhere/config')])
    assert.ok(isOfWorkspace(one, places), one.kubeconfig);
  // A workspace also controls a kubeconfig if one of its files, or the target of a link to it, is in the workspace.
  assert.ok(isOfWorkspace(row('', ['home/.kube/config', 'ws/config']), places));
  assert.ok(isOfWorkspace(row('mine/config', ['mine/config', 'ws/config']), places));
  for (const one of [row('mine/config'), row('ws2/config'), row('', ['home/.kube/config']), row('')])
    assert.ok(!isOfWorkspace(one, places), one.kubeconfig);
});

test('the user chose the default kubeconfig and those of the user settings', () => {
  assert.ok(isOfUser(row(''), places));
  assert.ok(isOfUser(row('mine/config'), places));
  for (const one of [row('ws/config'), row('elsewhere/config')]) assert.ok(!isOfUser(one, places));
});
