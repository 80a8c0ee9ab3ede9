import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResourceRequest } from '../../../../src/demo/api/requestInfo.ts';
import { ServedResources } from '../../../../src/demo/resources.ts';

const resources = new ServedResources({ hasArgoRollouts: false });

const parse = (method: string, path: string) => {
  const request = parseResourceRequest(method, new URL(path, 'https://demo'), resources);
  if (request === undefined) return undefined;
  const { resource, verb, namespace, name, subresource } = request;
  return [resource.key, verb, namespace, name, subresource];
};

for (const [method, path, expected] of [
  ['GET', '/api/v1/pods', ['pods', 'list', '', '', '']],
  ['GET', '/api/v1/namespaces', ['namespaces', 'list', '', '', '']],
  ['GET', '/api/v1/namespaces/demo', ['namespaces', 'get', '', 'demo', '']],
  ['GET', '/api/v1/namespaces/demo/pods', ['pods', 'list', 'demo', '', '']],
  ['GET', '/api/v1/namespaces/demo/pods?watch=true', ['pods', 'watch', 'demo', '', '']],
  ['GET', '/api/v1/namespaces/demo/pods/web?watch=1', ['pods', 'watch', 'demo', 'web', '']],
  ['GET', '/api/v1/namespaces/demo/pods/web', ['pods', 'get', 'demo', 'web', '']],
  ['DELETE', '/api/v1/namespaces/demo/pods/web', ['pods', 'delete', 'demo', 'web', '']],
  ['DELETE', '/api/v1/namespaces/demo/pods', ['pods', 'deletecollection', 'demo', '', '']],
  ['POST', '/api/v1/namespaces/demo/pods/web/portforward', ['pods', 'create', 'demo', 'web', 'portforward']],
  [
    'GET',
    '/api/v1/namespaces/demo/pods/web/portforward?ports=80',
    ['pods', 'get', 'demo', 'web', 'portforward'],
  ],
  ['GET', '/apis/apps/v1/deployments', ['deployments.apps', 'list', '', '', '']],
  [
    'PATCH',
    '/apis/apps/v1/namespaces/demo/deployments/web/scale',
    ['deployments.apps', 'patch', 'demo', 'web', 'scale'],
  ],
  ['GET', '/api/v1/nodes/node1', ['nodes', 'get', '', 'node1', '']],
  ['GET', '/api/v1/namespaces/a%20b/pods', ['pods', 'list', 'a b', '', '']],
] as const) {
  test(`${method} ${path} is read as ${expected.filter(Boolean).join(', ')}`, () => {
    assert.deepEqual(parse(method, path), expected);
  });
}

for (const path of [
  '/',
  '/api',
  '/api/v1',
  '/version',
  '/api/v2/pods',
  '/apis/apps/v1/pods',
  '/api/v1/secrets',
  '/api/v1/namespaces/demo/nodes',
  '/api/v1/namespaces/demo/pods/web/portforward/x',
]) {
  test(`the path ${path} names no resource`, () => {
    assert.equal(parse('GET', path), undefined);
  });
}
