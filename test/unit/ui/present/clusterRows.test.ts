import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodRow } from '../../../../src/rpc/clustersContract.ts';
import {
  presentContext,
  presentError,
  presentNamespace,
  presentShowMore,
} from '../../../../src/ui/present/clusterRows.ts';
import { presentPort, presentTarget } from '../../../../src/ui/present/targetRows.ts';
import { english } from '../../../support/localizer.ts';
import { contextRow, podRow } from '../../../support/uiRows.ts';

const NOW = Date.parse('2026-01-01T05:00:00Z');
const TCP = { number: 80, protocol: 'TCP' };
const UDP = { number: 53, protocol: 'UDP' };
const SCTP = { number: 80, protocol: 'SCTP' };
const SERVICE = {
  ...({ type: 'service', name: 'web', serviceType: 'ClusterIP', clusterIp: '10.96.0.1' } as const),
  ...{ hasSelector: true, ports: [TCP] },
};
const MARK = { forwardId: '1', address: 'localhost:8080', isReady: true, isHttp: true };

/** Returns the tree row of a target. `forwardedTo` are the local addresses that lead to the target. */
function present(row: Parameters<typeof presentTarget>[1], ...forwardedTo: readonly (typeof MARK)[]) {
  return presentTarget(english, row, { forwardedTo, now: NOW });
}

test('a pod shows phase, readiness and restarts', () => {
  const row = present(podRow('web', { restarts: 3 }));
  assert.equal(row.label, 'web');
  assert.equal(row.description, 'Running · 1/1 · 3 restarts');
  assert.equal(row.accessibleName, 'Pod web, Running, 1/1, 3 restarts');
  assert.deepEqual(row.flags, ['target', 'forwardable']);
  assert.equal(
    row.tooltip,
    [
      'Pod: web',
      'Status: Running',
      'Ready: 1/1',
      'Restarts: 3',
      'Age: 5h',
      'Node: node-1',
      'IP: 10.0.0.1',
      'Containers: web',
      'Ports: 80/TCP http (web)',
    ].join('\n'),
  );
});

test('a target with several TCP ports offers to forward all of them', () => {
  const ports = [80, 443].map((number) => ({ number, protocol: 'TCP' }));
  assert.deepEqual(present(podRow('web', { ports })).flags, ['target', 'forwardable', 'severalPorts']);
  const udp = [{ number: 80, protocol: 'TCP' }, UDP];
  assert.deepEqual(present(podRow('web', { ports: udp })).flags, ['target', 'forwardable']);
});

test('a forwarded pod shows its address first, and keeps its icon', () => {
  const row = present(podRow('web'), MARK);
  assert.equal(row.description, '→ localhost:8080 · Running · 1/1');
  assert.deepEqual([row.icon?.id, row.decoration], ['circle-filled', 'forwarded']);
  assert.deepEqual(row.flags, ['target', 'forwardable', 'forwarded', 'http']);
  assert.match(row.accessibleName, /^Pod web, forwarded to localhost:8080/);
  assert.match(row.tooltip ?? '', /Forwarded Address: localhost:8080$/);
});

test('a target that cannot be forwarded shows the reason and offers no forward', () => {
  const job = { type: 'workload', kind: 'job', name: 'report', ready: 0, desired: 0, ports: [TCP] } as const;
  const ended = podRow('report', { phase: 'Succeeded', status: 'Completed', isReady: false });
  for (const [row, reason] of [
    [present(ended), 'the pod has ended'],
    [present({ ...ended, phase: 'Failed' }), 'the pod has ended'],
    [present({ ...job, status: 'Complete' }), 'the Job has ended'],
    [present({ ...job, status: 'Suspended' }), 'the Job is suspended'],
    [present({ ...SERVICE, hasSelector: false }), 'the service has no selector'],
    [present({ ...SERVICE, serviceType: 'ExternalName' }), 'the service has the type ExternalName'],
    [present({ ...SERVICE, ports: [UDP] }), 'Kubernetes cannot forward UDP, only TCP'],
    [present({ ...SERVICE, ports: [] }), 'the service has no ports'],
    [presentPort(english, UDP, podRow('dns'), []), 'Kubernetes cannot forward UDP, only TCP'],
    [presentPort(english, SCTP, podRow('dns'), []), 'Kubernetes cannot forward SCTP, only TCP'],
    [presentPort(english, TCP, ended, []), 'the pod has ended'],
  ] as const) {
    assert.ok(!row.flags.includes('forwardable'), reason);
    assert.ok(row.description?.startsWith(reason), row.description);
    assert.match(row.tooltip ?? '', new RegExp(`Cannot Be Forwarded: ${reason}`));
    assert.ok(row.accessibleName.includes(reason), row.accessibleName);
  }
  // A pod need not declare its ports, so every running pod can be forwarded. So can a service with any TCP port.
  assert.ok(present(podRow('dns', { ports: [UDP] })).flags.includes('forwardable'));
  assert.ok(present({ ...SERVICE, ports: [UDP, TCP] }).flags.includes('forwardable'));
});

