import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { formatTarget, parseTarget, readTarget, targetPattern } from '../../../src/kinds/target.ts';
import { TARGET_KINDS, type TargetKind } from '../../../src/kinds/targetKinds.ts';

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
  ['Deploy/web', 'deployment', 'web'],
  ['pods./web', 'pod', 'web'],
  ['pods.v1./web', 'pod', 'web'],
  ['deployment.v1./web', 'deployment', 'web'],
];

for (const [text, kind, name] of cases) {
  test(`${text} is read as ${kind} ${name}, and matches the pattern for schemas`, () => {
    assert.deepEqual(parseTarget(text), { kind, name });
    assert.match(text, new RegExp(targetPattern(), 'u'));
  });
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
  'pods.v1/web',
  `pod/${'a'.repeat(254)}`,
];

for (const text of wrong) {
  test(`"${text}" is refused by the parser, and by the pattern as far as that limits no length`, () => {
    assert.throws(
      () => parseTarget(text),
      (error) => isCoded(error, 'INVALID_TARGET') && error.message.includes('pod, service, deployment'),
    );
    assert.equal(readTarget(text), undefined);
    if (text.length < 200) assert.doesNotMatch(text, new RegExp(targetPattern(), 'u'));
  });
}

test('a target that is written and read again is the same target, for every kind', () => {
  for (const kind of TARGET_KINDS) {
    assert.deepEqual(parseTarget(formatTarget({ kind, name: 'web' })), { kind, name: 'web' });
  }
});
