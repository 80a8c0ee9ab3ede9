import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presentPickedTarget } from '../../../../src/ui/present/targetRows.ts';
import { english } from '../../../support/localizer.ts';
import { podRow } from '../../../support/uiRows.ts';

const ports = [
  { number: 80, protocol: 'TCP' },
  { number: 443, protocol: 'TCP' },
  { number: 53, protocol: 'UDP' },
];

const service = { type: 'service', name: 'web', serviceType: 'ClusterIP', hasSelector: true, ports } as const;

test('a pick shows kind, state and TCP ports of a target, with the icon of its row', () => {
  assert.deepEqual(presentPickedTarget(english, podRow('web', { ports })), {
    icon: { id: 'circle-filled', color: 'testing.iconPassed' },
    description: 'Pod · Running 1/1 · 80, 443',
  });
  assert.equal(presentPickedTarget(english, service).description, 'Service · ClusterIP · 80, 443');
  const workload = {
    type: 'workload',
    kind: 'statefulset',
    name: 'db',
    ready: 1,
    desired: 3,
    ports,
  } as const;
  const facts = presentPickedTarget(english, workload);
  assert.equal(facts.description, 'StatefulSet · 1/3 · 80, 443');
  assert.equal(facts.icon.id, 'layers');
});

test('a pick shows the reason why a target cannot be chosen', () => {
  const ended = podRow('report', {
    phase: 'Succeeded',
    status: 'Completed',
    isReady: false,
    readyContainers: 0,
  });
  const { problem, description } = presentPickedTarget(english, ended);
  assert.equal(problem, 'the pod has ended');
  assert.equal(description, 'Pod · Completed 0/1 · 80 · the pod has ended');
});

test('a service without endpoints and a workload without replicas cannot be chosen; one that may have endpoints can', () => {
  const problemOf = (hasEndpoints?: boolean) =>
    presentPickedTarget(english, { ...service, ...(hasEndpoints !== undefined && { hasEndpoints }) }).problem;
  assert.equal(problemOf(false), 'the service has no endpoints');
  assert.equal(problemOf(true), undefined);
  assert.equal(problemOf(), undefined);
  const workload = { type: 'workload', name: 'db', ready: 0, desired: 0, ports } as const;
  assert.equal(
    presentPickedTarget(english, { ...workload, kind: 'deployment' }).problem,
    'scaled to 0 replicas',
  );
  assert.equal(
    presentPickedTarget(english, { ...workload, kind: 'daemonset' }).problem,
    'no nodes run the DaemonSet',
  );
  assert.equal(presentPickedTarget(english, { ...workload, kind: 'job' }).problem, undefined);
});
