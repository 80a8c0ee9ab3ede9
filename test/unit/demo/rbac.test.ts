import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize, forbidden, isAdmin, type RequestAttributes, rulesOf } from '../../../src/demo/rbac.ts';
import { ADMINS_GROUP, MASTERS_GROUP, type User } from '../../../src/demo/users.ts';
import { apiFixture } from '../../support/apiFixture.ts';

const user = (name: string, ...groups: string[]): User => ({ name, groups });
const attributes = (more: Partial<RequestAttributes>): RequestAttributes => ({
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'demo',
  name: '',
  ...more,
});
const forward = (verb: string) => attributes({ verb, subresource: 'portforward' });

test('roles say by verb who may forward', () => {
  const may = (name: string) =>
    ['get', 'create'].map((verb) => authorize(user(name), forward(verb)).isAllowed);
  assert.deepEqual(may('demo-developer'), [true, true]);
  assert.deepEqual(may('demo-getonly'), [true, false]);
  assert.deepEqual(may('demo-createonly'), [false, true]);
  assert.deepEqual(may('demo-viewer'), [false, false]);
  assert.deepEqual(may('somebody'), [false, false]);
});

test('roles end at their namespace', () => {
  for (const namespace of ['staging', '']) {
    assert.equal(authorize(user('demo-developer'), attributes({ namespace })).isAllowed, false);
  }
});

test('the right to read or write pods does not grant their subresources', () => {
  const viewer = user('demo-viewer');
  assert.equal(authorize(viewer, attributes({ verb: 'watch' })).isAllowed, true);
  assert.equal(authorize(viewer, attributes({ verb: 'delete' })).isAllowed, false);
  assert.equal(authorize(viewer, attributes({ subresource: 'exec' })).isAllowed, false);
  assert.equal(authorize(viewer, attributes({ resource: 'secrets' })).isAllowed, false);
});

test('masters have rights by rule, admins by role', () => {
  const anything = attributes({ verb: 'delete', group: 'apps', resource: 'deployments', namespace: '' });
  assert.deepEqual(authorize(user('x', MASTERS_GROUP), anything), { isAllowed: true });
  const admin = authorize(user('x', ADMINS_GROUP), anything);
  assert.equal(
    admin.reason,
    'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "demo:admins"',
  );
  assert.deepEqual(
    [MASTERS_GROUP, ADMINS_GROUP, 'x'].map((group) => isAdmin(user('x', group))),
    [true, true, false],
  );
});

test('the reason has the recorded words', () => {
  const recorded = apiFixture<{ status: { reason: string } }>('ssar-getonly-get.json').status.reason;
  assert.equal(
    authorize(user('demo-getonly'), forward('get')).reason,
    recorded.replace('"getonly"', '"demo-getonly"'),
  );
});

test('a refusal has the recorded words', () => {
  const wanted = attributes({ verb: 'list', namespace: '' });
  assert.deepEqual(forbidden(user('viewer'), wanted), apiFixture('forbidden-pods.json'));
  const namespaces = attributes({ verb: 'list', resource: 'namespaces', namespace: '' });
  assert.deepEqual(forbidden(user('system:anonymous'), namespaces), apiFixture('anonymous.json'));
  assert.equal(
    forbidden(user('viewer'), { ...forward('create'), name: 'web' }).message,
    'pods "web" is forbidden: User "viewer" cannot create resource "pods/portforward" in API group "" in the namespace "demo"',
  );
});

test('the rules of a namespace are listed', () => {
  const verbs = rulesOf(user('demo-createonly'), 'demo')
    .filter(({ resources }) => resources.includes('pods/portforward'))
    .flatMap((rule) => rule.verbs);
  assert.deepEqual(verbs, ['create']);
  assert.deepEqual(rulesOf(user('demo-createonly'), 'staging'), []);
  assert.deepEqual(rulesOf(user('x', MASTERS_GROUP), 'staging'), [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  ]);
});
