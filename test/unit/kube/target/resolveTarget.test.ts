import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../../src/base/defined.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import { parseTarget } from '../../../../src/kinds/target.ts';
import { KINDS, type KindInfo } from '../../../../src/kinds/targetKinds.ts';
import { parsePortRequests } from '../../../../src/kube/target/portRequest.ts';
import type { ResolveOptions } from '../../../../src/kube/target/resolveOptions.ts';
import { resolveTarget } from '../../../../src/kube/target/resolveTarget.ts';
import { statusError } from '../../../../src/rest/statusError.ts';
import { coded, rejection } from '../../../support/coded.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeCluster } from '../../../support/fakeCluster.ts';
import { never } from '../../../support/never.ts';
import { restConfigFor } from '../../../support/restConfig.ts';

const config = restConfigFor(new URL('https://k'));
const deployment = { metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } } } };
const pending = {
  metadata: { name: 'web', uid: 'u' },
  spec: { containers: [] },
  status: { phase: 'Pending' },
};

function resolve(
  cluster: FakeCluster,
  target: string,
  clock = new FakeClock(),
  more: Partial<ResolveOptions> = {},
) {
  return resolveTarget(cluster, parseTarget(target), 'demo', parsePortRequests(['80']), {
    signal: never,
    clock,
    podRunningTimeoutMs: 60_000,
    // Advances to the timeout as soon as the search begins to wait.
    onWaiting: () => clock.advance(60_000),
    ...more,
  });
}

test('the search for a Ready pod ends after the timeout, not before, and leaves nothing behind', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ gets: [deployment], lists: [{ items: [], resourceVersion: '1' }] });
  const error = await rejection(resolve(cluster, 'deploy/web', clock), 'NO_READY_POD');
  assert.deepEqual(error.arguments, { target: 'deployment "web"', seconds: 60, namespace: 'demo' });
  assert.deepEqual(cluster.calls, [
    'get deployments demo/web',
    'list pods {"namespace":"demo","labelSelector":"app=web","limit":500}',
    'watch pods {"namespace":"demo","labelSelector":"app=web","resourceVersion":"1"}',
  ]);
  assert.equal(clock.pending, 0);
});

test('a pod that does not start is reported with the reason', async () => {
  const cluster = new FakeCluster();
  const status = {
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }],
  };
  cluster.gets.push(pending);
  cluster.lists.push({ items: [{ ...pending, status }], resourceVersion: '1' });
  await assert.rejects(
    resolve(cluster, 'web'),
    coded('POD_NOT_RUNNING', /^pod "web" is still ImagePullBackOff after 60 s/),
  );
});

test('a 404 that names no resource means that the cluster lacks the kind if a CustomResourceDefinition defines it', async () => {
  for (const [kind, { isCustom }] of Object.entries<KindInfo>(KINDS)) {
    const cluster = new FakeCluster({
      gets: [statusError(config, { code: 404, message: 'page not found' })],
    });
    await rejection(
      resolve(cluster, `${kind}/web`),
      isCustom === true ? 'RESOURCE_TYPE_NOT_FOUND' : 'API_ERROR',
    );
  }
});

test('a 404 that is not about the target is reported unchanged', async () => {
  const cluster = new FakeCluster({ gets: [statusError(config, { code: 404, message: 'page not found' })] });
  await assert.rejects(resolve(cluster, 'web'), coded('API_ERROR'));
  assert.deepEqual(cluster.calls, ['get pods demo/web']);
});

test('a pod that the user may not read is used, unless the pod must be Ready', async () => {
  const forbidden = new CodedError('FORBIDDEN');
  const taken = await resolve(new FakeCluster({ gets: [forbidden] }), 'web');
  assert.deepEqual(taken, {
    pod: { namespace: 'demo', name: 'web' },
    isReady: true,
    isTerminating: false,
    ports: [{ local: 80, remote: 80 }],
  });
  const refused = resolve(new FakeCluster({ gets: [forbidden] }), 'web', undefined, {
    readiness: { type: 'strict' },
  });
  await assert.rejects(refused, forbidden);
});

