import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KINDS } from '../../../../src/kinds/targetKinds.ts';
import { callDiscovery, callList, callRead, callVersion } from '../../../../src/kube/cluster/apiCalls.ts';
import { type ApiRequest, CLIENTS, type SendRequest } from '../../../../src/kube/cluster/apiClients.ts';
import { OBJECT_SHAPES } from '../../../../src/kube/cluster/objectShapes.ts';
import type { Resource } from '../../../../src/kube/cluster/resources.ts';
import { coded } from '../../../support/coded.ts';

/** The root of the path of each resource: `/apis/apps/v1`. */
const ROOTS: Readonly<Record<string, string>> = {
  namespaces: '/api/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
  ...Object.fromEntries(
    Object.values(KINDS).map(({ plural, group, version }) => [
      plural,
      group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ]),
  ),
};
const resources = Object.keys(OBJECT_SHAPES) as Resource[];

/** Answers each request with the request itself, so that tests can check it. */
const request: SendRequest<ApiRequest> = (each) => Promise.resolve(each);

for (const resource of resources) {
  test(`calls for ${resource} request the paths of the Kubernetes API`, async () => {
    const isNamespaced = resource !== 'namespaces';
    const all = `${ROOTS[resource]}/${resource}`;
    const inDemo = isNamespaced ? `${ROOTS[resource]}/namespaces/demo/${resource}` : all;
    assert.deepEqual(await callList(resource, undefined, {}, request), { method: 'GET', path: all });
    assert.deepEqual(await callList(resource, 'demo', {}, request), { method: 'GET', path: inDemo });
    assert.deepEqual(await callRead(resource, 'demo', 'web', request), {
      method: 'GET',
      path: `${inDemo}/web`,
    });
    const watch = { labelSelector: 'a=b', resourceVersion: '7', watch: true, timeoutSeconds: 300 };
    const { path } = await callList(resource, 'demo', watch, request);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(path.slice(inDemo.length))), {
      labelSelector: 'a=b',
      resourceVersion: '7',
      watch: 'true',
      timeoutSeconds: '300',
    });
  });
}

test('questions for the version or kinds are a GET', async () => {
  assert.deepEqual(await callVersion(request), { method: 'GET', path: '/version' });
  assert.deepEqual(await callDiscovery(KINDS.rollout, request), {
    method: 'GET',
    path: '/apis/argoproj.io/v1alpha1',
  });
});

test('a name that would lead to another path is refused before a request', async () => {
  const never: SendRequest<never> = () => assert.fail('a request was made');
  const isRefused = coded('USAGE');
  for (const name of ['', '.', '..', '\ud800']) {
    for (const resource of resources) {
      assert.throws(() => callRead(resource, 'demo', name, never), isRefused, `${resource} ${name}`);
    }
    assert.throws(() => callRead('pods', name, 'web', never), isRefused);
    assert.throws(() => callList('pods', name, {}, never), isRefused);
  }
});

test('a name with characters of URLs stays one segment of the path', async () => {
  for (const name of ['a/b', '../pods', '%2e%2e', 'a?b#c', '$&', '{namespace}', 'a b']) {
    const { path } = await callRead('pods', name, name, request);
    const segments = path.split('/');
    assert.deepEqual(
      [segments.length, segments[4], segments[6]].map((each) =>
        typeof each === 'string' ? decodeURIComponent(each) : each,
      ),
      [7, name, name],
    );
  }
});

test("a call fails with the exchange's error unchanged", async () => {
  const error = new Error('refused');
  const call = callRead('pods', 'demo', 'web', () => Promise.reject(error));
  await assert.rejects(call, (thrown) => thrown === error);
});

test('a call without an exchange fails instead of using the HTTP stack of client-node', async () => {
  await assert.rejects(CLIENTS.core.listNamespace(), /a call needs an HttpLibrary of its own/);
});

test('only the engine writes paths of the Kubernetes API, for the upgrade, and few modules send requests', () => {
  const sources = globSync('src/**/*.ts', { exclude: ['src/demo/**', 'src/demo.ts'] }).map((file) => ({
    file: file.replaceAll('\\', '/'),
    text: readFileSync(file, 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, ''),
  }));
  const filesWith = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
  assert.deepEqual(filesWith(/['"`]\/apis?\//), ['src/portforward/transport/portForwardPath.ts']);
  // apiClients.ts and cluster.ts pass the requests to calls of client-node. oidcProvider.ts asks an identity provider.
  assert.deepEqual(filesWith(/from '.*rest\/request\.ts'/).sort(), [
    'src/kube/cluster/apiClients.ts',
    'src/kube/cluster/cluster.ts',
    'src/kube/cluster/serverVersion.ts',
    'src/kube/cluster/servesKind.ts',
    'src/kube/credentials/oidcProvider.ts',
  ]);
});
