import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { createRowSource } from '../../../src/host/rowSource.ts';
import { parseTarget } from '../../../src/kinds/target.ts';
import type { Cluster } from '../../../src/kube/cluster/cluster.ts';
import { parsePortRequests } from '../../../src/kube/target/portRequest.ts';
import type { ResolveOptions } from '../../../src/kube/target/resolveOptions.ts';
import { resolveTarget } from '../../../src/kube/target/resolveTarget.ts';
import { coded } from '../../support/coded.ts';
import { startDemoAccess } from '../../support/demoAccess.ts';
import { eventually } from '../../support/eventually.ts';
import { columns } from '../../support/fields.ts';
import { never } from '../../support/never.ts';

const access = await startDemoAccess();
after(() => access[Symbol.asyncDispose]());
const admin = await access.connect();
// Sends a first request before the tests, because the first request loads client-node. Loading can take longer than a
// test waits for a pod.
await admin.get('namespaces', undefined, 'demo', never);

type ResolveChanges = Partial<ResolveOptions> & { cluster?: Cluster; namespace?: string };

function resolve(
  target: string,
  ports: string[],
  { cluster = admin, namespace = 'demo', ...options }: ResolveChanges = {},
) {
  const all = { signal: never, podRunningTimeoutMs: 2000, ...options };
  return resolveTarget(cluster, parseTarget(target), namespace, parsePortRequests(ports), all);
}

function refuses(target: string, port: string, code: ErrorCode, message: RegExp, options?: ResolveChanges) {
  return assert.rejects(resolve(target, [port], options), coded(code, message));
}

test('a pod is found by name or by type and name, with ports by number and name', async () => {
  const { pod, ports } = await resolve('multi', ['8080', ':echo', '9000:admin', '0:9999']);
  assert.equal(pod.name, 'multi');
  assert.equal(pod.namespace, 'demo');
  assert.equal(pod.uid, access.demo.pods.get('demo', 'multi').metadata.uid);
  assert.deepEqual(ports, [
    { local: 8080, remote: 8080 },
    { local: 0, remote: 7 },
    { local: 9000, remote: 9090 },
    { local: 0, remote: 9999 },
  ]);
  assert.deepEqual(await resolve('po/multi', ['http']).then(({ ports }) => ports), [
    { local: 8080, remote: 8080 },
  ]);
});

test('a service resolves to its local port and its target port', async () => {
  const byNumber = await resolve('svc/web', ['80']);
  assert.deepEqual(byNumber.ports, [{ local: 80, remote: 8080 }]);
  assert.match(byNumber.pod.name, /^web-/);
  assert.deepEqual((await resolve('service/web', ['http'])).ports, [{ local: 80, remote: 8080 }]);
  assert.deepEqual((await resolve('services/greeter', ['2500:25'])).ports, [{ local: 2500, remote: 2525 }]);
  assert.deepEqual((await resolve('svc/db', ['redis'])).ports, [{ local: 6379, remote: 6379 }]);
});

test('every kind of workload resolves to a pod', async () => {
  assert.match((await resolve('deploy/web', ['http'])).pod.name, /^web-/);
  assert.match((await resolve('deployment.apps/web', ['9:1'])).pod.name, /^web-/);
  const [replicaSet] = access.demo.store.list('replicasets.apps', 'demo');
  assert.match((await resolve(`rs/${replicaSet?.metadata.name}`, ['80'])).pod.name, /^web-/);
  assert.match((await resolve('sts/db', ['redis'])).pod.name, /^db-\d$/);
  assert.match((await resolve('ds/agent', ['metrics'])).pod.name, /^agent-/);
});

test('a label selector leads to a Ready pod that it selects', async () => {
  assert.match((await resolve('-l app=web', ['http'])).pod.name, /^web-/);
  assert.match((await resolve('-l app in (db, web),app!=web', ['redis'])).pod.name, /^db-/);
  await refuses('-l app=nothing', '80', 'NO_READY_POD', /^label selector "app=nothing" has no ready pod/, {
    podRunningTimeoutMs: 50,
  });
});

test('a kind without a definition in the cluster is named in the error', async () => {
  await refuses('rollout/web', '80', 'RESOURCE_TYPE_NOT_FOUND', /has no resource type "rollouts"/);
});

test('an Argo Rollout leads to its pods and appears in the tree if the cluster has the kind', async () => {
  await using withArgo = await startDemoAccess({ argoRollouts: true });
  const cluster = await withArgo.connect();
  const { pod, ports } = await resolve('ro/canary', ['http'], { cluster });
  assert.match(pod.name, /^canary-/);
  assert.deepEqual(ports, [{ local: 8080, remote: 8080 }]);
  const source = createRowSource(cluster, 'workloads', 'demo', systemClock);
  await eventually(() => source.isLoaded, 'rows');
  const [row] = source.rows.filter(({ name }) => name === 'canary');
  assert.ok(row?.type === 'workload' && row.kind === 'rollout');
  assert.deepEqual([row.ready, row.desired, row.ports.map(({ number }) => number)], [2, 2, [8080]]);
  source.dispose();
});

