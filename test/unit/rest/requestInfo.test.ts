import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../../../src/rest/requestInfo.ts';

/**
 * Requests, and after the arrow what must be found in them: the verb, the resource, and the namespace, name, API group
 * and additional verb if there are any.
 */
const CASES = `
GET /api/v1/namespaces → list namespaces
GET /api/v1/namespaces/demo → get namespaces name=demo namespace=demo
GET /api/v1/namespaces/demo/pods → list pods namespace=demo
GET /api/v1/namespaces/demo/pods?watch=true → watch pods namespace=demo
POST /api/v1/namespaces/demo/pods/web/portforward → create pods/portforward name=web namespace=demo
GET /api/v1/namespaces/demo/pods/web/portforward?ports=80 → get pods/portforward name=web namespace=demo additionalVerb=create
GET /apis/apps/v1/namespaces/demo/deployments/web → get deployments group=apps name=web namespace=demo
POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews → create selfsubjectaccessreviews group=authorization.k8s.io
`;

for (const [, method = '', path = '', verb, resource, more = ''] of CASES.matchAll(
  /^(\S+) (\S+) → (\S+) (\S+) ?(.*)$/gm,
)) {
  test(`${method} ${path} has the right verb and resource`, () => {
    const others = Object.fromEntries(
      [...more.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    assert.deepEqual(requestInfo(method, path), { verb, group: '', resource, ...others });
  });
}

test('GET /version has no verb and no resource', () =>
  assert.equal(requestInfo('GET', '/version'), undefined));
