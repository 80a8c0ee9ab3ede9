import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { connectCluster } from '../../../../src/kube/cluster/cluster.ts';
import { isStatus } from '../../../../src/rest/statusError.ts';
import { apiFixture, apiFixtureText } from '../../../support/apiFixture.ts';
import { coded } from '../../../support/coded.ts';
import { answerJson, startHttpServer } from '../../../support/httpServer.ts';
import { never } from '../../../support/never.ts';
import { restConfigFor } from '../../../support/restConfig.ts';

test('get and list request the right paths over one connection', async () => {
  const urls: (string | undefined)[] = [];
  await using server = await startHttpServer((request, response) => {
    urls.push(request.url);
    const isList = request.url?.includes('?') || request.url?.endsWith('s');
    answerJson(response, 200, isList ? apiFixture('services-demo.json') : { metadata: { name: 'x' } });
  });
  const cluster = connectCluster(restConfigFor(server.url));
  await cluster.get('pods', 'demo', 'a/b', never);
  await cluster.get('namespaces', undefined, 'demo', never);
  await cluster.get('deployments', 'demo', 'web', never);
  await cluster.get('jobs', 'demo', 'j', never);
  await cluster.get('endpointslices', 'demo', 'e', never);
  const page = await cluster.listPage(
    'services',
    { namespace: 'demo', labelSelector: 'a in (b)', limit: 5 },
    never,
  );
  await cluster.listPage('pods', {}, never);
  assert.deepEqual(urls, [
    '/api/v1/namespaces/demo/pods/a%2Fb',
    '/api/v1/namespaces/demo',
    '/apis/apps/v1/namespaces/demo/deployments/web',
    '/apis/batch/v1/namespaces/demo/jobs/j',
    '/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices/e',
    '/api/v1/namespaces/demo/services?labelSelector=a+in+%28b%29&limit=5',
    '/api/v1/pods',
  ]);
  assert.equal(page.resourceVersion, '1277');
  assert.equal(page.continue, undefined);
  const names = page.items.map(({ metadata }) => metadata?.name);
  assert.deepEqual(names, ['echo', 'web']);
  assert.equal(server.connections(), 1);
  cluster.dispose();
});

test('a list without items, as Go writes it, is empty', async () => {
  await using server = await startHttpServer((_request, response) =>
    answerJson(response, 200, { metadata: { resourceVersion: '7', continue: 'next' }, items: null }),
  );
  const cluster = connectCluster(restConfigFor(server.url));
  assert.deepEqual(await cluster.listPage('pods', {}, never), {
    items: [],
    sizes: [],
    unusable: 0,
    resourceVersion: '7',
    continue: 'next',
  });
  cluster.dispose();
});

test('a page with a token that is too long to be read is an error, not the last page', async () => {
  let token = 'x'.repeat(10_000);
  await using server = await startHttpServer((_request, response) =>
    answerJson(response, 200, { metadata: { resourceVersion: '7', continue: token }, items: [] }),
  );
  const cluster = connectCluster(restConfigFor(server.url));
  assert.equal((await cluster.listPage('pods', {}, never)).continue?.length, token.length);
  token = 'x'.repeat(1_000_000);
  await assert.rejects(cluster.listPage('pods', {}, never), coded('API_ERROR'));
  cluster.dispose();
});

test('a recorded watch yields every event', async () => {
  await using server = await startHttpServer((request, response) => {
    assert.equal(request.headers['accept-encoding'], 'identity');
    response.end(apiFixtureText('watch-pod-replaced.jsonl'));
  });
  const cluster = connectCluster(restConfigFor(server.url));
  const types: string[] = [];
  const query = { namespace: 'demo', resourceVersion: '1' };
  for await (const event of cluster.watch('pods', query, never)) {
    assert.ok(event.type !== 'UNUSABLE');
    assert.ok(event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion);
    types.push(event.type);
  }
  assert.deepEqual(types.slice(0, 5), ['ADDED', 'ADDED', 'BOOKMARK', 'BOOKMARK', 'MODIFIED']);
  assert.ok(types.includes('DELETED'));
  cluster.dispose();
});

test('a watch from too old a version throws a 410', async () => {
  await using server = await startHttpServer((_request, response) => {
    response.end(apiFixtureText('gone-watch.json'));
  });
  const cluster = connectCluster(restConfigFor(server.url));
  const watch = cluster.watch('pods', { resourceVersion: '1' }, never);
  await assert.rejects(watch.next(), (error) => isStatus(error, 410));
  cluster.dispose();
});

test('a watch that breaks off has lost its connection, and an aborted one rejects with the reason', async () => {
  const responses: ServerResponse[] = [];
  await using server = await startHttpServer((_request, response) => {
    responses.push(response);
    response.writeHead(200);
    response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
  });
  const cluster = connectCluster(restConfigFor(server.url));
  const broken = cluster.watch('pods', { resourceVersion: '1' }, never);
  await broken.next();
  responses[0]?.destroy();
  await assert.rejects(broken.next(), coded('LOST_CONNECTION_TO_SERVER'));

  const abort = new AbortController();
  const aborted = cluster.watch('pods', { resourceVersion: '1' }, abort.signal);
  await aborted.next();
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(aborted.next(), (error) => error === reason);
  cluster.dispose();
});

test('leaving a watch ends its connection', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await startHttpServer((request, response) => {
    request.socket.once('close', () => closed.resolve());
    response.writeHead(200);
    response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
  });
  const cluster = connectCluster(restConfigFor(server.url));
  for await (const event of cluster.watch('pods', { resourceVersion: '1' }, never)) {
    assert.equal(event.type, 'ADDED');
    break;
  }
  await closed.promise;
  cluster.dispose();
});
