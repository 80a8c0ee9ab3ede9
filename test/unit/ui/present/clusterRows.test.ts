import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodRow } from '../../../../src/rpc/contract.ts';
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
const unmarked = { forwardedTo: [], now: NOW };

test('a pod shows phase, readiness and restarts', () => {
  const row = presentTarget(english, podRow('web', { restarts: 3 }), unmarked);
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
  assert.deepEqual(presentTarget(english, podRow('web', { ports }), unmarked).flags, [
    'target',
    'forwardable',
    'severalPorts',
  ]);
  const udp = [
    { number: 80, protocol: 'TCP' },
    { number: 53, protocol: 'UDP' },
  ];
  assert.deepEqual(presentTarget(english, podRow('web', { ports: udp }), unmarked).flags, [
    'target',
    'forwardable',
  ]);
});

test('a forwarded pod shows its address first, and keeps its icon', () => {
  const forwardedTo = [{ forwardId: '1', address: 'localhost:8080', isReady: true, isHttp: true }];
  const row = presentTarget(english, podRow('web'), { forwardedTo, now: NOW });
  assert.equal(row.description, '→ localhost:8080 · Running · 1/1');
  assert.deepEqual([row.icon?.id, row.decoration], ['circle-filled', 'forwarded']);
  assert.deepEqual(row.flags, ['target', 'forwardable', 'forwarded', 'http']);
  assert.match(row.accessibleName, /^Pod web, forwarded to localhost:8080/);
  assert.match(row.tooltip ?? '', /Forwarded Address: localhost:8080$/);
});

test('a target that cannot be forwarded shows the reason and offers no forward', () => {
  const tcp = { number: 80, protocol: 'TCP' };
  const udp = { number: 53, protocol: 'UDP' };
  const service = { type: 'service', name: 'web', serviceType: 'ClusterIP', hasSelector: true } as const;
  const job = { type: 'workload', kind: 'job', name: 'report', ready: 0, desired: 0, ports: [tcp] } as const;
  const ended = podRow('report', { phase: 'Succeeded', status: 'Completed', isReady: false });
  for (const [row, reason] of [
    [presentTarget(english, ended, unmarked), 'the pod has ended'],
    [presentTarget(english, { ...ended, phase: 'Failed' }, unmarked), 'the pod has ended'],
    [presentTarget(english, { ...job, status: 'Complete' }, unmarked), 'the Job has ended'],
    [presentTarget(english, { ...job, status: 'Suspended' }, unmarked), 'the Job is suspended'],
    [
      presentTarget(english, { ...service, hasSelector: false, ports: [tcp] }, unmarked),
      'the service has no selector',
    ],
    [
      presentTarget(english, { ...service, serviceType: 'ExternalName', ports: [tcp] }, unmarked),
      'the service has the type ExternalName',
    ],
    [
      presentTarget(english, { ...service, ports: [udp] }, unmarked),
      'Kubernetes cannot forward UDP, only TCP',
    ],
    [presentTarget(english, { ...service, ports: [] }, unmarked), 'the service has no ports'],
    [presentPort(english, udp, podRow('dns'), []), 'Kubernetes cannot forward UDP, only TCP'],
    [
      presentPort(english, { ...tcp, protocol: 'SCTP' }, podRow('dns'), []),
      'Kubernetes cannot forward SCTP, only TCP',
    ],
    [presentPort(english, tcp, ended, []), 'the pod has ended'],
  ] as const) {
    assert.ok(!row.flags.includes('forwardable'), reason);
    assert.ok(row.description?.startsWith(reason), row.description);
    assert.match(row.tooltip ?? '', new RegExp(`Cannot Be Forwarded: ${reason}`));
    assert.ok(row.accessibleName.includes(reason), row.accessibleName);
  }
  // Any port of a running pod may take connections, declared or not.
  assert.ok(presentTarget(english, podRow('dns', { ports: [udp] }), unmarked).flags.includes('forwardable'));
  assert.ok(
    presentTarget(english, { ...service, ports: [udp, tcp] }, unmarked).flags.includes('forwardable'),
  );
});

