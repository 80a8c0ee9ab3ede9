import assert from 'node:assert/strict';
import { test } from 'node:test';
import { representationOf, toTable } from '../../../../src/demo/api/representation.ts';
import { statusColumn } from '../../../../src/demo/api/tableColumns.ts';
import {
  crashLooping,
  creatingContainers,
  ended,
  pendingPod,
  restarted,
  running,
  scheduled,
  terminating,
} from '../../../../src/demo/objects/podStates.ts';
import { createPodSpec } from '../../../../src/demo/objects/podTemplate.ts';
import type { Pod } from '../../../../src/demo/objects/types.ts';
import { apiFixture } from '../../../support/apiFixture.ts';

test('the first accepted form that the server knows is used', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  for (const [accept, expected] of [
    [undefined, 'Object'],
    ['application/json', 'Object'],
    ['*/*', 'Object'],
    ['application/vnd.kubernetes.protobuf,application/json', 'Object'],
    [`${table},application/json`, 'Table'],
    ['application/vnd.kubernetes.protobuf;as=Table, application/json', 'Object'],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'PartialObjectMetadata'],
  ] as const) {
    assert.equal(representationOf(accept), expected, accept);
  }
});

const pending = pendingPod(
  { name: 'web', namespace: 'demo' },
  createPodSpec({
    containers: [
      { name: 'a', image: 'a:1' },
      { name: 'b', image: 'b:1' },
    ],
  }),
);
const creating = creatingContainers(scheduled(pending));
const up = running(creating, '10.88.0.2');

for (const [pod, expected] of [
  [pending, 'Pending'],
  [scheduled(pending), 'Pending'],
  [creating, 'ContainerCreating'],
  [up, 'Running'],
  [crashLooping(up, '10.88.0.2', 3), 'CrashLoopBackOff'],
  [ended(up, 'Succeeded'), 'Completed'],
  [ended(up, 'Failed'), 'Error'],
  [terminating(up, 30), 'Terminating'],
] as const) {
  test(`a pod's status can read ${expected}`, () => {
    assert.equal(statusColumn(pod), expected);
  });
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[] | null;
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly kind: string };
  }[];
}

const tableOf = (pod: Pod, more: Partial<Parameters<typeof toTable>[1]> = {}): Table =>
  toTable([pod], {
    resource: 'pods',
    includeObject: 'Metadata',
    hasColumns: true,
    listMeta: { resourceVersion: '1' },
    ...more,
  }) as Table;

test('a row shows readiness, restarts and the time of the last one', () => {
  assert.deepEqual(tableOf(up).rows[0]?.cells.slice(0, 4), ['web', '2/2', 'Running', '0']);
  assert.match(String(tableOf(restarted(up, 1, 'Error')).rows[0]?.cells[3]), /^2 \(\ds ago\)$/);
});

test('columns have the recorded names and priorities', () => {
  const recorded = apiFixture<Table>('pods-demo-table.json');
  const brief = (table: Table) => table.columnDefinitions?.map(({ name, priority }) => [name, priority]);
  assert.deepEqual(brief(tableOf(up)), brief(recorded));
  assert.equal(tableOf(up, { hasColumns: false }).columnDefinitions, null);
});

test('a row contains as much of its object as requested', () => {
  assert.equal(tableOf(up).rows[0]?.object?.kind, 'PartialObjectMetadata');
  assert.equal(tableOf(up, { includeObject: 'Object' }).rows[0]?.object?.kind, 'Pod');
  assert.equal(tableOf(up, { includeObject: 'None' }).rows[0]?.object, undefined);
});
