import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { ContextRow } from '../../../../src/rpc/clustersContract.ts';
import { AutoStartRounds } from '../../../../src/ui/saved/autoStartRounds.ts';
import type { SavedForward } from '../../../../src/ui/saved/savedForward.ts';
import { contextsFor, destinationOf } from '../../../../src/ui/saved/toSpecification.ts';
import type { KubeconfigPlaces } from '../../../../src/ui/workspaceKubeconfigs.ts';
import { contextRow } from '../../../support/uiRows.ts';

const path = (text: string) => resolve('/', text);
const places: KubeconfigPlaces = { folders: [path('ws')], named: [path('ws/config')], own: [path('mine')] };
const home = path('home/.kube/config');
const kind = contextRow('dev', { kubeconfig: '', files: [home], identity: 'port 1' });
const planted = contextRow('dev', {
  kubeconfig: path('ws/config'),
  files: [path('ws/config')],
  identity: 'a',
});
const entry = { name: 'web', context: 'dev', target: 'service/web', remotePort: 80, autoStart: true };
const mine: SavedForward = { scope: { type: 'user' }, entry };
const ours: SavedForward = { scope: { type: 'workspace' }, entry };

function isApproved(approvedWith: readonly ContextRow[], now: readonly ContextRow[]): boolean {
  const plan = (rows: readonly ContextRow[], approvals: readonly string[]) =>
    new AutoStartRounds().next([ours], approvals, (forward) => destinationOf(forward, rows, places));
  return plan(now, plan(approvedWith, []).hashes).starting.length > 0;
}

test('an approval holds as long as the same context of the same file is meant', () => {
  assert.ok(isApproved([kind], [kind]));
  assert.ok(
    isApproved([kind], [{ ...kind, identity: 'port 2' }]),
    'kind and minikube take another port each time',
  );
  assert.ok(!isApproved([kind], [{ ...kind, files: [path('home/other')] }]));
  assert.ok(!isApproved([kind], [planted]), 'a commit that names a kubeconfig of its own');
  assert.ok(!isApproved([kind], []));
});

test('an approval includes server and program if the workspace controls the kubeconfig', () => {
  assert.ok(isApproved([planted], [planted]));
  assert.ok(!isApproved([planted], [{ ...planted, identity: 'b' }]));
});

test("the user's own entries are looked up in the user's kubeconfigs alone", () => {
  const chosen = contextRow('dev', { kubeconfig: path('mine') });
  assert.deepEqual(contextsFor(mine.scope, [planted, kind, chosen], places), [kind, chosen]);
  assert.deepEqual(contextsFor(ours.scope, [planted, kind], places), [planted, kind]);
});
