import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { parseTarget, type TargetKind } from '../../../src/kube/target.ts';

const cases: readonly [string, TargetKind, string][] = [
  ['web', 'pod', 'web'],
  ['pod/web', 'pod', 'web'],
  ['pods/web-1.x', 'pod', 'web-1.x'],
  ['po/web', 'pod', 'web'],
  ['svc/web', 'service', 'web'],
  ['service/web', 'service', 'web'],
  ['Services/web', 'service', 'web'],
  ['deploy/web', 'deployment', 'web'],
  ['deployment.apps/web', 'deployment', 'web'],
  ['deployments.v1.apps/web', 'deployment', 'web'],
  ['rs/web', 'replicaset', 'web'],
  ['replicasets/web', 'replicaset', 'web'],
  ['sts/db', 'statefulset', 'db'],
  ['StatefulSet/db', 'statefulset', 'db'],
  ['ds/agent', 'daemonset', 'agent'],
  ['job/migrate', 'job', 'migrate'],
  ['jobs.batch/migrate', 'job', 'migrate'],
];

for (const [text, kind, name] of cases) {
  test(text, () => assert.deepEqual(parseTarget(text), { kind, name }));
}

const wrong = [
  '',
  '/',
  'pod/',
  '/web',
  'a/b/c',
  'node/x',
  'configmap/x',
  'deployment.batch/x',
  'po d/x',
  'Web',
  'web:80',
  '../x',
  'pod/web?x',
  'svc/-a',
];

for (const text of wrong) {
  test(`wrong: "${text}"`, () =>
    assert.throws(
      () => parseTarget(text),
      (error) => isCoded(error, 'INVALID_TARGET') && error.message.includes('pod, service, deployment'),
    ));
}