test('a user who may list but not watch pods gets a Ready pod if it is required, otherwise also a pod that is not Ready', async () => {
  const forbidden = new CodedError('FORBIDDEN');
  const pod = { ...pending, status: { phase: 'Running' } };
  const ready = { ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
  for (const [second, readiness] of [
    [pod, undefined],
    [ready, { type: 'required' }],
  ] as const) {
    const clock = new FakeClock();
    const lists = [pod, second].map((item) => ({ items: [item], resourceVersion: '1' }));
    const cluster = new FakeCluster({ gets: [deployment], lists, watches: [forbidden, forbidden] });
    const resolving = resolve(cluster, 'deploy/web', clock, {
      ...defined({ readiness }),
      onWaiting: () => {},
    });
    await new Promise((done) => setImmediate(done));
    clock.advance(2_000);
    assert.equal((await resolving).isReady, second === ready);
    assert.equal(clock.pending, 0);
  }
});

test('an unreadable namespace does not count as missing', async () => {
  const cluster = new FakeCluster();
  cluster.gets.push(
    statusError(config, { code: 404, message: '', kind: 'pods' }),
    statusError(config, { code: 403, message: 'no', kind: 'namespaces' }),
  );
  await assert.rejects(resolve(cluster, 'web'), coded('POD_NOT_FOUND'));
});

function readyPod(name: string, since: string, ports: readonly object[]) {
  return {
    metadata: { name, uid: name },
    spec: { containers: [{ name: 'c', ports }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] },
  };
}

const without = readyPod('old', '2026-01-01T00:00:00Z', [{ name: 'web', containerPort: 80 }]);
const having = readyPod('new', '2026-02-01T00:00:00Z', [{ name: 'http', containerPort: 8080 }]);
const service = {
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
};

test('a named port of a service leads to a Ready pod that has it, not to the longest Ready one', async () => {
  const cluster = new FakeCluster();
  cluster.gets.push(service);
  cluster.lists.push({ items: [without, having], resourceVersion: '1' });
  const { pod, ports } = await resolve(cluster, 'svc/web');
  assert.equal(pod.name, 'new');
  assert.deepEqual(ports, [{ local: 80, remote: 8080 }]);
});

test('a named port that no Ready pod has is refused at once with the ports of one', async () => {
  const cluster = new FakeCluster({ gets: [service], lists: [{ items: [without], resourceVersion: '1' }] });
  await assert.rejects(resolve(cluster, 'svc/web'), coded('PORT_NAME_NOT_FOUND'));
});

const failedJob = {
  metadata: { name: 'batch' },
  spec: { selector: { matchLabels: { app: 'web' } } },
  status: { conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] },
};
const ended = { ...pending, metadata: { name: 'ended', uid: 'e' }, status: { phase: 'Failed' } };
const ending = {
  ...pending,
  metadata: { name: 'ending', uid: 'f', deletionTimestamp: '2026-01-01T00:00:00Z' },
  status: { phase: 'Running' },
};
const jobWith = (...items: object[]) =>
  new FakeCluster({ gets: [failedJob], lists: [{ items, resourceVersion: '1' }] });

test('a pod of a failed Job that is terminating but still runs is used, as any other such pod', async () => {
  for (const pods of [[ending], [ended, ending]]) {
    const clock = new FakeClock();
    const resolving = resolve(jobWith(...pods), 'job/batch', clock);
    resolving.catch(() => {});
    await new Promise((done) => setImmediate(done));
    clock.advance(2_000);
    const { pod, isTerminating } = await resolving;
    assert.deepEqual([pod.name, isTerminating], ['ending', true]);
    assert.equal(clock.pending, 0);
  }
});

test('a finished Job whose pods cannot be used any more is refused at once with the state of a pod', async () => {
  const completedPod = coded('POD_COMPLETED', { name: 'ended', phase: 'Failed' });
  await assert.rejects(resolve(jobWith(ended), 'job/batch'), completedPod);
  const without = { takesTerminating: false };
  await assert.rejects(resolve(jobWith(ending, ended), 'job/batch', undefined, without), completedPod);
  const terminating = coded('POD_TERMINATING', { name: 'ending' });
  await assert.rejects(resolve(jobWith(ending), 'job/batch', undefined, without), terminating);
  const strict = { readiness: { type: 'strict' } } as const;
  await assert.rejects(resolve(jobWith(ending), 'job/batch', undefined, strict), terminating);
  const neverRan = { ...ending, status: { phase: 'Pending' } };
  await assert.rejects(resolve(jobWith(neverRan), 'job/batch'), terminating);
});

test('a label selector reads pods only', async () => {
  const cluster = new FakeCluster({ lists: [{ items: [having], resourceVersion: '1' }] });
  assert.equal((await resolve(cluster, '-l app=web')).pod.name, 'new');
  assert.deepEqual(cluster.calls, ['list pods {"namespace":"demo","labelSelector":"app=web","limit":500}']);
});

for (const [target, object, call] of [
  ['rc/web', { spec: { selector: { app: 'web' } } }, 'get replicationcontrollers demo/web'],
  ['rollout/web', { spec: { selector: { matchLabels: { app: 'web' } } } }, 'get rollouts demo/web'],
  // A Rollout with a workloadRef has no selector in its spec. Its status contains the selector.
  ['ro/web', { spec: { workloadRef: {} }, status: { selector: 'app=web' } }, 'get rollouts demo/web'],
] as const) {
  test(`${target} leads to a pod that ${JSON.stringify(object)} selects`, async () => {
    const cluster = new FakeCluster({ gets: [object], lists: [{ items: [having], resourceVersion: '1' }] });
    assert.equal((await resolve(cluster, target)).pod.name, 'new');
    assert.deepEqual(cluster.calls, [
      call,
      'list pods {"namespace":"demo","labelSelector":"app=web","limit":500}',
    ]);
  });
}

test('a service of type ExternalName is refused with its external name', async () => {
  const cluster = new FakeCluster();
  cluster.gets.push({
    spec: { type: 'ExternalName', externalName: 'db.example.com', ports: [{ port: 80 }] },
  });
  await assert.rejects(
    resolve(cluster, 'svc/web'),
    coded('SERVICE_IS_EXTERNAL', /connect to db\.example\.com directly/),
  );
});