test('a port shows its name, protocol and container, and its forwarded address first', () => {
  const port = { number: 80, protocol: 'TCP', name: 'http', appProtocol: 'https', container: 'web' };
  const row = presentPort(english, port, podRow('web'), []);
  assert.deepEqual([row.label, row.description], ['80', 'http · https · web']);
  assert.deepEqual(row.flags, ['port', 'forwardable']);
  assert.equal(row.accessibleName, 'Port 80, http · https · web');
  const forwardedTo = [{ forwardId: '1', address: 'localhost:5432', isReady: true, isHttp: false }];
  const forwarded = presentPort(english, port, podRow('web'), forwardedTo);
  assert.equal(forwarded.description, '→ localhost:5432 · http · https · web');
  assert.deepEqual(forwarded.flags, ['port', 'forwardable', 'forwarded']);
  assert.equal(forwarded.decoration, 'forwarded');
});

test('a crashing pod keeps its icon while description and color show its reconnecting forward', () => {
  const crashing = podRow('web', { isReady: false, status: 'CrashLoopBackOff' });
  const forwardedTo = [{ forwardId: '1', address: 'localhost:8080', isReady: false, isHttp: true }];
  const row = presentTarget(english, crashing, { forwardedTo, now: NOW });
  assert.deepEqual([row.icon?.id, row.decoration], ['error', 'disconnected']);
  assert.match(row.description ?? '', /^→ localhost:8080 \(not connected\) · CrashLoopBackOff/);
});

test('the icon distinguishes a pod that takes connections from one that does not', () => {
  const icon = (changes: Partial<PodRow>) =>
    presentTarget(english, podRow('web', changes), unmarked).icon?.id;
  assert.equal(icon({}), 'circle-filled');
  assert.equal(icon({ isReady: false }), 'circle-outline');
  assert.equal(icon({ isReady: false, status: 'CrashLoopBackOff' }), 'error');
  assert.equal(icon({ phase: 'Pending', status: 'ContainerCreating', isReady: false }), 'clock');
  assert.equal(icon({ phase: 'Succeeded', status: 'Completed', isReady: false }), 'pass');
  assert.equal(icon({ phase: 'Failed', status: 'Error', isReady: false }), 'error');
  assert.equal(icon({ status: 'Terminating' }), 'circle-slash');
});

test('control characters of a cluster are escaped', () => {
  const row = presentTarget(
    english,
    podRow('web', { status: 'a\u001b[31mb\nc', node: '\u202enode' }),
    unmarked,
  );
  assert.equal(row.description, 'a\\x1b[31mb\\x0ac · 1/1');
  assert.match(row.tooltip ?? '', /Node: \\u202enode/);
});

test('a service shows its type and ports, and a missing selector', () => {
  const service = {
    type: 'service' as const,
    name: 'web',
    serviceType: 'ClusterIP',
    clusterIp: '10.96.0.1',
    hasSelector: true,
    ports: [
      { name: 'http', number: 80, protocol: 'TCP' },
      { number: 443, protocol: 'TCP' },
    ],
  };
  assert.equal(presentTarget(english, service, unmarked).description, 'ClusterIP · 80, 443');
  const external = { ...service, hasSelector: false, ports: [] };
  assert.equal(
    presentTarget(english, external, unmarked).description,
    'the service has no selector · ClusterIP',
  );
});

test('a workload shows its kind and its ready replicas', () => {
  const workload = { type: 'workload' as const, kind: 'statefulset' as const, name: 'db', ports: [] };
  const color = (ready: number, desired: number) =>
    presentTarget(english, { ...workload, ready, desired }, unmarked).icon?.color;
  assert.equal(
    presentTarget(english, { ...workload, ready: 1, desired: 3 }, unmarked).description,
    'StatefulSet · 1/3',
  );
  const job = { ...workload, kind: 'job' as const, ready: 0, desired: 0, status: 'Complete' };
  assert.equal(presentTarget(english, job, unmarked).description, 'the Job has ended · Job · Complete');
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
  assert.deepEqual(presentNamespace(english, row, { filter: '', isTyped: false }).flags, ['namespace']);
  const filtered = presentNamespace(english, row, { filter: 'web', isTyped: true });
  assert.equal(filtered.description, 'filter: web');
  assert.deepEqual(filtered.flags, ['namespace', 'filtered', 'typed']);
  const ending = { ...row, phase: 'Terminating' };
  assert.equal(presentNamespace(english, ending, { filter: '', isTyped: false }).description, 'Terminating');
  const own = presentNamespace(english, row, { filter: '', isTyped: false, isOwn: true });
  assert.deepEqual([own.description, own.icon?.id], ['current', 'folder-active']);
  const byName = { gatewayId: '1', address: 'localhost:8900', isReady: true };
  const open = presentNamespace(english, row, { filter: '', isTyped: false, byName });
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
