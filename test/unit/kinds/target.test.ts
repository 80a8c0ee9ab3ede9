import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { formatTarget, parseTarget, readTarget, targetPattern } from '../../../src/kinds/target.ts';
import { kindOfManifest, TARGET_KINDS } from '../../../src/kinds/targetKinds.ts';
import { coded } from '../../support/coded.ts';

/** Targets by kind and name, and the texts that must be parsed to each of them. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'pod web': ['web', 'pod/web', 'po/web', 'pods./web', 'pods.v1./web'],
  'pod web-1.x': ['pods/web-1.x'],
  'service web': ['svc/web', 'service/web', 'Services/web'],
  'deployment web': [
    'deploy/web',
    'deployment.apps/web',
    'deployments.v1.apps/web',
    'Deploy/web',
    'deployment.v1./web',
  ],
  'replicaset web': ['rs/web', 'replicasets/web'],
  'statefulset db': ['sts/db', 'StatefulSet/db'],
  'daemonset agent': ['ds/agent'],
  'job migrate': ['job/migrate', 'jobs.batch/migrate'],
  'replicationcontroller web': ['rc/web', 'ReplicationControllers/web'],
  'rollout web': ['rollouts.v1alpha1.argoproj.io/web'],
  'selector app=web': ['-l app=web'],
  'selector app.kubernetes.io/name=web,tier!=db': ['-l=app.kubernetes.io/name=web,tier!=db'],
  'selector env in (test, staging), !canary': ['-l env in (test, staging), !canary'],
  'selector app==web': ['-l app==web'],
  'selector app': ['-l app'],
};

for (const [meaning, texts] of Object.entries(CASES)) {
  for (const text of texts) {
    test(`${text} is read as ${meaning}, and matches the pattern for schemas`, () => {
      const [kind = ''] = meaning.split(' ');
      assert.deepEqual(parseTarget(text), { kind, name: meaning.slice(kind.length + 1) });
      assert.match(text, new RegExp(targetPattern(), 'u'));
    });
  }
}

const WRONG =
  '/ pod/ /web a/b/c node/x configmap/x deployment.batch/x web:80 ../x pod/web?x svc/-a pods.v1/web';

for (const text of ['', 'po d/x', `pod/${'a'.repeat(254)}`, ...WRONG.split(' ')]) {
  test(`"${text}" is refused by the parser, and by the pattern except for its length`, () => {
    assert.throws(() => parseTarget(text), coded('INVALID_TARGET', 'pod, service, deployment'));
    assert.equal(readTarget(text), undefined);
    if (text.length < 200) assert.doesNotMatch(text, new RegExp(targetPattern(), 'u'));
  });
}

test('a formatted target is parsed to the same target, for every kind', () => {
  for (const kind of TARGET_KINDS) {
    assert.deepEqual(parseTarget(formatTarget({ kind, name: 'web' })), { kind, name: 'web' });
  }
});

for (const [text, suggestion] of [
  ['pod/WEB', 'web'],
  ['Web', 'web'],
  ['deploy/My-App.V2', 'my-app.v2'],
] as const) {
  test(`"${text}" is refused with a suggested name in lower case`, () =>
    assert.throws(() => parseTarget(text), coded('NAME_NOT_LOWER_CASE', { suggestion })));
}

for (const text of [
  '-l ',
  '-l a=b=c',
  '-l a in b',
  '-l a in ()x',
  '-l /a=b',
  '-l a=b;c',
  '-l -a=b',
  '-l a=b,,c',
]) {
  test(`"${text}" is refused as a label selector`, () => {
    assert.throws(() => parseTarget(text), coded('INVALID_SELECTOR'));
    assert.doesNotMatch(text, new RegExp(targetPattern(), 'u'));
  });
}

test('a long text is refused as a label selector without trying each way to read its spaces', () => {
  for (const part of ['a, ', 'a= ,', 'a in (', ' ,']) {
    const text = `-l a in (${part.repeat(100)};`;
    const other = `-l ${part.repeat(100)};`;
    for (const read of [
      readTarget,
      (given: string) => new RegExp(targetPattern(), 'u').exec(given) ?? undefined,
    ])
      for (const given of [text, other])
        assert.equal(runInNewContext('read(given)', { read, given }, { timeout: 10_000 }), undefined);
  }
});

test('an owner reference means a kind only in the API group of that kind', () => {
  assert.equal(kindOfManifest('StatefulSet', 'apps/v1'), 'statefulset');
  assert.equal(kindOfManifest('StatefulSet', 'apps.kruise.io/v1beta1'), undefined);
  assert.equal(kindOfManifest('ReplicationController', 'v1'), 'replicationcontroller');
  assert.equal(kindOfManifest('Rollout', 'argoproj.io/v1alpha1'), 'rollout');
  assert.equal(kindOfManifest('Cluster', 'postgresql.cnpg.io/v1'), undefined);
});