test('a port shows its name, protocol and container, and its forwarded address first', () => {
  const port = { number: 80, protocol: 'TCP', name: 'http', appProtocol: 'https', container: 'web' };
  const row = presentPort(english, port, podRow('web'), []);
  assert.deepEqual([row.label, row.description], ['80', 'http · https · web']);
  assert.deepEqual(row.flags, ['port', 'forwardable']);
  assert.equal(row.accessibleName, 'Port 80, http · https · web');
  const mark = { ...MARK, address: 'localhost:5432', isHttp: false };
  const forwarded = presentPort(english, port, podRow('web'), [mark]);
  assert.equal(forwarded.description, '→ localhost:5432 · http · https · web');
  assert.deepEqual(forwarded.flags, ['port', 'forwardable', 'forwarded']);
  assert.equal(forwarded.decoration, 'forwarded');
});

test('a crashing pod keeps its icon while description and color show its reconnecting forward', () => {
  const crashing = podRow('web', { isReady: false, status: 'CrashLoopBackOff' });
  const row = present(crashing, { ...MARK, isReady: false });
  assert.deepEqual([row.icon?.id, row.decoration], ['error', 'disconnected']);
  assert.match(row.description ?? '', /^→ localhost:8080 \(not connected\) · CrashLoopBackOff/);
});

test('the icon distinguishes a pod that takes connections from one that does not', () => {
  const icon = (changes: Partial<PodRow>) => present(podRow('web', changes)).icon?.id;
  assert.equal(icon({}), 'circle-filled');
  assert.equal(icon({ isReady: false }), 'circle-outline');
  assert.equal(icon({ isReady: false, status: 'CrashLoopBackOff' }), 'error');
  assert.equal(icon({ phase: 'Pending', status: 'ContainerCreating', isReady: false }), 'clock');
  assert.equal(icon({ phase: 'Succeeded', status: 'Completed', isReady: false }), 'pass');
  assert.equal(icon({ phase: 'Failed', status: 'Error', isReady: false }), 'error');
  assert.equal(icon({ status: 'Terminating' }), 'circle-slash');
});

test('control characters of a cluster are escaped', () => {
  const row = present(podRow('web', { status: 'a\u001b[31mb\nc', node: '\u202enode' }));
  assert.equal(row.description, 'a\\x1b[31mb\\x0ac · 1/1');
  assert.match(row.tooltip ?? '', /Node: \\u202enode/);
});

test('a service shows its type and ports, and a missing selector', () => {
  const ports = [
    { name: 'http', number: 80, protocol: 'TCP' },
    { ...TCP, number: 443 },
  ];
  assert.equal(present({ ...SERVICE, ports }).description, 'ClusterIP · 80, 443');
  const external = { ...SERVICE, hasSelector: false, ports: [] };
  assert.equal(present(external).description, 'the service has no selector · ClusterIP');
});

test('a workload shows its kind and its ready replicas', () => {
  const workload = { type: 'workload' as const, kind: 'statefulset' as const, name: 'db', ports: [] };
  const color = (ready: number, desired: number) => present({ ...workload, ready, desired }).icon?.color;
  assert.equal(present({ ...workload, ready: 1, desired: 3 }).description, 'StatefulSet · 1/3');
  const job = { ...workload, kind: 'job' as const, ready: 0, desired: 0, status: 'Complete' };
  assert.equal(present(job).description, 'the Job has ended · Job · Complete');
  assert.equal(new Set([color(3, 3), color(1, 3), color(0, 3), color(0, 0)]).size, 4);
});

test('the current context is marked, and contexts of one name show their files', () => {
  assert.equal(presentContext(english, contextRow('dev'), false).description, '');
  assert.equal(presentContext(english, contextRow('dev', { isCurrent: true }), false).description, 'current');
  const other = contextRow('dev', { kubeconfig: 'C:\\Users\\me\\work.yaml' });
  assert.equal(presentContext(english, other, true).description, 'work.yaml');
});

test('a namespace shows its filter, and whether it was typed', () => {
  const row = { type: 'namespace' as const, name: 'demo', phase: 'Active' };
  const shown = { filter: '', isTyped: false };
  assert.deepEqual(presentNamespace(english, row, shown).flags, ['namespace']);
  const filtered = presentNamespace(english, row, { filter: 'web', isTyped: true });
  assert.equal(filtered.description, 'filter: web');
  assert.deepEqual(filtered.flags, ['namespace', 'filtered', 'typed']);
  const ending = { ...row, phase: 'Terminating' };
  assert.equal(presentNamespace(english, ending, shown).description, 'Terminating');
  const own = presentNamespace(english, row, { ...shown, isOwn: true });
  assert.deepEqual([own.description, own.icon?.id], ['current', 'folder-active']);
  const byName = { gatewayId: 'gateway-1', address: 'localhost:8900', isReady: true };
  const open = presentNamespace(english, row, { ...shown, byName });
  assert.deepEqual(
    [open.description, open.decoration, open.flags],
    ['→ localhost:8900', 'forwarded', ['namespace', 'namesOpen']],
  );
});

test('a failure shows a title, its sentence, and the way to the kubeconfig at fault', () => {
  const error = { code: 'UNREACHABLE', arguments: { server: 'https://x', reason: 'ECONNREFUSED' } } as const;
  const row = presentError(english, error);
  assert.equal(row.label, "Can't connect");
  assert.match(row.description ?? '', /^Cannot reach https:\/\/x \(ECONNREFUSED\)/);
  assert.deepEqual(row.flags, ['error']);
  assert.deepEqual(presentError(english, error, '/config').flags, ['error', 'kubeconfig']);
});

test('Show More shows the number of rows', () => {
  assert.equal(presentShowMore(english, { shown: 500, matching: 10_000 }).description, '500 of 10000 shown');
});
