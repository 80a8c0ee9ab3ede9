import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../../../src/rest/requestInfo.ts';

const cases: readonly [string, string, ReturnType<typeof requestInfo>][] = [
  ['GET', '/api/v1/namespaces', { verb: 'list', group: '', resource: 'namespaces' }],
  [
    'GET',
    '/api/v1/namespaces/demo',
    { verb: 'get', group: '', resource: 'namespaces', name: 'demo', namespace: 'demo' },
  ],
  ['GET', '/api/v1/namespaces/demo/pods', { verb: 'list', group: '', resource: 'pods', namespace: 'demo' }],
  [
    'GET',
    '/api/v1/namespaces/demo/pods?watch=true',
    { verb: 'watch', group: '', resource: 'pods', namespace: 'demo' },
  ],
  [
    'POST',
    '/api/v1/namespaces/demo/pods/web/portforward',
    { verb: 'create', group: '', resource: 'pods/portforward', name: 'web', namespace: 'demo' },
  ],
  [
    'GET',
    '/api/v1/namespaces/demo/pods/web/portforward?ports=80',
    {
      verb: 'get',
      group: '',
      resource: 'pods/portforward',
      name: 'web',
      namespace: 'demo',
      additionalVerb: 'create',
    },
  ],
  [
    'GET',
    '/apis/apps/v1/namespaces/demo/deployments/web',
    { verb: 'get', group: 'apps', resource: 'deployments', name: 'web', namespace: 'demo' },
  ],
  [
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
  ],
  ['GET', '/version', undefined],
];

for (const [method, path, expected] of cases) {
  test(`${method} ${path} has the right verb and resource`, () =>
    assert.deepEqual(requestInfo(method, path), expected));
}