test('a user of narrow rights lists the workloads of a cluster without Argo Rollouts without any refusal', async () => {
  const cluster = await access.connect({ context: 'demo-developer' });
  const before = access.demo.activity.audit.length;
  const source = createRowSource(cluster, 'workloads', 'demo', systemClock);
  await eventually(() => source.isLoaded, 'rows');
  assert.equal(source.error, undefined);
  const requests = access.demo.activity.audit.slice(before);
  assert.deepEqual(
    columns(
      requests.filter(({ status }) => status >= 400),
      'path',
      'status',
    ),
    [['/apis/argoproj.io/v1alpha1', 404]],
  );
  source.dispose();
});

test('the same pod is chosen again while it is Ready', async () => {
  const { pod } = await resolve('deploy/web', ['80']);
  assert.deepEqual((await resolve('deploy/web', ['80'])).pod, pod);
  access.demo.pods.setReady('demo', pod.name, false);
  assert.notEqual((await resolve('deploy/web', ['80'])).pod.name, pod.name);
  access.demo.pods.setReady('demo', pod.name, true);
});

test('a pod that is not Ready is taken at once by its name, and after a moment behind a service', async () => {
  const named = await resolve('unready', ['http']);
  assert.deepEqual([named.pod.name, named.isReady], ['unready', false]);
  const readiness = { type: 'preferred', afterMs: 50 } as const;
  const behind = await resolve('svc/unready', ['80'], { readiness });
  assert.deepEqual([behind.pod.name, behind.isReady], ['unready', false]);
});

test('a pod that is not Ready is refused after the timeout if it must be Ready', async () => {
  for (const type of ['required', 'strict'] as const) {
    const options = { podRunningTimeoutMs: 50, readiness: { type } };
    await refuses('svc/unready', '80', 'NO_READY_POD', /service "unready"/, options);
    await refuses('unready', 'http', 'POD_NOT_RUNNING', /^pod "unready" is still not ready/, options);
  }
});

test('the wait for a Ready pod is reported once', async () => {
  const reasons: string[] = [];
  const waiting = Promise.withResolvers<void>();
  const resolved = resolve('svc/unready', ['80'], {
    podRunningTimeoutMs: 10_000,
    readiness: { type: 'required' },
    onWaiting(reason) {
      reasons.push(reason.message);
      waiting.resolve();
    },
  });
  await waiting.promise;
  access.demo.pods.setReady('demo', 'unready', true);
  assert.equal((await resolved).pod.name, 'unready');
  assert.deepEqual(reasons, ['service "unready" has no ready pod yet (1 Running)']);
  access.demo.pods.setReady('demo', 'unready', false);
});

test('a StatefulSet pod that is being replaced is waited for under its name', async () => {
  const { uid } = access.demo.pods.get('demo', 'db-1').metadata;
  access.demo.pods.delete('demo', 'db-1');
  const { pod } = await resolve('db-1', ['redis'], { podRunningTimeoutMs: 10_000 });
  assert.equal(pod.name, 'db-1');
  assert.notEqual(pod.uid, uid);
});

test('the wait ends when the pod is deleted', async () => {
  const waiting = Promise.withResolvers<void>();
  const resolved = resolve('pending', ['http'], {
    podRunningTimeoutMs: 10_000,
    onWaiting: () => waiting.resolve(),
  });
  await waiting.promise;
  access.demo.pods.delete('demo', 'pending', 0);
  await assert.rejects(resolved, coded('POD_NOT_FOUND', /"pending"/));
});

test('an abort ends the wait and its watch', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const resolved = resolve('svc/no-pods', ['80'], {
    signal: abort.signal,
    podRunningTimeoutMs: 60_000,
    onWaiting: () => abort.abort(reason),
  });
  await assert.rejects(resolved, (error) => error === reason);
});

test('a user without the right to read pods reaches a pod by port number', async () => {
  // Whether the user may forward to the pod turns out only later, when the tunnel is opened.
  const nobody = await access.connect({ as: 'nobody' });
  assert.deepEqual(await resolve('web', ['8080:80'], { cluster: nobody }), {
    pod: { namespace: 'demo', name: 'web' },
    isReady: true,
    isTerminating: false,
    ports: [{ local: 8080, remote: 80 }],
  });
  await refuses('web', 'http', 'FORBIDDEN', /"nobody" cannot get pods .*verbs: \["get"\]/, {
    cluster: nobody,
  });
  await refuses('svc/web', '80', 'FORBIDDEN', /cannot get services/, { cluster: nobody });
});

test('a user without the right to read namespaces still gets an answer', async () => {
  const developer = await access.connect({ context: 'demo-developer' });
  await refuses('nope', '80', 'POD_NOT_FOUND', /"nope"/, { cluster: developer });
});
