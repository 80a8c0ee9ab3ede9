import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../../src/demo/objects/types.ts';
import {
  hasLabels,
  parseFieldSelector,
  parseLabelSelector,
  selectorOf,
} from '../../../src/demo/selectors.ts';

const LABELS = { app: 'web', tier: 'front', 'pod-template-hash': '596957f787', empty: '' };

for (const [text, expected] of [
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=db', false],
  ['app!=db', true],
  ['app!=web', false],
  ['missing!=x', true],
  ['app', true],
  ['missing', false],
  ['!missing', true],
  ['! app', false],
  ['empty=', true],
  ['app in (web)', true],
  ['app in (db, web)', true],
  ['app in (db,cache)', false],
  ['missing in (web)', false],
  ['app notin (db,cache)', true],
  ['app notin (web)', false],
  ['missing notin (web)', true],
  ['app in (web,db),tier=front,!missing', true],
  ['app in (web,db),tier=back', false],
  ['kubernetes.io/name', false],
] as const) {
  test(`label selector "${text}" is ${expected}`, () => {
    assert.equal(parseLabelSelector(text)(LABELS), expected);
  });
}

for (const text of ['app=web=x', 'app in web', 'in (a)', 'a b', '=x', 'app in (a', '!']) {
  test(`label selector "${text}" is refused with 400`, () => {
    assert.throws(
      () => parseLabelSelector(text),
      (error: { status?: { code: number } }) => error.status?.code === 400,
    );
  });
}

const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'web', namespace: 'demo', uid: '', resourceVersion: '', creationTimestamp: '' },
  spec: { nodeName: 'node1' },
  status: { phase: 'Running' },
} as KubernetesObject;

for (const [text, expected] of [
  ['', true],
  ['metadata.name=web', true],
  ['metadata.name==web,status.phase=Running', true],
  ['status.phase!=Running', false],
  ['status.phase!=Failed,spec.nodeName=node1', true],
  ['status.podIP=', true],
  ['metadata.namespace=other', false],
] as const) {
  test(`field selector "${text}" is ${expected}`, () => {
    assert.equal(parseFieldSelector('pods', text)(POD), expected);
  });
}

test('a field that the resource cannot be selected by is refused', () => {
  assert.throws(() => parseFieldSelector('services', 'status.phase=Running'), {
    message: 'field label not supported: status.phase',
  });
  assert.throws(() => parseFieldSelector('pods', 'metadata.name'), { name: 'ApiStatusError' });
});

test('a query without selectors has none, and a query with both demands both', () => {
  assert.equal(selectorOf('pods', new URLSearchParams('limit=5')), undefined);
  const both = selectorOf(
    'pods',
    new URLSearchParams('labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dweb'),
  );
  assert.equal(both?.(POD), false);
  assert.equal(both?.({ ...POD, metadata: { ...POD.metadata, labels: LABELS } }), true);
});

test("a service's selector demands all of its labels", () => {
  const pod = { ...POD, metadata: { ...POD.metadata, labels: LABELS } };
  assert.equal(hasLabels(pod, { app: 'web', tier: 'front' }), true);
  assert.equal(hasLabels(pod, { app: 'web', tier: 'back' }), false);
  assert.equal(hasLabels(POD, { app: 'web' }), false);
});
