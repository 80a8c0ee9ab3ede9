import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { podStatus } from '../../../src/host/podStatus.ts';
import { toNamespaceRow, toPodRow, toServiceRow, toWorkloadRow } from '../../../src/host/rows.ts';
import type { Pod, ResourceTypes, Service } from '../../../src/kube/cluster/resources.ts';

/** Returns the objects of a recorded list. A real cluster of version 1.32 returned the list. */
function recorded<T>(name: string): readonly T[] {
  const url = new URL(`../../fixtures/api/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { items: T[] }).items;
}

test('rows of recorded pods have a creation time and the number of ready containers', () => {
  const rows = recorded<Pod>('pods-demo').map(toPodRow);
  assert.ok(rows.length > 0);
  for (const row of rows) {
    assert.equal(row.type, 'pod');
    assert.match(row.createdAt, /^\d{4}-\d\d-\d\dT/);
    assert.equal(row.containers, row.containerNames.length);
    if (row.status === 'Running') assert.equal(row.readyContainers, row.containers);
  }
});

test('recorded services and deployments become rows', () => {
  const services = recorded<Service>('services-demo').map(toServiceRow);
  assert.ok(services.every((row) => row.ports.length > 0));
  assert.ok(services.some((row) => row.clusterIp !== undefined && row.hasSelector));
  const deployments = recorded<ResourceTypes['deployments']>('deployments-demo').map((object) =>
    toWorkloadRow('deployment', object),
  );
  assert.ok(deployments.every((row) => row.desired > 0 && row.ports.length > 0));
});

test('missing fields of the API have defaults', () => {
  assert.deepEqual(toNamespaceRow({ metadata: { name: 'a' } }), {
    type: 'namespace',
    name: 'a',
    phase: 'Active',
  });
  const bare = toPodRow({ metadata: { name: 'a' } });
  assert.equal(bare.status, 'Unknown');
  assert.equal(bare.isReady, false);
  const headless = toServiceRow({ metadata: { name: 'a' }, spec: { clusterIP: 'None' } });
  assert.equal('clusterIp' in headless, false);
  assert.equal(headless.hasSelector, false);
  assert.equal(toWorkloadRow('statefulset', { metadata: { name: 'a' } } as never).desired, 1);
  assert.equal(toWorkloadRow('daemonset', { metadata: { name: 'a' } } as never).desired, 0);
});

test('a row of a Job counts its running pods, or says why there are none', () => {
  const row = (object: object) => {
    const { ready, desired, status } = toWorkloadRow('job', { metadata: { name: 'a' }, ...object } as never);
    return [ready, desired, status];
  };
  assert.deepEqual(row({ status: { active: 2, ready: 1 } }), [1, 2, undefined]);
  assert.deepEqual(row({ status: { conditions: [{ type: 'Complete', status: 'True' }] } }), [
    0,
    0,
    'Complete',
  ]);
  assert.deepEqual(row({ status: { conditions: [{ type: 'Failed', status: 'True' }] } }), [0, 0, 'Failed']);
  assert.deepEqual(row({ status: { conditions: [{ type: 'Failed', status: 'False' }] } }), [0, 0, undefined]);
  assert.deepEqual(row({ spec: { suspend: true, template: {} } }), [0, 0, 'Suspended']);
});

const container = (state: object, ready = false) => ({ name: 'c', ready, restartCount: 0, state });
const pod = (status: object, more: object = {}): Pod => ({ status, ...more }) as unknown as Pod;
const running = container({ running: {} });
const ready = container({ running: {} }, true);
const waiting = (reason: string) => container({ waiting: { reason } });
const terminated = (exitCode: number, more: object = {}) => container({ terminated: { exitCode, ...more } });
const completed = terminated(0, { reason: 'Completed' });
const deleted = { metadata: { deletionTimestamp: '2026-11-24T00:00:00Z' } };
const two = { spec: { initContainers: [{ name: 'c' }, { name: 'd' }] } };
const sidecar = { spec: { initContainers: [{ name: 'c', restartPolicy: 'Always' }] } };
const gated = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' };
/** An initialized pod whose sidecar restarts. */
const restarting = (container: object) =>
  pod(
    {
      phase: 'Running',
      conditions: [{ type: 'Initialized', status: 'True' }],
      initContainerStatuses: [waiting('CrashLoopBackOff')],
      containerStatuses: [container],
    },
    sidecar,
  );
/** A pod in this phase, with the statuses of its containers. */
const of = (phase: string, ...containerStatuses: readonly object[]) => pod({ phase, containerStatuses });
/** A pending pod, with the statuses of its init containers. */
const starting = (more: object, ...initContainerStatuses: readonly object[]) =>
  pod({ phase: 'Pending', initContainerStatuses }, more);

/** kubectl's expected texts, from its own tests of `printPod`. */
const STATUS: readonly [string, Pod][] = [
  ['Pending', pod({ phase: 'Pending' })],
  ['SchedulingGated', pod({ phase: 'Pending', conditions: [gated] })],
  ['Terminating', pod({ phase: 'Pending', conditions: [gated] }, deleted)],
  ['Running', of('Running', ready)],
  ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
  ['ContainerCreating', of('Pending', waiting('ContainerCreating'))],
  ['CrashLoopBackOff', of('Running', waiting('CrashLoopBackOff'))],
  ['Completed', of('Succeeded', completed)],
  ['OOMKilled', of('Failed', terminated(137, { reason: 'OOMKilled' }))],
  ['ExitCode:3', of('Failed', terminated(3))],
  ['Signal:9', of('Failed', terminated(137, { signal: 9 }))],
  ['NotReady', of('Running', completed, ready)],
  ['Init:0/2', starting(two, running)],
  ['Init:1/2', starting(two, terminated(0), waiting('PodInitializing'))],
  ['Init:Error', starting({}, terminated(1, { reason: 'Error' }))],
  ['Init:ErrImagePull', starting({}, waiting('ErrImagePull'))],
  [
    'Running',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [{ ...running, started: true }],
        containerStatuses: [ready],
      },
      sidecar,
    ),
  ],
  ['ErrImagePull', restarting(waiting('ErrImagePull'))],
  ['Completed', restarting(completed)],
  ['Init:CrashLoopBackOff', restarting(ready)],
  ['Terminating', { ...of('Running', ready), ...deleted } as Pod],
  ['Unknown', pod({ phase: 'Running', reason: 'NodeLost' }, deleted)],
  ['Completed', { ...of('Succeeded', completed), ...deleted } as Pod],
];

for (const [index, [expected, object]] of STATUS.entries()) {
  test(`STATUS ${expected} (${index}) is shown`, () => assert.equal(podStatus(object), expected));
}

/** The columns READY and RESTARTS of a pod with a plain init container, two sidecars and a container. */
const counts = (status: object) => {
  const always = { restartPolicy: 'Always' };
  const initContainers = [{ name: 'init' }, { name: 'proxy', ...always }, { name: 'logs', ...always }];
  const row = toPodRow(pod(status, { spec: { initContainers, containers: [{ name: 'web' }] } }));
  assert.deepEqual(row.containerNames, ['web', 'proxy', 'logs']);
  return [`${row.readyContainers}/${row.containers}`, row.restarts];
};
const named = (name: string, restartCount: number, more: object) => ({ name, restartCount, ...more });
const initEnded = { ...completed, name: 'init', restartCount: 4, ready: true };
const up = { ready: true, started: true, state: { running: {} } };
const crashing = { ready: false, started: false, state: { waiting: { reason: 'CrashLoopBackOff' } } };
const initialized = { phase: 'Running', conditions: [{ type: 'Initialized', status: 'True' }] };

test('READY and RESTARTS count sidecars, as kubectl does, and no other init containers', () => {
  const sidecars = [named('proxy', 2, up), named('logs', 1, { ...up, ready: false })];
  const containerStatuses = [named('web', 3, up)];
  assert.deepEqual(
    counts({ ...initialized, initContainerStatuses: [initEnded, ...sidecars], containerStatuses }),
    ['2/3', 6],
  );
  assert.deepEqual(counts({ phase: 'Pending' }), ['0/3', 0]);
});

test('RESTARTS of a pod that is not initialized counts its init containers', () => {
  const initContainerStatuses = [initEnded, named('proxy', 2, up), named('logs', 1, crashing)];
  const containerStatuses = [
    named('web', 0, { ready: false, state: { waiting: { reason: 'PodInitializing' } } }),
  ];
  assert.deepEqual(counts({ phase: 'Pending', initContainerStatuses, containerStatuses }), ['1/3', 7]);
});

test('READY and RESTARTS of an initialized pod ignore the sidecars after one that does not run, as kubectl does', () => {
  const initContainerStatuses = [initEnded, named('proxy', 2, crashing), named('logs', 1, up)];
  const containerStatuses = [named('web', 3, up)];
  assert.deepEqual(counts({ ...initialized, initContainerStatuses, containerStatuses }), ['1/3', 5]);
});
